package io.tidemark.postgres;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Keys of a table's rows as people write them: of each the texts of the key's columns, in the order
 * of {@link TableSchema#keyNames}, as PostgreSQL reads values of their types.
 *
 * @param keys at most {@value #MAX_KEYS}, each of 1 to {@value #MAX_COLUMNS} texts without the
 *     character 0; all texts together at most {@value #MAX_BYTES} bytes of UTF-8
 */
public record KeyTexts(List<List<String>> keys) {
  public static final int MAX_KEYS = 5_000;

  /** PostgreSQL has no index of more. */
  public static final int MAX_COLUMNS = 32;

  public static final int MAX_BYTES = 2 << 20;

  /** No key. */
  public static final KeyTexts NONE = new KeyTexts(List.of());

  /**
   * @throws IllegalArgumentException if they are too many or too large, or a text is none of
   *     PostgreSQL's; it quotes none
   */
  public KeyTexts {
    keys = keys.stream().map(List::copyOf).toList();
    if (keys.size() > MAX_KEYS) {
      throw new IllegalArgumentException(
          "%d keys: there may be %d in one list; make several".formatted(keys.size(), MAX_KEYS));
    }
    long bytes = 0;
    for (int i = 0; i < keys.size(); i++) {
      int columns = keys.get(i).size();
      if (columns < 1 || columns > MAX_COLUMNS) {
        throw new IllegalArgumentException(
            "key %d of %d has %d columns: there may be 1 to %d"
                .formatted(i + 1, keys.size(), columns, MAX_COLUMNS));
      }
      for (String text : keys.get(i)) {
        bytes += bytes(text, i + 1, keys.size());
      }
    }
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "%d keys of %d bytes: there may be %d bytes in one list; make several"
              .formatted(keys.size(), bytes, MAX_BYTES));
    }
  }

  private static int bytes(String text, int number, int of) {
    if (text.indexOf(0) >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "key %d of %d has a text with the character 0, or with half of a surrogate pair"
              .formatted(number, of));
    }
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  public boolean isEmpty() {
    return keys.isEmpty();
  }

  public int size() {
    return keys.size();
  }

  /** The number of keys alone: row data does not belong in logs. */
  @Override
  public String toString() {
    return keys.size() == 1 ? "1 key" : keys.size() + " keys";
  }
}
