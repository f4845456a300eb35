package io.tidemark.benchmarks;

import java.util.Locale;

/**
 * One capture that a {@link CaptureProcess} is to run, as a line of text.
 *
 * @param kind what to capture, and until when
 * @param slot the replication slot
 * @param publication the publication
 * @param tables the tables, separated by commas
 * @param rows rows of the stream at which it ends; 0 where the kind has another end
 * @param gateway the port of the gateway that it is published to, until it is stopped; 0 for none
 */
record CaptureTask(
    Kind kind, String slot, String publication, String tables, long rows, int gateway) {
  /** What to capture, and until when. */
  enum Kind {
    /** Stream from a slot that exists, until {@code rows} rows came. */
    DRAIN,
    /** Stream from now on, until {@code rows} rows came; the first half is not measured. */
    FOLLOW,
    /** Stream from now on, until it is stopped; with a checkpoint a minute. */
    SERVE,
    /** Dump, with the stream meanwhile, until the dump is done. It is about the dump's rows. */
    DUMP,
    /**
     * Dump, and stream from a slot that exists, until {@code rows} rows came from the stream. It is
     * about the time from the dump's first row to its last.
     */
    DRAIN_AND_DUMP
  }

  /** Of the one table that has a publication of its name. */
  static CaptureTask of(Kind kind, String slot, String table, long rows) {
    return new CaptureTask(kind, slot, table, table, rows, 0);
  }

  /** The same, published to a gateway. */
  CaptureTask into(int port) {
    return new CaptureTask(kind, slot, publication, tables, rows, port);
  }

  RowMeter meter() {
    return switch (kind) {
      case DRAIN, SERVE -> new RowMeter(false, 0, rows);
      case FOLLOW -> new RowMeter(false, rows / 2, rows);
      case DUMP -> new RowMeter(true, 0, 0);
      case DRAIN_AND_DUMP -> new RowMeter(true, 0, rows);
    };
  }

  String toLine() {
    return String.join(
        " ",
        kind.name().toLowerCase(Locale.ROOT),
        slot,
        publication,
        tables,
        Long.toString(rows),
        Integer.toString(gateway));
  }

  static CaptureTask parse(String line) {
    String[] words = line.split(" ", -1);
    if (words.length != 6) {
      throw new IllegalArgumentException("not a task: '" + line + "'");
    }
    return new CaptureTask(
        Kind.valueOf(words[0].toUpperCase(Locale.ROOT)),
        words[1],
        words[2],
        words[3],
        Long.parseLong(words[4]),
        Integer.parseInt(words[5]));
  }
}
