package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.setup.ServerIdentity;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.split.DumpSplit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Says which chunk a dump thread may read next and under which mark, what this reader promises the
 * lanes, and which splits are done. Pure policy behind one lock: the reader's main thread tells it
 * what was emitted and heard, dump threads ask it for work.
 *
 * <p>A chunk's mark is the newest that its replica has already replayed; never older than the arm,
 * than the last void, than what was promised, or than a repair's own mark.
 */
final class DumpScheduler {
  /** Marks kept for replicas that lag; beyond, every other of the older half is dropped. */
  private static final int MAX_MARKS = 4096;

  private final Limits limits;
  private final int subtask;
  private final long readerId;
  private final Map<String, DumpWork> works = new LinkedHashMap<>();
  private final Map<ChunkId, Mark> inFlight = new HashMap<>();
  private final List<Mark> marks = new ArrayList<>();
  private Dumps dumps;
  private long lastChunk;
  private long promised;
  private boolean closed;
  private long changes;

  /**
   * Bounds.
   *
   * @param lanes how many lanes evaluate each chunk
   * @param unevaluatedChunks chunks of this reader that may wait for their evaluation
   * @param maxLead bytes that a replica may be ahead of the newest mark when a chunk starts
   */
  record Limits(int lanes, int unevaluatedChunks, long maxLead) {}

  /**
   * Leave to read one chunk.
   *
   * @param epoch of the work when it was given
   * @param from first page
   * @param to page after the last
   */
  record Grant(DumpWork work, int epoch, ChunkId chunk, Mark mark, long from, long to) {}

  /** Of the stream reader, which marks and dumps are of; 0 before any. */
  private long attempt;

  /**
   * A scheduler without work.
   *
   * @param subtask index of the reader's
   * @param readerId random: names this run of the reader in its chunks' ids
   */
  DumpScheduler(Limits limits, int subtask, long readerId) {
    this.limits = limits;
    this.subtask = subtask;
    this.readerId = readerId;
  }

  // Called on the main thread.

  synchronized void add(List<DumpSplit> splits) {
    for (DumpSplit split : splits) {
      DumpWork work = new DumpWork(split);
      works.put(split.splitId(), work);
    }
    drop();
    changed();
  }

  /** The whole picture of dumps under way. */
  synchronized void dumps(Dumps picture) {
    hearOf(picture.attempt());
    dumps = picture;
    drop();
    for (DumpWork work : works.values()) {
      ActiveDump dump = find(work.split.dump());
      if (dump != null) {
        work.voidBefore(dump.voidCounter());
      }
    }
    changed();
  }

  private void drop() {
    if (dumps == null) {
      return;
    }
    works
        .values()
        .removeIf(
            work -> {
              ActiveDump dump = find(work.split.dump());
              boolean gone =
                  dump == null || (work.split.isRepair() && work.split.round() != dump.round());
              if (gone) {
                work.rewind();
              }
              return gone;
            });
  }

  private ActiveDump find(long id) {
    if (dumps != null) {
      for (ActiveDump dump : dumps.dumps()) {
        if (dump.dump() == id) {
          return dump;
        }
      }
    }
    return null;
  }

  synchronized void marks(List<Mark> more) {
    for (Mark mark : more) {
      hearOf(mark.attempt());
      if (marks.isEmpty() || mark.counter() > newest().counter()) {
        marks.add(mark);
      }
    }
    if (marks.size() > MAX_MARKS) {
      for (int i = 0; i < MAX_MARKS / 4; i++) {
        marks.remove(i);
      }
    }
    changed();
  }

  /** All that is heard of is of one run of the stream reader: every reader restarts with it. */
  private void hearOf(long run) {
    if (attempt != 0 && run != attempt) {
      throw new IllegalStateException(
          "a dump reader of the stream's run %x hears of its run %x".formatted(attempt, run));
    }
    attempt = run;
  }

  private Mark newest() {
    return marks.get(marks.size() - 1);
  }

  /** Whether what came of a grant is still wanted. */
  synchronized boolean isWanted(Grant grant) {
    return grant.epoch() == grant.work().epoch && works.containsValue(grant.work());
  }

  /** The chunk's end is about to be emitted; false if the chunk is not wanted any more. */
  synchronized boolean ended(Grant grant, long to, long high) {
    boolean wanted = isWanted(grant);
    if (wanted) {
      grant.work().emitted(grant, to, high, limits.lanes());
    }
    gone(grant);
    return wanted;
  }

  /** The chunk's failure is about to be emitted. */
  synchronized void gone(Grant grant) {
    inFlight.remove(grant.chunk());
    changed();
  }

  synchronized List<DumpSplit> snapshot() {
    return works.values().stream().map(DumpWork::state).toList();
  }

  /** A lane has evaluated chunks. Those of former runs, and voided ones, count not. */
  synchronized void evaluated(int lane, List<ChunkId> chunks) {
    for (ChunkId chunk : chunks) {
      for (DumpWork work : works.values()) {
        if (work.evaluated(lane, chunk)) {
          break;
        }
      }
    }
    changed();
  }

  /** Splits of which every lane has evaluated every chunk. */
  synchronized List<FinishedSplit> finished() {
    List<FinishedSplit> finished = new ArrayList<>();
    if (marks.isEmpty()) {
      return finished;
    }
    for (DumpWork work : works.values()) {
      if (work.isEvaluated()) {
        finished.add(new FinishedSplit(work.split.splitId(), work.split.dump(), work.high));
      }
    }
    return finished;
  }

  synchronized void forget(List<String> splitIds) {
    splitIds.forEach(works::remove);
  }

  /** How many splits are not wholly emitted: what counts against this reader's capacity. */
  synchronized int unread() {
    return (int) works.values().stream().filter(work -> !work.isEmitted()).count();
  }

  synchronized boolean isIdle() {
    return works.isEmpty();
  }

  /**
   * The counter below which no later chunk of this reader has its mark; 0 before the first mark.
   * Grants keep to it from here on.
   */
  synchronized long promise() {
    if (marks.isEmpty()) {
      return 0;
    }
    long least = newest().counter();
    for (Mark mark : inFlight.values()) {
      least = Math.min(least, mark.counter());
    }
    for (DumpWork work : works.values()) {
      if (work.taken && work.replayLsn != 0 && !work.isRead()) {
        Mark replayed = newestReplayed(work.replayLsn);
        least = Math.min(least, replayed == null ? promised : replayed.counter());
      }
    }
    promised = Math.max(promised, least);
    return promised;
  }

  /** The stream reader's attempt that {@link #promise} is of; 0 before any. */
  synchronized long attempt() {
    return attempt;
  }

  synchronized void close() {
    closed = true;
    changed();
  }

  // Called on dump threads.

  /** A split to read; waits for one. Null once closed. */
  synchronized DumpWork take() throws InterruptedException {
    while (!closed) {
      DumpWork work = poll();
      if (work != null) {
        return work;
      }
      wait();
    }
    return null;
  }

  /** A split to read; null if there is none now. */
  synchronized DumpWork poll() {
    for (DumpWork work : works.values()) {
      if (!work.taken && !work.isRead()) {
        work.taken = true;
        work.replayLsn = 0;
        return work;
      }
    }
    return null;
  }

  /** Gives a split back, read or not. */
  synchronized void release(DumpWork work) {
    work.taken = false;
    changed();
  }

  /** The history that replicas must share; null until it is known. */
  synchronized ServerIdentity expected() {
    return dumps == null ? null : new ServerIdentity(dumps.systemId(), dumps.timeline());
  }

  /** Whether a thread that has taken the split is to go on with it. */
  synchronized boolean isOpen(DumpWork work) {
    return !closed && works.containsValue(work) && !work.isRead();
  }

  /**
   * Leave to read a chunk, or null if none may be read now: see {@link #await}.
   *
   * @param replayLsn what the replica had replayed before its next snapshot
   * @param pages how many pages to read at most
   */
  synchronized Grant grant(DumpWork work, long replayLsn, long pages) {
    work.replayLsn = replayLsn;
    if (!isOpen(work) || !mayStart(replayLsn)) {
      return null;
    }
    ActiveDump dump = find(work.split.dump());
    if (dump == null || dump.armCounter() < 0) {
      return null;
    }
    Mark mark = newestReplayed(replayLsn);
    long least = Math.max(promised, Math.max(dump.armCounter(), work.split.minMark()));
    if (mark == null || mark.counter() < Math.max(least, dump.voidCounter())) {
      return null;
    }
    long end = work.split.endPage();
    long to = end - work.cursor <= pages ? end : work.cursor + pages;
    Grant grant =
        new Grant(
            work, work.epoch, new ChunkId(subtask, readerId, ++lastChunk), mark, work.cursor, to);
    work.cursor = to;
    inFlight.put(grant.chunk(), mark);
    return grant;
  }

  private boolean mayStart(long replayLsn) {
    if (marks.isEmpty()) {
      return false;
    }
    long lsn = newest().lsn();
    boolean ahead = Lsn.compare(replayLsn, lsn) > 0 && replayLsn - lsn > limits.maxLead();
    int unevaluated = inFlight.size();
    for (DumpWork each : works.values()) {
      unevaluated += each.unevaluated();
    }
    return !ahead && unevaluated < limits.unevaluatedChunks();
  }

  private Mark newestReplayed(long replayLsn) {
    for (int i = marks.size() - 1; i >= 0; i--) {
      if (Lsn.compare(marks.get(i).lsn(), replayLsn) <= 0) {
        return marks.get(i);
      }
    }
    return null;
  }

  /** The chunk could not be read: it is read again, under another grant. */
  synchronized void failed(Grant grant) {
    if (grant.epoch() == grant.work().epoch) {
      grant.work().cursor = grant.from();
    }
  }

  /** The chunk was read and turned out to reach the table's end: the split ends with it. */
  synchronized void reachedEnd(Grant grant) {
    if (grant.epoch() == grant.work().epoch) {
      grant.work().cursor = grant.work().split.endPage();
    }
  }

  /** Waits until something changed that {@link #grant} depends on, for {@code millis} at most. */
  synchronized void await(long millis) throws InterruptedException {
    long before = changes;
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    long left = millis;
    while (!closed && changes == before && left > 0) {
      wait(left);
      left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }
  }

  private void changed() {
    changes++;
    notifyAll();
  }
}
