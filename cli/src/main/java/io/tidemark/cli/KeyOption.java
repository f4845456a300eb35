package io.tidemark.cli;

import io.tidemark.gateway.wire.DumpedTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows as the command line names them: {@code SCHEMA.TABLE=VALUE[,VALUE...]}, the values as CSV.
 */
final class KeyOption {
  private KeyOption() {}

  /**
   * The tables in the order in which they come first, each with all its keys.
   *
   * @throws IllegalArgumentException if one of the texts is no key
   */
  static List<DumpedTable> tables(List<String> texts) {
    Map<String, DumpedTable.Builder> tables = new LinkedHashMap<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw wrong(text, equals < 0 ? "a '=' is missing" : "no table is before the '='");
      }
      DumpedTable.Builder table = DumpCommand.named(text.substring(0, equals));
      List<String> values;
      try {
        values = values(text.substring(equals + 1));
      } catch (IllegalArgumentException e) {
        throw wrong(text, e.getMessage());
      }
      tables
          .computeIfAbsent(table.getSchema() + "." + table.getName(), name -> table)
          .addKeysBuilder()
          .addAllValues(values);
    }
    return tables.values().stream().map(DumpedTable.Builder::build).toList();
  }

  private static IllegalArgumentException wrong(String text, String problem) {
    return new IllegalArgumentException(
        "--key '%s': %s; keys are TABLE=VALUE,..., as in public.items=7,\"a, b\""
            .formatted(text, problem));
  }

  /**
   * The values between commas. One in double quotes may have commas, and quotes as two of them.
   *
   * @throws IllegalArgumentException if quotes are not where they may be
   */
  static List<String> values(String csv) {
    List<String> values = new ArrayList<>();
    int at = 0;
    while (at <= csv.length()) {
      boolean quoted = at < csv.length() && csv.charAt(at) == '"';
      int end = quoted ? endOfQuoted(csv, at) : endOfPlain(csv, at);
      String value = csv.substring(at, end);
      values.add(quoted ? value.substring(1, value.length() - 1).replace("\"\"", "\"") : value);
      at = end + 1;
    }
    return values;
  }

  private static int endOfPlain(String csv, int start) {
    int comma = csv.indexOf(',', start);
    int end = comma < 0 ? csv.length() : comma;
    int quote = csv.indexOf('"', start);
    if (quote >= 0 && quote < end) {
      throw new IllegalArgumentException("a quote within a value that is not quoted");
    }
    return end;
  }

  private static int endOfQuoted(String csv, int start) {
    int at = start + 1;
    while (true) {
      int quote = csv.indexOf('"', at);
      if (quote < 0) {
        throw new IllegalArgumentException("a quote is not closed");
      }
      int next = quote + 1;
      if (next == csv.length() || csv.charAt(next) == ',') {
        return next;
      }
      if (csv.charAt(next) != '"') {
        throw new IllegalArgumentException("something follows a closing quote");
      }
      at = next + 1;
    }
  }
}
