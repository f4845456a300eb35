package io.tidemark.postgres.ddl;

import static io.tidemark.postgres.ddl.DdlDatabase.EXTENSION;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the extension's regression tests expect, on PostgreSQL 15. */
final class RegressOutput {
  private RegressOutput() {}

  /**
   * The statements as SQL alone describes them: the lines of the file, in order, without dropped
   * columns behind all others, which a {@link TableStructure} does not tell of.
   */
  static List<String> bySql() throws IOException {
    return table("variant_sql.out", "event|tag|").stream()
        .map(line -> line.replaceAll("(\\(|, )dropped(?:, dropped)*\\)", "$1)"))
        .map(line -> line.replace(", )", ")"))
        .toList();
  }

  /** The texts that differ with the library, empty if it withholds them, by place from 0. */
  static Map<Integer, String> byLibrary() throws IOException {
    Map<Integer, String> texts = new TreeMap<>();
    for (String line : table("variant_library.out", "k|tag|")) {
      String[] columns = line.split("\\|", 5);
      texts.put(Integer.parseInt(columns[0]) - 1, columns[4]);
    }
    return texts;
  }

  private static List<String> table(String file, String header) throws IOException {
    List<String> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(EXTENSION.resolve("expected").resolve(file))) {
      inside = inside ? !line.matches("\\(\\d+ rows\\)") : line.startsWith(header);
      if (inside && !line.startsWith(header)) {
        rows.add(line);
      }
    }
    return rows;
  }
}
