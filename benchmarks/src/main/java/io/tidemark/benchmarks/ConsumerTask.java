package io.tidemark.benchmarks;

import java.util.Locale;

/**
 * What a consumer's process is to take, as a line of text.
 *
 * @param service by which protocol
 * @param port the gateway's
 * @param skipped rows that are not measured
 * @param rows the number of rows at which it ends, the skipped ones included
 */
record ConsumerTask(Service service, int port, long skipped, long rows) {
  /** A protocol. */
  enum Service {
    OURS,
    PGCAPTURE
  }

  String toLine() {
    return "%s %d %d %d".formatted(service.name().toLowerCase(Locale.ROOT), port, skipped, rows);
  }

  static ConsumerTask parse(String line) {
    String[] words = line.split(" ", -1);
    if (words.length != 4) {
      throw new IllegalArgumentException("not a consumer's task: '" + line + "'");
    }
    return new ConsumerTask(
        Service.valueOf(words[0].toUpperCase(Locale.ROOT)),
        Integer.parseInt(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]));
  }
}
