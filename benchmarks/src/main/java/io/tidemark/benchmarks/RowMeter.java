package io.tidemark.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;

/**
 * Counts rows, and notes time and processor time of the first and the last of those that it is
 * about. It looks at the clocks only at every 64th, since that costs as much as a row; the rows
 * counted end at the last look.
 *
 * <p>Written by the sink's thread, read by others after {@link #done} or the job's end.
 */
final class RowMeter {
  private static final int LOOK_EVERY = 64;

  private final boolean ofDump;
  private final long skipped;
  private final long streamTarget;
  private final CountDownLatch done = new CountDownLatch(1);
  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final RowVisitor rows = new RowVisitor(this::count);

  /** Null if none are measured. */
  private Latencies latencies;

  private long reads;
  private long streamed;
  private Sample first;
  private Sample last;

  private record Sample(long rows, long others, long nanos, long cpuNanos, long millis) {}

  /**
   * @param ofDump whether it is about the rows of a dump; else of the stream
   * @param skipped rows that pass before the first one that it is about
   * @param streamTarget the number of rows of the stream at which it is done, and counts no more of
   *     a dump; 0 if it never is
   */
  RowMeter(boolean ofDump, long skipped, long streamTarget) {
    this.ofDump = ofDump;
    this.skipped = skipped;
    this.streamTarget = streamTarget;
  }

  void count(Change change) {
    change.accept(rows);
  }

  private void count(RowChange row) {
    boolean read = row.op() == Op.READ;
    if (read && done.getCount() == 0) {
      return; // there is no stream beside it any more
    }
    long rows = read ? ++reads : ++streamed;
    boolean end = !read && rows == streamTarget;
    if (read == ofDump && rows > skipped && (first == null || rows % LOOK_EVERY == 0 || end)) {
      look();
    }
    if (read == ofDump && rows > skipped && latencies != null) {
      latencies.add(ChronoUnit.MICROS.between(row.getInstant("at"), Instant.now()));
    }
    if (end) {
      done.countDown();
    }
  }

  /** Measures latencies from now on, which costs time: from the rows' column {@code at}. */
  RowMeter withLatencies(Latencies to) {
    latencies = to;
    return this;
  }

  private void look() {
    last =
        new Sample(
            ofDump ? reads : streamed,
            ofDump ? streamed : reads,
            System.nanoTime(),
            system.getProcessCpuTime(),
            System.currentTimeMillis());
    if (first == null) {
      first = last;
    }
  }

  /** Is counted down at the target. */
  CountDownLatch done() {
    return done;
  }

  /**
   * What it counted. {@link RowCounts#NONE} of a dump for which the stream's end came too early.
   *
   * @throws IllegalStateException if there were too few rows to tell a rate
   */
  RowCounts counts() {
    if (first == null || last.rows == first.rows) {
      if (ofDump && done.getCount() == 0) {
        return RowCounts.NONE;
      }
      throw new IllegalStateException(
          "too few rows to tell a rate: " + reads + " of the dump, " + streamed + " of the stream");
    }
    return new RowCounts(
        last.rows - first.rows,
        last.others - first.others,
        last.nanos - first.nanos,
        last.cpuNanos - first.cpuNanos,
        last.millis);
  }
}
