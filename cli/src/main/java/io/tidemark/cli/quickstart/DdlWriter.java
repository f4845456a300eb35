package io.tidemark.cli.quickstart;

import io.tidemark.cli.quickstart.ItemTable.ColumnType;
import io.tidemark.cli.quickstart.ItemTable.ItemColumn;
import io.tidemark.cli.quickstart.ItemTable.Role;
import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One session's DDL, and the writes to the tables that it changes: it alone writes to these, as it
 * alone knows their columns. Steps come in decks that have each of them once, in random order.
 */
final class DdlWriter {
  /** The table that is there to begin with. */
  static final ItemTable ITEMS = ItemTable.first("items");

  private static final int MOST_COLUMNS = 12;
  private static final int MOST_TABLES = 5;

  /** Something that is done to a table, in a transaction with writes around it. */
  enum Step {
    ADD_COLUMN,
    ADD_COLUMN_WITH_DEFAULT,
    ADD_COLUMN_WITH_TIME,
    RENAME_COLUMN,
    SWAP_NAMES,
    DROP_COLUMN,
    REPLACE_COLUMN,
    WIDEN_COLUMN,
    CHANGE_TEXT_TYPE,
    CHANGE_KEY,
    NEW_TABLE,
    RENAME_TABLE,
    DROP_TABLE,
    /** Of a small table that all sessions write to, and that is truncated. */
    ADD_TO_SESSIONS,
    /** Once: a change of columns has a dump begin anew, which takes long if there are many rows. */
    ADD_TO_ORDERS,
    /** Once, and without a key. */
    ADD_TO_EVENTS
  }

  private static final Set<Step> ONCE = EnumSet.of(Step.ADD_TO_ORDERS, Step.ADD_TO_EVENTS);

  private final Connection connection;
  private final SplittableRandom random;
  private final Set<Step> steps;
  private final List<Step> deck = new ArrayList<>();
  private boolean once = true;

  /** The highest number that a row, a column or a table got: none is used again. */
  private long numbers;

  private List<ItemTable> tables = List.of(ITEMS);

  /** As they were when the transaction began. */
  private List<ItemTable> committed = tables;

  /**
   * @param steps what it does
   */
  DdlWriter(Connection connection, SplittableRandom random, Set<Step> steps) {
    this.connection = connection;
    this.random = random;
    this.steps = steps;
  }

  /** The next step, between writes to the same table. */
  void step() throws SQLException {
    if (deck.isEmpty()) {
      deck.addAll(steps);
      if (!once) {
        deck.removeAll(ONCE);
      }
      once = false;
      Collections.shuffle(deck, new Random(random.nextLong()));
    }
    int place = random.nextInt(tables.size());
    ItemTable table = tables.get(place);
    writes(table);
    ItemTable now = step(deck.remove(deck.size() - 1), table);
    List<ItemTable> next = new ArrayList<>(tables);
    if (now == null) {
      next.remove(place);
    } else if (now.names().get(0).equals(table.names().get(0))) {
      next.set(place, now);
    } else {
      next.add(now);
    }
    tables = List.copyOf(next);
    if (now != null) {
      writes(now);
    }
  }

  /** Some writes to one of the tables. */
  void change() throws SQLException {
    writes(tables.get(random.nextInt(tables.size())));
  }

  /** The transaction was committed. */
  void committed() {
    committed = tables;
  }

  /** The transaction left nothing. */
  void rolledBack() {
    tables = committed;
  }

  /** What there is as of the last commit. */
  List<ItemTable> tables() {
    return committed;
  }

  private void writes(ItemTable table) throws SQLException {
    for (int i = random.nextInt(4); i > 0; i--) {
      long number = 1 + random.nextLong(Math.max(1, numbers));
      switch (random.nextInt(8)) {
        case 0 -> run(table.delete(number));
        case 1 -> run(table.move(number, ++numbers));
        case 2, 3, 4 -> run(table.update(number, random));
        default -> run(table.insert(++numbers, random));
      }
    }
  }

  /** Does it; gives the table as it is then, null if it is gone, or one that was made. */
  private ItemTable step(Step step, ItemTable table) throws SQLException {
    return switch (step) {
      case ADD_COLUMN -> add(table, ColumnType.TEXT, "");
      case ADD_COLUMN_WITH_DEFAULT ->
          random.nextBoolean()
              ? add(table, ColumnType.INT, " DEFAULT " + random.nextInt(100))
              : add(table, ColumnType.TEXT, " DEFAULT 'none'");
      case ADD_COLUMN_WITH_TIME -> add(table, ColumnType.TIME, " DEFAULT now()");
      case RENAME_COLUMN -> rename(table, pick(table.columns()), newName());
      case SWAP_NAMES -> swapNames(table);
      case DROP_COLUMN -> drop(table);
      case REPLACE_COLUMN -> replace(table);
      case WIDEN_COLUMN -> widen(table);
      case CHANGE_TEXT_TYPE -> changeTextType(table);
      case CHANGE_KEY -> changeKey(table);
      case NEW_TABLE -> newTable(table);
      case RENAME_TABLE -> renameTable(table);
      case DROP_TABLE -> dropTable(table);
      case ADD_TO_SESSIONS -> addTo("sessions", table);
      case ADD_TO_ORDERS -> addTo("orders", table);
      case ADD_TO_EVENTS -> addTo("events", table);
    };
  }

  private ItemTable add(ItemTable table, ColumnType type, String more) throws SQLException {
    if (table.columns().size() >= MOST_COLUMNS) {
      return drop(table);
    }
    ItemColumn added = new ItemColumn(newName(), type, Role.OTHER);
    alter(table, "ADD " + Sql.identifier(added.name()) + " " + type.sql() + more);
    return table.with(added);
  }

  private ItemTable rename(ItemTable table, ItemColumn column, String name) throws SQLException {
    alter(table, "RENAME " + Sql.identifier(column.name()) + " TO " + Sql.identifier(name));
    return table.withEach(
        each -> each.equals(column) ? new ItemColumn(name, each.type(), each.role()) : each);
  }

  private ItemTable swapNames(ItemTable table) throws SQLException {
    ItemColumn one = pick(table.columns());
    ItemColumn other = pick(table.columns());
    if (one.equals(other)) {
      return rename(table, one, newName());
    }
    String between = newName();
    ItemTable now = rename(table, one, between);
    now = rename(now, other, one.name());
    return rename(now, new ItemColumn(between, one.type(), one.role()), other.name());
  }

  private ItemTable drop(ItemTable table) throws SQLException {
    List<ItemColumn> others = table.others();
    if (others.size() < 2) {
      return add(table, ColumnType.INT, "");
    }
    ItemColumn dropped = pick(others);
    alter(table, "DROP " + Sql.identifier(dropped.name()));
    return table.without(dropped);
  }

  /** Another column gets the name of one that goes. */
  private ItemTable replace(ItemTable table) throws SQLException {
    List<ItemColumn> others = table.others();
    if (others.isEmpty()) {
      return add(table, ColumnType.INT, "");
    }
    ItemColumn dropped = pick(others);
    ItemColumn added = new ItemColumn(dropped.name(), ColumnType.TEXT, Role.OTHER);
    String name = Sql.identifier(dropped.name());
    if (random.nextBoolean()) {
      alter(table, "DROP %s, ADD %1$s text DEFAULT 'anew'".formatted(name));
    } else {
      alter(table, "DROP " + name);
      alter(table, "ADD " + name + " text");
    }
    return table.without(dropped).with(added);
  }

  private ItemTable widen(ItemTable table) throws SQLException {
    List<ItemColumn> narrow =
        table.others().stream().filter(column -> column.type() == ColumnType.INT).toList();
    return narrow.isEmpty()
        ? add(table, ColumnType.INT, " DEFAULT 7")
        : retype(table, pick(narrow), ColumnType.BIGINT);
  }

  private ItemTable changeTextType(ItemTable table) throws SQLException {
    List<ItemColumn> texts =
        table.others().stream().filter(column -> column.type().isText()).toList();
    if (texts.isEmpty()) {
      return add(table, ColumnType.VARCHAR, "");
    }
    ItemColumn text = pick(texts);
    return retype(
        table, text, text.type() == ColumnType.TEXT ? ColumnType.VARCHAR : ColumnType.TEXT);
  }

  private ItemTable retype(ItemTable table, ItemColumn column, ColumnType type)
      throws SQLException {
    alter(table, "ALTER " + Sql.identifier(column.name()) + " TYPE " + type.sql());
    return table.withEach(
        each -> each.equals(column) ? new ItemColumn(each.name(), type, each.role()) : each);
  }

  private ItemTable changeKey(ItemTable table) throws SQLException {
    Role next = table.key() == Role.ID ? Role.CODE : Role.ID;
    run(table.rekey(next));
    return table.keyed(next);
  }

  /** Its first rows are before the publication has it, or behind that. */
  private ItemTable newTable(ItemTable table) throws SQLException {
    if (tables.size() >= MOST_TABLES) {
      return dropTable(table);
    }
    ItemTable made = ItemTable.first("made_" + ++numbers);
    run(made.create());
    writes(made);
    run("ALTER PUBLICATION " + DemoDatabase.PUBLICATION + " ADD TABLE " + made.name());
    return made;
  }

  private ItemTable renameTable(ItemTable table) throws SQLException {
    String name = "renamed_" + ++numbers;
    alter(table, "RENAME TO " + name);
    return table.named(name);
  }

  /** But the last one. */
  private ItemTable dropTable(ItemTable table) throws SQLException {
    if (tables.size() == 1) {
      return newTable(table);
    }
    run("DROP TABLE " + table.name());
    return null;
  }

  private ItemTable addTo(String demoTable, ItemTable table) throws SQLException {
    run(
        "ALTER TABLE %s ADD %s int DEFAULT %d"
            .formatted(demoTable, Sql.identifier(newName()), random.nextInt(100)));
    return table;
  }

  private String newName() {
    return (random.nextInt(4) == 0 ? "Column " : "c") + ++numbers;
  }

  private ItemColumn pick(List<ItemColumn> columns) {
    return columns.get(random.nextInt(columns.size()));
  }

  private void alter(ItemTable table, String what) throws SQLException {
    run("ALTER TABLE " + table.name() + " " + what);
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
