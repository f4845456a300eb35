package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.split.DumpSplit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** A dump split in the hands of this reader. Guarded by its {@link DumpScheduler}. */
final class DumpWork {
  final DumpSplit split;

  /** Where the next chunk to be read starts. */
  long cursor;

  /** The end of the last chunk that was emitted. */
  long nextPage;

  /** Grows when chunks on their way are no longer wanted; their grants carry an older one. */
  int epoch;

  /** A dump thread has it. */
  boolean taken;

  /** What its replica had replayed when last asked; 0 if not known. */
  long replayLsn;

  /** The largest high of the chunks that were emitted in this run, unsigned; 0 before the first. */
  long high;

  private long voidedBefore;
  private final List<Pending> pending = new ArrayList<>();

  /** An emitted chunk that some lane has not said to have evaluated. */
  private static final class Pending {
    final ChunkId chunk;
    final Mark mark;

    /** Its first page. */
    final long from;

    final int lanes;

    /** The lanes that have said so. */
    final BitSet evaluatedBy = new BitSet();

    Pending(ChunkId chunk, Mark mark, long from, int lanes) {
      this.chunk = chunk;
      this.mark = mark;
      this.from = from;
      this.lanes = lanes;
    }

    boolean isEvaluated() {
      return evaluatedBy.cardinality() == lanes;
    }
  }

  DumpWork(DumpSplit split) {
    this.split = split;
    this.cursor = split.nextPage();
    this.nextPage = split.nextPage();
  }

  /** What a checkpoint holds: the lanes hold no rows in it, so what is pending is read again. */
  DumpSplit state() {
    return split.at(firstUnevaluated());
  }

  /** The first page that is not surely told. */
  private long firstUnevaluated() {
    return pending.isEmpty() ? nextPage : pending.get(0).from;
  }

  boolean isRead() {
    return cursor == split.endPage();
  }

  boolean isEmitted() {
    return nextPage == split.endPage();
  }

  boolean isEvaluated() {
    return isEmitted() && pending.isEmpty();
  }

  /**
   * A chunk's end is emitted.
   *
   * @param to the page after its last
   * @param lanes how many lanes are to evaluate it
   */
  void emitted(DumpScheduler.Grant grant, long to, long chunkHigh, int lanes) {
    nextPage = to;
    pending.add(new Pending(grant.chunk(), grant.mark(), grant.from(), lanes));
    high = Lsn.max(high, chunkHigh);
  }

  /** A lane has evaluated the chunk; false if it is none of those that wait for that. */
  boolean evaluated(int lane, ChunkId chunk) {
    for (Pending each : pending) {
      if (each.chunk.equals(chunk)) {
        each.evaluatedBy.set(lane);
        dropEvaluated();
        return true;
      }
    }
    return false;
  }

  /** In their order, so that what is left is the split's rest. */
  private void dropEvaluated() {
    while (!pending.isEmpty() && pending.get(0).isEvaluated()) {
      pending.remove(0);
    }
  }

  /** How many emitted chunks have not been evaluated, as far as is known. */
  int unevaluated() {
    int count = 0;
    for (Pending each : pending) {
      count += each.isEvaluated() ? 0 : 1;
    }
    return count;
  }

  /** Chunks with marks before this one were dropped by the lanes: reads them again. */
  void voidBefore(long counter) {
    if (counter <= voidedBefore) {
      return;
    }
    voidedBefore = counter;
    for (int i = 0; i < pending.size(); i++) {
      Pending each = pending.get(i);
      if (!each.isEvaluated() && each.mark.counter() < counter) {
        nextPage = each.from;
        pending.subList(i, pending.size()).clear();
        break;
      }
    }
    rewind();
  }

  /** Chunks on their way are not wanted any more. */
  void rewind() {
    epoch++;
    cursor = nextPage;
  }
}
