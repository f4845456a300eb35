package io.tidemark.postgres.ddl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.List;

/** What the extension wrote on PostgreSQL 18, a message a line, without its signature. */
final class DdlMessages {
  private DdlMessages() {}

  /** The JSON of all of them, in order. */
  static List<String> all() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(DdlMessages.class.getResourceAsStream("messages.txt"), UTF_8))) {
      return lines.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
