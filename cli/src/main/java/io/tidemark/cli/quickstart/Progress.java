package io.tidemark.cli.quickstart;

import io.tidemark.cli.local.ByteSize;
import io.tidemark.postgres.TableName;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Shows where the dump of each table is, and how far the stream is behind. */
final class Progress {
  private final PrintStream out;
  private final boolean redraw;
  private final Map<TableName, Sample> last = new HashMap<>();
  private int drawn;

  private record Sample(long nanos, long pages, long rows) {}

  /**
   * @param redraw whether to draw over what was drawn before, as on a terminal
   */
  Progress(PrintStream out, boolean redraw) {
    this.out = out;
    this.redraw = redraw;
  }

  /** Prints a line for each table and one for the stream. */
  void show(DemoDatabase database, HeldState held, Workload workload) throws SQLException {
    Map<String, Long> total = Figures.pagesTotal();
    Map<String, Long> read = Figures.pagesRead();
    Map<TableName, String> lines = new LinkedHashMap<>();
    for (TableName table : DemoSchema.TABLES) {
      String name = table.toString();
      Sample now = new Sample(System.nanoTime(), read.getOrDefault(name, 0L), held.reads(table));
      lines.put(table, line(table, now, total.getOrDefault(name, 0L)));
      last.put(table, now);
    }
    if (redraw && drawn > 0) {
      out.printf("\u001b[%dA\u001b[J", drawn);
    }
    lines.values().forEach(out::println);
    out.printf(
        Locale.ROOT,
        "  stream: %,d events, %s; written: %,d transactions, %,d with DDL, %,d rolled back%n",
        held.events(),
        lag(database, held),
        workload.committed() + workload.changed(),
        workload.changed(),
        workload.rolledBack());
    out.flush();
    drawn = lines.size() + 1;
  }

  /** Whether what is printed reaches nobody any more. */
  boolean isUnread() {
    return out.checkError();
  }

  /** Prints a line that stays. */
  void note(String line) {
    out.println(line);
    out.flush();
    drawn = 0;
  }

  /** What the primary has written and the stream has not brought; and the age of the newest. */
  private static String lag(DemoDatabase database, HeldState held) throws SQLException {
    long bytes = database.walPosition().value() - Figures.streamPosition().value();
    Instant committed = held.committed();
    Duration age =
        committed == null || bytes <= 0
            ? Duration.ZERO
            : Duration.between(committed, Instant.now());
    return String.format(
        Locale.ROOT,
        "lag %s and %.1f s",
        ByteSize.format(Math.max(0, bytes)),
        Math.max(0, age.toMillis()) / 1000.0);
  }

  private String line(TableName table, Sample now, long total) {
    Sample before = last.getOrDefault(table, now);
    double seconds = Math.max(1, now.nanos() - before.nanos()) / 1e9;
    double pagesPerSecond = (now.pages() - before.pages()) / seconds;
    double rowsPerSecond = (now.rows() - before.rows()) / seconds;
    long pages = Math.min(now.pages(), total);
    String eta;
    if (total > 0 && pages >= total) {
      eta = "read";
    } else if (pagesPerSecond > 0) {
      eta = "ETA " + clock(Duration.ofSeconds((long) ((total - pages) / pagesPerSecond)));
    } else {
      eta = "waiting";
    }
    return String.format(
        Locale.ROOT,
        "  %-20s pages %,8d / %,8d  rows %,10d  %,9.0f rows/s  %s",
        table,
        pages,
        total,
        now.rows(),
        rowsPerSecond,
        eta);
  }

  private static String clock(Duration time) {
    return "%d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
  }
}
