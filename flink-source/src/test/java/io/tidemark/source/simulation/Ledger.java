package io.tidemark.source.simulation;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.simulation.Coverage.Case;
import io.tidemark.source.simulation.SimulatedTable.Row;
import io.tidemark.source.simulation.Wal.RowEvent;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * A consumer of one lane, and the judge of all that it gets. It knows what the primary wrote and
 * nothing of how it was captured. Each complaint names the invariant of {@code
 * docs/architecture.md} that does not hold.
 *
 * <p>More than 400 lines: all that judges a change is in one place.
 */
final class Ledger {
  /** A value that the consumer was never told. */
  private static final String UNKNOWN = "(unknown)";

  private final SimulatedPrimary primary;
  private final boolean inTotalOrder;

  /** By the oids of their tables. */
  private final Map<Integer, TreeMap<String, Map<String, String>>> rows;

  /** Two for each event of each item of the WAL: of a move between lanes each lane has one. */
  private final BitSet seen;

  private long lastLsn;
  private long lastOrdinal;

  /** The LSN of the newest mark at which a row was read. */
  private long lastRead;

  private boolean inTransaction;

  /** Null if no dumps are requested. */
  private final SimulatedRequests requests;

  /** The tables as told last, by oid. */
  private final Map<Integer, TableSchema> told = new TreeMap<>();

  /** Counts what it is told. */
  private final Coverage coverage;

  /** Told of each end of a dump. */
  private final DumpEnds dumpEnds;

  /** By each end of a dump that came: what the consumer had then. */
  private final Map<DumpEnd, Ledger> ends = new HashMap<>();

  /** Judges the end of a dump, in one lane. */
  @FunctionalInterface
  interface DumpEnds {
    void accept(DumpEnd end);
  }

  /** The keys of the rows that came for each request. */
  private final Map<Long, Set<String>> requested = new HashMap<>();

  /** Where the stream last told of a row, by table and key. */
  private final Map<List<Object>, Place> changed = new HashMap<>();

  /** A change that the consumer has got, and with it all before. */
  record Place(long lsn, long ordinal) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int order = Long.compareUnsigned(lsn, other.lsn);
      return order != 0 ? order : Long.compare(ordinal, other.ordinal);
    }
  }

  /**
   * A consumer that has got nothing.
   *
   * @param inTotalOrder whether it is the only lane
   * @param requests told of rows that come for a request; null if none are made
   * @param dumpEnds told of the ends of dumps
   * @param coverage counts what it is told
   */
  Ledger(
      SimulatedPrimary primary,
      boolean inTotalOrder,
      SimulatedRequests requests,
      DumpEnds dumpEnds,
      Coverage coverage) {
    this.coverage = coverage;
    this.primary = primary;
    this.requests = requests;
    this.dumpEnds = dumpEnds;
    this.inTotalOrder = inTotalOrder;
    this.rows = new TreeMap<>();
    this.seen = new BitSet();
    this.lastLsn = SimulatedPrimary.startLsn();
    this.lastRead = SimulatedPrimary.startLsn();
  }

  private Ledger(Ledger other) {
    primary = other.primary;
    coverage = other.coverage;
    inTotalOrder = other.inTotalOrder;
    rows = new TreeMap<>();
    other.rows.forEach(
        (table, held) -> {
          TreeMap<String, Map<String, String>> images = new TreeMap<>();
          held.forEach((key, image) -> images.put(key, new HashMap<>(image)));
          rows.put(table, images);
        });
    seen = (BitSet) other.seen.clone();
    lastLsn = other.lastLsn;
    lastOrdinal = other.lastOrdinal;
    lastRead = other.lastRead;
    inTransaction = other.inTransaction;
    requests = other.requests;
    dumpEnds = other.dumpEnds;
    ends.putAll(other.ends);
    other.requested.forEach((request, keys) -> requested.put(request, new HashSet<>(keys)));
    changed.putAll(other.changed);
    told.putAll(other.told);
  }

  /** Nothing comes of a table, or under other columns, that was not told of before. */
  private void told(SchemaChange change) {
    int oid = (change.isNew() ? change.after() : change.before()).oid();
    TableSchema known = told.get(oid);
    require(
        known == null ? change.isNew() : !change.isNew() && known.matches(change.before()),
        "I11: it was told to be " + known,
        change);
    long lsn = change.position().commitLsn();
    int order = Long.compareUnsigned(lsn, lastLsn);
    require(
        change.position().ordinal() == 0
            ? Long.compareUnsigned(lsn, lastEnd()) >= 0
            : order > 0 || (order == 0 && change.position().ordinal() >= lastOrdinal),
        "I2: it comes after what was told of it",
        change);
    if (change.isGone()) {
      coverage.hit(Case.TABLES_TOLD_GONE);
      told.remove(oid);
      rows.remove(oid);
      return;
    }
    coverage.hit(change.isNew() ? Case.TABLES_TOLD : Case.TABLES_TOLD_CHANGED);
    require(
        told.values().stream()
            .allMatch(each -> each.oid() == oid || !each.name().equals(change.table())),
        "I11: another table of that name was not told to be gone",
        change);
    told.put(oid, change.after());
    rows.getOrDefault(oid, new TreeMap<>())
        .values()
        .forEach(
            image -> change.missing().forEach((number, value) -> image.put("#" + number, value)));
  }

  /** A row has the columns that were told last, and numbers that its columns have. */
  private void requireTold(RowChange row, TableSchema wrote) {
    TableSchema schema = row.schema();
    TableSchema known = told.get(schema.oid());
    require(
        known != null && schema.matches(known),
        "I11: the columns were told to be " + (known == null ? null : known.columns()),
        row);
    require(wrote.matches(schema), "I11: its columns are " + wrote.columns(), row);
  }

  /** As it is in a checkpoint. */
  Ledger copy() {
    return new Ledger(this);
  }

  void accept(Change change) {
    if (change instanceof RowChange row && row.op() == Op.READ) {
      read(row);
    } else if (change instanceof DumpEnd end) {
      ended(end);
    } else if (change instanceof SchemaChange schema) {
      told(schema);
    } else if (change instanceof Begin begin) {
      require(inTotalOrder && !inTransaction, "I2: a BEGIN within a transaction", begin);
      inTransaction = true;
    } else if (change instanceof Commit commit) {
      require(inTransaction, "I2: a COMMIT without a BEGIN", commit);
      require(item(commit) instanceof Wal.Transaction, "there is no such transaction", commit);
      inTransaction = false;
    } else {
      streamed(change);
    }
  }

  // The stream.

  private void streamed(Change change) {
    long lsn = change.position().commitLsn();
    long ordinal = change.position().ordinal();
    int order = Long.compareUnsigned(lsn, lastLsn);
    boolean secondHalf = !inTotalOrder && change instanceof RowChange row && row.op() == Op.INSERT;
    require(
        order > 0
            || (order == 0 && (ordinal > lastOrdinal || (secondHalf && ordinal == lastOrdinal))),
        "I2, I3: the stream went backwards",
        change);
    Wal item = item(change);
    require(
        Long.compareUnsigned(item.endLsn(), lastRead) > 0,
        "I3: a row was read that is newer than this",
        change);
    lastLsn = lsn;
    lastOrdinal = ordinal;
    if (change instanceof LogicalMessage message && !message.transactional()) {
      require(item instanceof Wal.Message && !inTransaction, "no such message", change);
      see(item, 1, 0, change);
      return;
    }
    require(inTransaction == inTotalOrder, "I2: a change outside of its transaction", change);
    require(item instanceof Wal.Transaction, "no such transaction", change);
    List<Wal.Event> events = ((Wal.Transaction) item).events();
    require(ordinal >= 1 && ordinal <= events.size(), "no such change", change);
    Wal.Event event = events.get((int) ordinal - 1);
    if (change instanceof RowChange row && event instanceof RowEvent wrote) {
      requireTold(row, wrote.schema());
      row(item, row, wrote);
    } else if (change instanceof Truncate && event instanceof Wal.TruncateEvent truncate) {
      see(item, ordinal, 0, change);
      rows.remove(truncate.schema().oid());
    } else if (change instanceof Ddl && event instanceof Wal.DdlEvent ddl) {
      require(ddl.genuine(), "I12: nobody ran this statement", change);
      see(item, ordinal, 0, change);
    } else if (change instanceof LogicalMessage && event instanceof Wal.DdlEvent ddl) {
      require(!ddl.genuine(), "I12: a statement is not taken for one", change);
      see(item, ordinal, 0, change);
    } else {
      require(
          change instanceof LogicalMessage && event instanceof Wal.MessageEvent,
          "the primary wrote " + event,
          change);
      see(item, ordinal, 0, change);
    }
  }

  /** What the WAL has at this place. */
  private Wal item(Change change) {
    long lsn = change.position().commitLsn();
    int index = primary.itemsUpTo(lsn);
    require(
        index < primary.size() && primary.get(index).lsn() == lsn,
        "nothing was written there",
        change);
    return primary.get(index);
  }

  private void see(Wal item, long ordinal, int part, Change change) {
    int place = place(item, ordinal, part);
    require(!seen.get(place), "I2: it came before", change);
    seen.set(place);
  }

  private static int place(Wal item, long ordinal, int part) {
    return (item.index() * 64 + (int) ordinal) * 2 + part;
  }

  private void row(Wal item, RowChange change, RowEvent wrote) {
    TableSchema schema = wrote.schema();
    boolean split = wrote.isMove() && change.op() != Op.UPDATE;
    require(
        change.op().name().equals(wrote.kind().name()) || (split && !inTotalOrder),
        "the primary wrote an " + wrote.kind(),
        change);
    see(item, change.position().ordinal(), split && change.op() == Op.INSERT ? 1 : 0, change);
    TreeMap<String, Map<String, String>> table =
        rows.computeIfAbsent(schema.oid(), oid -> new TreeMap<>());
    Map<String, String> base = null;
    if (change.op() != Op.INSERT) {
      base = table.remove(wrote.oldKey());
      require(
          change.op() == Op.UPDATE || wrote.oldKey().equals(key(schema, change.oldTuple())),
          "the old key is " + wrote.oldKey(),
          change);
    }
    if (change.op() != Op.DELETE) {
      table.put(wrote.key(), image(change, wrote, base));
      changed.put(List.of(schema.oid(), wrote.key()), place());
    }
  }

  /** The new row as far as it was told; the rest is as it was. */
  private static Map<String, String> image(
      RowChange change, RowEvent wrote, Map<String, String> base) {
    Map<String, String> told = SimulatedTable.values(wrote.schema(), change.newTuple());
    Map<String, String> image = new HashMap<>();
    for (var column : wrote.schema().columns()) {
      String name = SimulatedTable.id(column);
      if (told.containsKey(name)) {
        require(
            Objects.equals(told.get(name), wrote.now().get(name)),
            "I4: " + name + " is " + wrote.now().get(name) + ", not " + told.get(name),
            change);
        image.put(name, told.get(name));
      } else {
        require(wrote.unchanged().contains(name), "I4: " + name + " was left out", change);
        image.put(name, base == null ? UNKNOWN : base.getOrDefault(name, UNKNOWN));
      }
    }
    return image;
  }

  private static String key(TableSchema schema, Tuple tuple) {
    return SimulatedTable.values(schema, tuple).get("id");
  }

  // Rows that a dump read.

  private void read(RowChange read) {
    require(!inTransaction, "a row was read within a transaction", read);
    long mark = read.commitLsn();
    require(
        Long.compareUnsigned(mark, lastEnd()) >= 0,
        "I3: a row was read that is older than the stream",
        read);
    lastRead = Long.compareUnsigned(mark, lastRead) > 0 ? mark : lastRead;
    TableSchema schema = read.schema();
    SimulatedTable now = primary.table(schema.oid(), primary.itemsUpTo(mark));
    TableSchema known = told.get(schema.oid());
    // Without the extension that is told when the publication is looked at.
    boolean mayHaveGone = !primary.isDdlCaptured();
    require(known != null && (now != null || mayHaveGone), "I11: its table has gone", read);
    require(
        !primary.isDdlCaptured() || schema.matches(known),
        "I11: the columns were told to be " + known.columns(),
        read);
    Map<String, String> image = SimulatedTable.values(schema, read.newTuple());
    String key = image.get("id");
    if (now == null) {
      rows.computeIfAbsent(schema.oid(), oid -> new TreeMap<>()).put(key, image);
      return;
    }
    Row row = now.rows().get(key);
    require(row != null, "I5: a row was read that is deleted: " + key, read);
    require(SimulatedTable.isPublished(key), "a row was read that is not published", read);
    for (var column : schema.columns()) {
      String name = SimulatedTable.id(column);
      boolean exists = row.values().containsKey(name);
      require(image.containsKey(name), "I6: " + name + " is missing", read);
      require(
          !exists || Objects.equals(image.get(name), row.get(name)),
          "I4: " + name + " of " + key + " is " + row.get(name) + ", not " + image.get(name),
          read);
    }
    rows.computeIfAbsent(schema.oid(), oid -> new TreeMap<>()).put(key, image);
    if (read.dumpRequest() != 0) {
      requested.computeIfAbsent(read.dumpRequest(), request -> new HashSet<>()).add(key);
      requests.rowRead(read, key);
    }
  }

  private void ended(DumpEnd end) {
    require(!inTransaction, "a dump ended within a transaction", end);
    require(
        Long.compareUnsigned(end.position().commitLsn(), lastEnd()) >= 0,
        "I3: a dump ended before what the stream had told",
        end);
    ends.put(inFirstLane(end), copy());
    dumpEnds.accept(end);
  }

  /** The same for all lanes, which get it at one place of the stream. */
  private static DumpEnd inFirstLane(DumpEnd end) {
    return new DumpEnd(end.position(), end.table(), end.request(), 0, end.lanes());
  }

  // What it can be asked.

  /** What the consumer had when this end came, in its own lane's form; null if it has not come. */
  Ledger at(DumpEnd end) {
    return ends.get(inFirstLane(end));
  }

  /** Whether the end of the request came. */
  boolean hasEnded(long request) {
    return ends.keySet().stream().anyMatch(end -> end.request() == request);
  }

  /**
   * At the end of a dump of the whole table all lanes together, each as it was then, hold the table
   * as it was at that place of the stream. Values that a row lacks are those of a row that began
   * without them; if it did so after the last keys were taken, another dump repairs it.
   */
  static void checkDumped(SimulatedPrimary primary, List<Ledger> lanes, DumpEnd end) {
    int items = primary.itemsUpTo(end.position().commitLsn());
    SimulatedTable table = primary.tables(items).get(end.table());
    require(table != null, "a dump ended of a table that has gone", end);
    int oid = table.schema().oid();
    TreeMap<String, Map<String, String>> held = new TreeMap<>();
    lanes.forEach(lane -> held.putAll(lane.rows.getOrDefault(oid, new TreeMap<>())));
    Map<String, Map<String, String>> wanted = wanted(table);
    held.replaceAll((key, image) -> inColumns(image, table.columns()));
    held.forEach(
        (key, image) -> {
          if (image.containsValue(UNKNOWN) && primary.hasBegunOpaque(oid, key, items)) {
            image.replaceAll(
                (column, value) ->
                    UNKNOWN.equals(value) && wanted.containsKey(key)
                        ? wanted.get(key).get(column)
                        : value);
          }
        });
    if (!held.equals(wanted)) {
      throw new AssertionError(
          "I6: at %s the consumer holds%n  %s%nthe table%n  %s".formatted(end, held, wanted));
    }
  }

  /** How far the stream has come. */
  Place place() {
    return new Place(lastLsn, lastOrdinal);
  }

  /** Whether it has the row, but not all values of it. */
  boolean lacksValues(TableName table, String key) {
    return rows.getOrDefault(SimulatedTable.oid(table), new TreeMap<>())
        .getOrDefault(key, Map.of())
        .containsValue(UNKNOWN);
  }

  /** Whether the row came for the request, or as a change of the stream after this place. */
  boolean wasTold(DumpRequest request, String key, Place since) {
    Place change = changed.get(List.of(SimulatedTable.oid(request.table()), key));
    return requested.getOrDefault(request.request(), Set.of()).contains(key)
        || (change != null && change.compareTo(since) > 0);
  }

  /** Whether all that it has of a row is as in the table, and all of the row's values are there. */
  boolean holds(SimulatedTable table, String key) {
    Map<String, String> image = rows.getOrDefault(table.schema().oid(), new TreeMap<>()).get(key);
    Map<String, String> values = table.rows().get(key).values();
    return image != null
        && !image.containsValue(UNKNOWN)
        && image.entrySet().stream()
            .filter(each -> values.containsKey(each.getKey()))
            .allMatch(each -> Objects.equals(each.getValue(), values.get(each.getKey())));
  }

  /** Where the last transaction ends of which the consumer has got something. */
  private long lastEnd() {
    int index = primary.itemsUpTo(lastLsn);
    boolean within =
        index < primary.size()
            && primary.get(index) instanceof Wal.Transaction transaction
            && transaction.lsn() == lastLsn;
    return within ? primary.get(index).endLsn() : lastLsn;
  }

  // The end.

  /** All lanes together have got everything once, and hold what the primary holds. */
  static void checkEnd(SimulatedPrimary primary, List<Ledger> lanes) {
    for (int i = 0; i < primary.size(); i++) {
      Wal item = primary.get(i);
      if (item instanceof Wal.Message) {
        checkSeen(lanes, item, 1, 1, false);
      } else if (item instanceof Wal.Transaction transaction) {
        for (int ordinal = 1; ordinal <= transaction.events().size(); ordinal++) {
          Wal.Event event = transaction.events().get(ordinal - 1);
          boolean mayBeTwo = event instanceof RowEvent row && row.isMove();
          checkSeen(lanes, item, ordinal, wanted(primary, event, lanes.size()), mayBeTwo);
        }
      }
    }
    primary.published(primary.size()).forEach(table -> checkTable(lanes, table));
    lanes.forEach(lane -> lane.checkTold());
  }

  /** In how many lanes an event is told. */
  private static int wanted(SimulatedPrimary primary, Wal.Event event, int lanes) {
    if (event instanceof Wal.PadEvent) {
      return 0;
    } else if (event instanceof Wal.TruncateEvent truncate) {
      return primary.captures(truncate.schema().name()) ? lanes : 0;
    } else if (event instanceof RowEvent row) {
      return primary.captures(row.schema().name()) ? 1 : 0;
    }
    return 1;
  }

  /** The tables are those that there are, by name, and if statements are told by their columns. */
  private void checkTold() {
    Map<Integer, TableSchema> all = new TreeMap<>();
    primary
        .published(primary.size())
        .forEach(table -> all.put(table.schema().oid(), table.schema()));
    boolean same =
        all.keySet().equals(told.keySet())
            && all.values().stream()
                .allMatch(
                    table -> {
                      TableSchema known = told.get(table.oid());
                      return primary.isDdlCaptured()
                          ? known.matches(table)
                          : known.name().equals(table.name());
                    });
    if (!same) {
      throw new AssertionError(
          "I11: at the end the tables were told to be%n  %s%nthey are%n  %s"
              .formatted(told.values(), all.values()));
    }
  }

  private static void checkSeen(
      List<Ledger> lanes, Wal item, int ordinal, int wanted, boolean mayBeTwo) {
    int[] times = new int[2];
    for (Ledger lane : lanes) {
      for (int part = 0; part < 2; part++) {
        times[part] += lane.seen.get(place(item, ordinal, part)) ? 1 : 0;
      }
    }
    if (times[0] != wanted || times[1] > (mayBeTwo ? 1 : 0)) {
      throw new AssertionError(
          "I1, I2: change %d of %s came %d times and %d as the second half"
              .formatted(ordinal, item, times[0], times[1]));
    }
  }

  private static void checkTable(List<Ledger> lanes, SimulatedTable table) {
    TreeMap<String, Map<String, String>> held = new TreeMap<>();
    for (Ledger lane : lanes) {
      lane.rows
          .getOrDefault(table.schema().oid(), new TreeMap<>())
          .forEach(
              (key, image) -> {
                if (held.put(key, image) != null) {
                  throw new AssertionError("I5: two lanes hold " + key);
                }
              });
    }
    Map<String, Map<String, String>> wanted = wanted(table);
    // What columns were added or dropped without a change to the row is not told.
    held.replaceAll((key, image) -> inColumns(image, table.columns()));
    if (!held.equals(wanted)) {
      throw new AssertionError(
          "I6: of %s the consumer holds%n  %s%nthe table%n  %s"
              .formatted(table.schema().name(), held, wanted));
    }
  }

  private static Map<String, Map<String, String>> wanted(SimulatedTable table) {
    TreeMap<String, Map<String, String>> wanted = new TreeMap<>();
    table
        .rows()
        .forEach(
            (key, row) -> {
              if (SimulatedTable.isPublished(key)) {
                wanted.put(key, row.values());
              }
            });
    return wanted;
  }

  private static Map<String, String> inColumns(Map<String, String> image, List<String> columns) {
    Map<String, String> shown = new HashMap<>();
    columns.forEach(column -> shown.put(column, image.get(column)));
    return shown;
  }

  private static void require(boolean holds, String otherwise, Change change) {
    if (!holds) {
      throw new AssertionError(otherwise + ", at " + change);
    }
  }
}
