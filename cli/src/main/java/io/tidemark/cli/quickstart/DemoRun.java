package io.tidemark.cli.quickstart;

import io.tidemark.cli.local.StopSignal;
import io.tidemark.jobs.Failure;
import io.tidemark.postgres.TableName;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** Watches over writes and capture, and shows how they go. */
final class DemoRun {
  /** A system property: whether standard output is a terminal, which Java 17 cannot tell. */
  private static final String TERMINAL = "tidemark.terminal";

  private static final Duration REFRESH = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration DUMP_AFTER = Duration.ofSeconds(15);

  /** Tables that change while they are read again. */
  private static final List<TableName> DUMPED_ON_DEMAND =
      List.of(new TableName("public", "orders"), new TableName("public", "documents"));

  private static final Duration STALLED = Duration.ofMinutes(3);

  private final DemoDatabase database;
  private final Workload workload;
  private final DemoCapture capture;
  private final Progress progress;

  DemoRun(DemoDatabase database, Workload workload, DemoCapture capture, PrintStream out) {
    this.database = database;
    this.workload = workload;
    this.capture = capture;
    this.progress = new Progress(out, Boolean.getBoolean(TERMINAL));
  }

  /**
   * Returns when the time is over, the signal came or nobody reads the progress any more; throws
   * what writes or capture failed with.
   */
  void write(Optional<Duration> duration, StopSignal stop)
      throws SQLException, InterruptedException {
    long start = System.nanoTime();
    Duration half = duration.map(time -> time.dividedBy(2)).orElse(DUMP_AFTER);
    boolean dumped = capture.gateway().isEmpty();
    boolean over = false;
    while (!over) {
      Duration left =
          duration.map(time -> time.minusNanos(System.nanoTime() - start)).orElse(REFRESH);
      boolean last = left.compareTo(REFRESH) < 0;
      over = stop.await(last ? left : REFRESH) || last;
      workload.check();
      capture.check();
      if (capture.held().events() > 0) {
        workload.changeTables();
      }
      show();
      over |= progress.isUnread();
      if (!dumped && (over || System.nanoTime() - start > half.toNanos())) {
        capture.gateway().orElseThrow().dump(DUMPED_ON_DEMAND);
        progress.note("a dump on demand of " + DUMPED_ON_DEMAND + " is scheduled");
        dumped = true;
      }
    }
  }

  /**
   * Returns when everything that was written has reached the consumer: no dump and no repair is
   * open, a message that was written after all else has arrived in its lane, and, if there are
   * several, a checkpoint that began later has passed all lanes. What the message had before it may
   * want repairs: then again.
   */
  void drain() throws SQLException, InterruptedException {
    HeldState held = capture.held();
    do {
      await("every dump to be over", this::isIdle);
      String content = UUID.randomUUID().toString();
      database.message(content);
      await("the last message", () -> held.messages(content) > 0);
      if (capture.gateway().isEmpty()) {
        // One may have begun before the message came; the next one begins after it is complete.
        long checkpoints = held.checkpoints() + 2;
        await("a checkpoint", () -> held.checkpoints() >= checkpoints);
      }
    } while (!isIdle());
    show();
  }

  private boolean isIdle() {
    return capture.gateway().map(DemoGateway::dumpsAreDone).orElse(true)
        && areDumped()
        && Figures.openDumps() == 0
        && Figures.keysToRepair() == 0;
  }

  /** Whether a dump of each table was planned, under whatever name it had then. */
  private boolean areDumped() {
    Set<String> planned = Figures.pagesTotal().keySet();
    return planned.containsAll(DemoSchema.TABLES.stream().map(Object::toString).toList())
        && workload.items().stream()
            .allMatch(
                table ->
                    table.names().stream().anyMatch(name -> planned.contains("public." + name)));
  }

  private void show() throws SQLException {
    progress.show(database, capture.held(), workload);
  }

  private void await(String what, BooleanSupplier condition)
      throws SQLException, InterruptedException {
    long figure = -1;
    long since = System.nanoTime();
    long shown = since;
    while (!condition.getAsBoolean()) {
      capture.check();
      long now = System.nanoTime();
      long current = capture.held().events() + capture.held().reads() + Figures.chunks();
      if (current != figure) {
        figure = current;
        since = now;
      } else if (now - since > STALLED.toNanos()) {
        throw new Failure(
            "waited in vain for %s: nothing has arrived for %d s"
                .formatted(what, STALLED.toSeconds()));
      }
      if (now - shown > REFRESH.toNanos()) {
        show();
        shown = now;
      }
      Thread.sleep(POLL.toMillis());
    }
  }
}
