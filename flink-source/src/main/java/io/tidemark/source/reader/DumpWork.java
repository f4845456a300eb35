package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.source.record.Mark;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.DumpSplit.PendingChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A dump split in the hands of this reader. Guarded by its {@link DumpScheduler}. */
final class DumpWork {
  final DumpSplit split;

  /** Where the next chunk to be read starts. */
  long cursor;

  /** The end of the last chunk that was emitted: what a checkpoint holds. */
  long nextPage;

  /** Grows when chunks on their way are no longer wanted; their grants carry an older one. */
  int epoch;

  /** A dump thread has it. */
  boolean taken;

  /** What its replica had replayed when last asked; 0 if not known. */
  long replayLsn;

  long high;
  private long voidedBefore;
  private final List<Pending> pending = new ArrayList<>();

  /** An emitted chunk that may not have been evaluated. */
  private static final class Pending {
    final PendingChunk chunk;

    /** The first checkpoint whose barrier came after its end; 0 until there is one. */
    long coveredBy;

    /** Whether a restored checkpoint holds its end. */
    final boolean restored;

    /**
     * The newest mark that was known when its end was emitted: lanes evaluate it at a later one.
     */
    final long endedAfter;

    /** The barrier of the mark at which it was surely evaluated; -1 until then. */
    long evaluatedAfter = -1;

    Pending(PendingChunk chunk, boolean restored, long endedAfter) {
      this.chunk = chunk;
      this.restored = restored;
      this.endedAfter = endedAfter;
    }
  }

  DumpWork(DumpSplit split) {
    this.split = split;
    this.cursor = split.nextPage();
    this.nextPage = split.nextPage();
    for (PendingChunk chunk : split.pending()) {
      pending.add(new Pending(chunk, true, 0));
      high = Lsn.max(high, chunk.high());
    }
  }

  DumpSplit state() {
    return new DumpSplit(
        split.splitId(),
        split.dump(),
        split.table(),
        split.range(),
        nextPage,
        pending.stream().map(each -> each.chunk).toList(),
        split.keys(),
        split.round(),
        split.minMark(),
        split.request());
  }

  boolean isRead() {
    return cursor == split.range().to();
  }

  boolean isEmitted() {
    return nextPage == split.range().to();
  }

  boolean isSafe() {
    return isEmitted() && pending.isEmpty();
  }

  /**
   * A chunk's end is emitted.
   *
   * @param newestMark the counter of the newest mark that is known; 0 if none is
   */
  void emitted(PendingChunk chunk, long to, long newestMark) {
    nextPage = to;
    pending.add(new Pending(chunk, false, newestMark));
    high = Lsn.max(high, chunk.high());
  }

  /** How many emitted chunks wait in the lanes, as far as is known, for a later mark than this. */
  int unevaluated(Mark newest) {
    int count = 0;
    for (Pending each : pending) {
      if (Lsn.compare(each.chunk.high(), newest.lsn()) > 0 || newest.counter() <= each.endedAfter) {
        count++;
      }
    }
    return count;
  }

  void covered(long checkpoint) {
    for (Pending each : pending) {
      if (each.coveredBy == 0) {
        each.coveredBy = checkpoint;
      }
    }
  }

  /**
   * Forgets chunks that were surely evaluated, and will be after any restore. Evaluated: a
   * completed checkpoint holds their end in every lane, and a mark that followed its barrier
   * reached their high. After any restore: a checkpoint has completed whose barrier followed that
   * mark; an older one would put the chunk back into the lanes, where a void could still drop it.
   *
   * @param completed the newest completed checkpoint
   * @param markLsn the newest mark's LSN
   * @param markBarrier the newest checkpoint whose barrier came before that mark
   */
  void forgetEvaluated(long completed, long markLsn, long markBarrier) {
    for (Pending each : pending) {
      boolean inEveryLane =
          each.restored
              || (each.coveredBy > 0 && each.coveredBy <= completed && completed <= markBarrier);
      if (each.evaluatedAfter < 0 && inEveryLane && Lsn.compare(each.chunk.high(), markLsn) <= 0) {
        each.evaluatedAfter = markBarrier;
      }
    }
    pending.removeIf(each -> each.evaluatedAfter >= 0 && completed > each.evaluatedAfter);
  }

  /**
   * Chunks with marks before this one were dropped by the lanes: reads them again. Lanes drop a
   * restored chunk at any void, as its counter may be of a mark that the restore took back.
   */
  void voidBefore(long counter) {
    if (counter <= voidedBefore) {
      return;
    }
    voidedBefore = counter;
    retakeFrom(each -> each.restored || each.chunk.mark() < counter);
  }

  /** Another run of the stream reader: lanes do not evaluate chunks under marks of the last one. */
  void attemptChanged() {
    voidedBefore = 0;
    retakeFrom(each -> !each.restored);
  }

  private void retakeFrom(Predicate<Pending> lost) {
    for (int i = 0; i < pending.size(); i++) {
      if (pending.get(i).evaluatedAfter < 0 && lost.test(pending.get(i))) {
        nextPage = pending.get(i).chunk.from();
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
