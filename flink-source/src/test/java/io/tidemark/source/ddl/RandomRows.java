package io.tidemark.source.ddl;

import io.tidemark.source.ddl.LiveTable.LiveColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/** Random statements that write rows of whatever columns a table has. */
final class RandomRows {
  /** A large value that is out of line, and that most updates leave alone. */
  private static final int LARGE = 100;

  private final RandomGenerator random;
  private final AtomicInteger unique;

  /**
   * @param unique the last number given out to a column in which all rows differ
   */
  RandomRows(RandomGenerator random, AtomicInteger unique) {
    this.random = random;
    this.unique = unique;
  }

  /** A statement that changes some rows. */
  String any(LiveTable table) {
    int dice = random.nextInt(10);
    if (dice < 4) {
      return insert(table, 1 + random.nextInt(3));
    }
    return dice < 6 ? delete(table) : update(table);
  }

  /** A statement that inserts so many rows. */
  String insert(LiveTable table, int rows) {
    List<LiveColumn> columns = new ArrayList<>(table.columns());
    columns.removeIf(each -> each.defaulted() && random.nextBoolean());
    List<String> values = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      values.add(
          "(" + String.join(", ", columns.stream().map(c -> value(table, c)).toList()) + ")");
    }
    return "INSERT INTO %s (%s) VALUES %s"
        .formatted(
            table.quoted(),
            String.join(", ", columns.stream().map(LiveColumn::quoted).toList()),
            String.join(", ", values));
  }

  private String update(LiveTable table) {
    List<String> sets = new ArrayList<>();
    for (LiveColumn column : table.columns()) {
      if (random.nextInt(table.isUnique(column) ? 6 : 3) == 0) {
        sets.add(column.quoted() + " = " + value(table, column));
      }
    }
    if (sets.isEmpty()) {
      sets.add(table.anchor().quoted() + " = " + table.anchor().quoted());
    }
    return "UPDATE %s SET %s %s".formatted(table.quoted(), String.join(", ", sets), row(table));
  }

  private String delete(LiveTable table) {
    return "DELETE FROM %s %s".formatted(table.quoted(), row(table));
  }

  /** Any row, without reading much of a table. */
  private String row(LiveTable table) {
    String anchor = table.anchor().quoted();
    return "WHERE %1$s = (SELECT %1$s FROM %2$s OFFSET %3$d LIMIT 1)"
        .formatted(anchor, table.quoted(), random.nextInt(200));
  }

  private String value(LiveTable table, LiveColumn column) {
    if (table.isUnique(column)) {
      return Integer.toString(unique.incrementAndGet());
    }
    if (!column.required() && random.nextInt(8) == 0) {
      return "NULL";
    }
    return value(column);
  }

  /** Any value, as SQL. */
  String value(LiveColumn column) {
    int number = random.nextInt(10_000);
    if (column.isText()) {
      return random.nextInt(8) == 0
          ? "repeat(md5('%d'), %d)".formatted(number, LARGE)
          : "'text %d'".formatted(number);
    }
    if (column.isLimited()) {
      return "'v%d'".formatted(number);
    }
    return column.isNumber() ? Integer.toString(number) : number + ".25";
  }
}
