package io.tidemark.source.simulation;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.event.EnumeratorEvent.PublishedTable;
import io.tidemark.source.simulation.Coverage.Case;
import io.tidemark.source.simulation.SimulatedTable.Row;
import io.tidemark.source.simulation.Wal.Event;
import io.tidemark.source.simulation.Wal.Kind;
import io.tidemark.source.simulation.Wal.RowEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A primary with a few small tables: all that it ever wrote, and its tables after each of it.
 * Transactions change rows, keys, pages and columns, and leave TOAST values as they are or not.
 *
 * <p>More than 400 lines: what it is asked for, and what that does to its state, belong together.
 */
public final class SimulatedPrimary {
  /** So that the LSNs of a run cross the sign bit. */
  private static final long FIRST_LSN = Long.MAX_VALUE - 600;

  /** So that the xids of a run cross 2^32, or 2^31, where numbers get a sign. */
  private static final int[] FIRST_XIDS = {-6, Integer.MAX_VALUE - 6};

  private static final int PAGES = 3;

  /** Hot ones, cold ones that are seldom written to, so that nothing makes up for a lost one. */
  private static final String[] KEYS = {"k0", "k1", "k2", "h0", "c0", "c1", "c2", "c3", "k3", "h1"};

  private static final int HOT_KEYS = 4;

  private final Choices choices;
  private final Coverage coverage;
  private final List<Wal> wal = new ArrayList<>();

  /** The tables after so many items of the WAL. */
  private final List<Map<TableName, SimulatedTable>> history = new ArrayList<>();

  /**
   * Whether a dump can read here: transactions then become visible some time after their commit.
   */
  private final boolean isDumpSource;

  /** Whether tables get other replica identities. */
  private final boolean changesKeys;

  /** Whether it sends the begin and the commit of transactions that have nothing to tell. */
  private final boolean sendsEmpty;

  /** Null if the tables stay what they are, but for columns and keys that the stream tells. */
  private final SimulatedDdl ddl;

  private final List<Wal.Transaction> invisible = new ArrayList<>();

  /** Whether nothing is written: whoever looks sees all there is. */
  private boolean isQuiet;

  private final int firstXid;
  private final int[] xids;
  private int nextXid;
  private long lsn = FIRST_LSN;
  private int values;
  private long files;

  /**
   * One with its first tables.
   *
   * @param withDdl whether statements change the tables
   */
  SimulatedPrimary(
      Choices choices,
      Coverage coverage,
      boolean isDumpSource,
      boolean changesKeys,
      boolean withDdl) {
    this.choices = choices;
    this.coverage = coverage;
    this.isDumpSource = isDumpSource;
    this.changesKeys = changesKeys;
    this.firstXid = FIRST_XIDS[choices.below(2)];
    this.xids = new int[] {firstXid, firstXid + 1};
    this.nextXid = firstXid + 2;
    this.sendsEmpty = choices.oneIn(2);
    this.ddl = withDdl ? new SimulatedDdl(choices, coverage, changesKeys) : null;
    Map<TableName, SimulatedTable> tables = new TreeMap<>();
    int count = 1 + choices.below(2);
    for (int i = 0; i < count; i++) {
      TableName name = new TableName("public", "t" + i);
      ReplicaIdentity identity = choices.oneIn(5) ? ReplicaIdentity.FULL : ReplicaIdentity.DEFAULT;
      TableSchema schema =
          ddl == null
              ? SimulatedTable.schema(name, identity, List.of("id", "u", "a", "x", "y"))
              : ddl.schema(SimulatedTable.oid(name), name, identity);
      SortedMap<String, Row> rows = new TreeMap<>();
      for (String key : KEYS) {
        if (choices.below(4) != 3) {
          rows.put(key, row(schema, key, choices.below(PAGES)));
        }
      }
      tables.put(name, new SimulatedTable(schema, ++files, PAGES, rows));
    }
    history.add(tables);
  }

  /** How much it has written. */
  public int size() {
    return wal.size();
  }

  /** What it wrote, by {@link Wal#index}. */
  public Wal get(int index) {
    return wal.get(index);
  }

  /** Whether the stream has it: servers before 15 send empty transactions, later ones do not. */
  public boolean isSent(Wal item) {
    return sendsEmpty
        || !(item instanceof Wal.Transaction transaction)
        || !transaction.events().isEmpty();
  }

  Set<TableName> tableNames() {
    return history.get(0).keySet();
  }

  /** Whether the capture is of this table, if it is published. */
  public boolean captures(TableName name) {
    return ddl == null ? history.get(0).containsKey(name) : name.name().startsWith("t");
  }

  /** Whether tables are changed by statements, and not by rows alone. */
  public boolean hasDdl() {
    return ddl != null;
  }

  /** Whether DDL statements are told. */
  public boolean isDdlCaptured() {
    return ddl != null && ddl.isCaptured();
  }

  /** Whether pgoutput tells rows of the one table under the name of the other. */
  boolean isSchemaRenamedSilently(TableSchema former, TableSchema now) {
    return ddl != null && ddl.isSchemaRenamedSilently(former, now);
  }

  /** The names of the published tables that are captured. */
  public List<TableName> published() {
    return published(size()).map(table -> table.schema().name()).toList();
  }

  /** The published tables that are captured, after so many items. */
  Stream<SimulatedTable> published(int items) {
    return history.get(items).values().stream()
        .filter(table -> table.isPublished() && captures(table.schema().name()));
  }

  /** The table after so many items; null if there is none. */
  public SimulatedTable table(int oid, int items) {
    for (SimulatedTable table : history.get(items).values()) {
      if (table.schema().oid() == oid) {
        return table;
      }
    }
    return null;
  }

  /** What the publication has, as a look can tell that takes its time. */
  Published look() {
    int items = ddl == null || isQuiet ? size() : size() - choices.below(Math.min(3, size() + 1));
    int before = ddl == null || isQuiet ? items : items - choices.below(Math.min(3, items + 1));
    return new Published(
        0,
        published(items)
            .map(table -> new PublishedTable(table.schema().oid(), table.schema().name()))
            .toList(),
        endLsn(before),
        endLsn());
  }

  /** The tables after so many items of the WAL. */
  Map<TableName, SimulatedTable> tables(int items) {
    return history.get(items);
  }

  /** Where the WAL ends now. */
  public long endLsn() {
    return lsn;
  }

  /** The end of the first so many items; what was written before is at {@link #startLsn}. */
  long endLsn(int items) {
    return items == 0 ? FIRST_LSN : wal.get(items - 1).endLsn();
  }

  static long startLsn() {
    return FIRST_LSN;
  }

  /**
   * Whether a row of this key has begun, among the first items, of which values were left out. A
   * row that another key takes begins in another lane.
   */
  boolean hasBegunOpaque(int table, String key, int items) {
    return hasBegunOpaque(table, key, 0, items);
  }

  /** As {@link #hasBegunOpaque(int, String, int)}, in items from one on. */
  boolean hasBegunOpaque(int table, String key, int from, int to) {
    for (int i = from; i < to; i++) {
      if (get(i) instanceof Wal.Transaction transaction
          && transaction.events().stream().anyMatch(event -> isOpaque(event, table, key))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOpaque(Wal.Event event, int table, String key) {
    return event instanceof Wal.RowEvent row
        && (row.kind() == Wal.Kind.INSERT || row.isMove())
        && row.schema().oid() == table
        && row.key().equals(key)
        && !row.unchanged().isEmpty();
  }

  /** How many items end at this LSN or before. */
  int itemsUpTo(long end) {
    int from = 0;
    int to = wal.size();
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (Long.compareUnsigned(wal.get(middle).endLsn(), end) <= 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  // What a dump reads where the primary is its source.

  /** The xids of {@code pg_current_snapshot()}, in its text form. */
  public String snapshotXids() {
    StringBuilder running = new StringBuilder();
    long least = wide(nextXid);
    List<Integer> all = new ArrayList<>();
    for (int xid : xids) {
      all.add(xid);
    }
    invisible.forEach(transaction -> all.add(transaction.xid()));
    for (int xid : all) {
      least = Math.min(least, wide(xid));
      running.append(running.isEmpty() ? "" : ",").append(wide(xid));
    }
    return least + ":" + wide(nextXid) + ":" + running;
  }

  /** With its epoch, as snapshots have it. */
  private long wide(int xid) {
    return (1L << 32) + Integer.toUnsignedLong(firstXid) + (xid - firstXid);
  }

  /** The table as a snapshot sees it now. */
  public SimulatedTable visible(TableName name) {
    SimulatedTable now = history.get(size()).get(name);
    SortedMap<String, Row> rows = new TreeMap<>(now.rows());
    for (Wal.Transaction transaction : invisible) {
      // What is not visible yet was not changed again: the keys are as before it.
      SimulatedTable before = history.get(transaction.index()).get(name);
      for (String key : touched(transaction, name)) {
        if (before.rows().containsKey(key)) {
          rows.put(key, before.rows().get(key));
        } else {
          rows.remove(key);
        }
      }
    }
    return now.withRows(rows, 0);
  }

  private static Set<String> touched(Wal.Transaction transaction, TableName name) {
    Set<String> keys = new HashSet<>();
    for (Event event : transaction.events()) {
      if (event instanceof RowEvent row && row.schema().name().equals(name)) {
        keys.add(row.key());
        if (row.oldKey() != null) {
          keys.add(row.oldKey());
        }
      }
    }
    return keys;
  }

  /** One more commit becomes visible. */
  void reveal() {
    if (!invisible.isEmpty()) {
      invisible.remove(choices.below(invisible.size()));
    }
  }

  /** The transactions that have begun end without having written anything. */
  void rollBack() {
    isQuiet = true;
    Arrays.setAll(xids, i -> nextXid++);
  }

  // Writing.

  /** Writes something. */
  void write() {
    isQuiet = false;
    if (choices.oneIn(12)) {
      lsn += 4 + choices.below(8);
      wal.add(new Wal.Message(size(), lsn, lsn + 3));
      lsn += 3;
      history.add(history.get(history.size() - 1));
      return;
    }
    Writing writing = new Writing(choices, history.get(size()), lsn - choices.below(40));
    if (!isDumpSource && choices.oneIn(25)) {
      rewrite(writing, writing.anyTable());
    } else if (changesKeys && !isDumpSource && !isDdlCaptured() && choices.oneIn(25)) {
      changeKey(writing, writing.anyTable());
    } else {
      for (int left = 1 + choices.below(choices.oneIn(4) ? 8 : 3); left > 0; left--) {
        change(writing);
      }
    }
    commit(writing);
  }

  private void commit(Writing writing) {
    int chosen = choices.below(xids.length);
    int xid = xids[chosen];
    xids[chosen] = nextXid++;
    long commit = later(lsn, writing.lsn()) + 1 + choices.below(6);
    lsn = commit + 2;
    Wal.Transaction transaction =
        new Wal.Transaction(size(), commit, lsn, xid, List.copyOf(writing.events), writing.changed);
    wal.add(transaction);
    history.add(writing.tables);
    if (isDumpSource && choices.below(3) > 0) {
      invisible.add(transaction);
      coverage.hit(Case.INVISIBLE_COMMITS);
    }
  }

  static long later(long left, long right) {
    return Long.compareUnsigned(left, right) > 0 ? left : right;
  }

  private void change(Writing writing) {
    if (ddl != null && choices.oneIn(6)) {
      ddl.run(writing);
      return;
    }
    SimulatedTable table = writing.anyTable();
    if (!isDumpSource && choices.oneIn(40)) {
      truncate(writing, table);
    } else if (!isDumpSource && ddl == null && choices.oneIn(50)) {
      changeColumns(writing, table);
    } else if (choices.oneIn(25)) {
      writing.events.add(new Wal.MessageEvent(writing.nextLsn()));
    } else {
      changeRow(writing, table);
    }
  }

  private void changeRow(Writing writing, SimulatedTable table) {
    String key = KEYS[choices.oneIn(12) ? choices.below(KEYS.length) : choices.below(HOT_KEYS)];
    String newKey = choices.oneIn(6) ? KEYS[choices.below(KEYS.length)] : key;
    Row old = table.rows().get(key);
    boolean moves = old != null && !newKey.equals(key) && !table.rows().containsKey(newKey);
    if (isLocked(table, key) || (moves && isLocked(table, newKey))) {
      return;
    }
    TreeMap<String, Row> rows = new TreeMap<>(table.rows());
    rows.remove(key);
    Row now = null;
    if (old == null) {
      now = row(table, key, choices.below(table.pages() + 1));
    } else if (moves || choices.below(5) != 4) {
      now = update(table, old, moves ? newKey : key);
    }
    if (now != null) {
      rows.put(moves ? newKey : key, now);
    }
    writing.put(table.withRows(rows, now == null ? 0 : now.page() + 1));
    if (table.isPublished()) {
      publish(writing, table.schema(), key, moves ? newKey : key, old, now);
    }
  }

  /** As the publication's row filter has it. */
  private void publish(
      Writing writing, TableSchema schema, String oldKey, String key, Row old, Row now) {
    boolean before = old != null && SimulatedTable.isPublished(oldKey);
    boolean after = now != null && SimulatedTable.isPublished(key);
    boolean full = schema.identity() == ReplicaIdentity.FULL;
    Set<String> unchanged = new HashSet<>();
    if (after && old != null) {
      for (Column column : schema.columns()) {
        String value = now.get(SimulatedTable.id(column));
        if (SimulatedTable.isToast(value)
            && value.equals(old.get(SimulatedTable.id(column)))
            && (!full || before)) {
          unchanged.add(SimulatedTable.id(column));
        }
      }
    }
    if (before && after) {
      writing.events.add(
          new RowEvent(writing.nextLsn(), Kind.UPDATE, schema, key, oldKey, old, now, unchanged));
    } else if (after) {
      if (!unchanged.isEmpty()) {
        coverage.hit(Case.OPAQUE_IMAGES);
      }
      writing.events.add(
          new RowEvent(writing.nextLsn(), Kind.INSERT, schema, key, null, null, now, unchanged));
    } else if (before) {
      writing.events.add(
          new RowEvent(
              writing.nextLsn(), Kind.DELETE, schema, oldKey, oldKey, old, null, Set.of()));
    }
  }

  /** Whether a transaction that is not visible yet still holds the row. */
  private boolean isLocked(SimulatedTable table, String key) {
    return invisible.stream().anyMatch(each -> touched(each, table.schema().name()).contains(key));
  }

  private void truncate(Writing writing, SimulatedTable table) {
    coverage.hit(Case.TRUNCATES);
    writing.put(table.rewritten(++files, 0, new TreeMap<>()));
    if (table.isPublished()) {
      writing.events.add(new Wal.TruncateEvent(writing.nextLsn(), table.schema()));
    }
  }

  /** Rows get other places in another file; the publication has nothing to tell. */
  private void rewrite(Writing writing, SimulatedTable table) {
    coverage.hit(Case.REWRITES);
    TreeMap<String, Row> rows = new TreeMap<>();
    table.rows().forEach((key, row) -> rows.put(key, new Row(row.values(), choices.below(PAGES))));
    writing.put(table.rewritten(++files, PAGES, rows));
  }

  /** Adds a column, empty in all rows, or takes one away; now and then the table is rewritten. */
  private void changeColumns(Writing writing, SimulatedTable table) {
    coverage.hit(Case.COLUMN_CHANGES);
    List<String> columns = new ArrayList<>(table.columns());
    if (columns.size() > 4 && choices.oneIn(3)) {
      columns.remove(columns.size() - 1);
    } else {
      columns.add("n" + values++);
    }
    TableSchema schema =
        SimulatedTable.schema(table.schema().name(), table.schema().identity(), columns);
    boolean rewritten = choices.oneIn(2);
    TreeMap<String, Row> rows = new TreeMap<>();
    table
        .rows()
        .forEach(
            (key, row) -> {
              Map<String, String> kept = new HashMap<>();
              columns.forEach(column -> kept.put(column, row.get(column)));
              rows.put(key, new Row(kept, rewritten ? choices.below(PAGES) : row.page()));
            });
    long file = rewritten ? ++files : table.fileNode();
    writing.put(new SimulatedTable(schema, file, Math.max(PAGES, table.pages()), rows));
  }

  /** Another replica identity; the publication has nothing to tell. */
  private void changeKey(Writing writing, SimulatedTable table) {
    coverage.hit(Case.KEY_CHANGES);
    ReplicaIdentity identity =
        table.schema().identity() == ReplicaIdentity.INDEX
            ? ReplicaIdentity.DEFAULT
            : ReplicaIdentity.INDEX;
    int[] key = identity == ReplicaIdentity.INDEX ? new int[] {0, 1} : new int[] {0};
    TableSchema now = table.schema();
    writing.put(
        table.withSchema(new TableSchema(now.oid(), now.name(), identity, now.columns(), key)));
  }

  private Row row(TableSchema schema, String key, int page) {
    List<String> ids = schema.columns().stream().map(SimulatedTable::id).toList();
    Map<String, String> values = new HashMap<>();
    values.put(ids.get(0), key);
    values.put(ids.get(1), "u");
    values.put(ids.get(2), small());
    values.put(ids.get(3), large());
    values.put(ids.get(4), large());
    return new Row(values, page);
  }

  private Row row(SimulatedTable table, String key, int page) {
    Map<String, String> all = new HashMap<>();
    for (String column : table.columns()) {
      all.put(column, choices.oneIn(2) ? small() : large());
    }
    all.put("id", key);
    all.put("u", "u");
    return new Row(all, page);
  }

  private Row update(SimulatedTable table, Row old, String key) {
    Map<String, String> all = new HashMap<>(old.values());
    for (String column : table.columns()) {
      if (choices.oneIn(4)) {
        all.put(column, choices.oneIn(2) ? small() : large());
      }
    }
    all.put("id", key);
    all.put("u", "u");
    int page = choices.oneIn(2) ? choices.below(table.pages() + 1) : old.page();
    return new Row(all, page);
  }

  private String small() {
    return choices.oneIn(6) ? null : "s" + values++;
  }

  private String large() {
    return "T" + values++;
  }
}
