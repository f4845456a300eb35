package io.tidemark.postgres.setup;

import io.tidemark.postgres.TableName;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * Names tables: {@code schema.table}, unquoted, exactly as in the catalog; {@code *} stands for any
 * run of characters within either part.
 *
 * @param text as the user wrote it
 */
public record TablePattern(String text) implements Serializable {
  /** Checks that it has two parts. */
  public TablePattern {
    int dot = text.indexOf('.');
    if (dot < 1 || dot == text.length() - 1) {
      throw new IllegalArgumentException(
          "not a table: '" + text + "'; expected schema.table, as in public.orders or public.*");
    }
  }

  /** Whether it names this table. The schema ends at the first dot. */
  public boolean matches(TableName table) {
    int dot = text.indexOf('.');
    return part(text.substring(0, dot)).matcher(table.schema()).matches()
        && part(text.substring(dot + 1)).matcher(table.name()).matches();
  }

  private static Pattern part(String part) {
    StringBuilder regex = new StringBuilder();
    for (String literal : part.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(literal));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  @Override
  public String toString() {
    return text;
  }
}
