package io.tidemark.source.reader;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.SchemaChange.Source;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.DroppedObject;
import io.tidemark.postgres.ddl.MovedTable;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Published;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.split.StreamTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How captured tables come, change and go. Hears of it by DDL statements, each at its place; where
 * there are none, by the columns of rows and by looks at the publication ({@link Published}). The
 * lanes are told by {@link TableTelling}, the enumerator, which has newcomers dumped, by events.
 */
final class TableChanges {
  private static final Logger LOG = LoggerFactory.getLogger(TableChanges.class);

  /** Kinds of objects that decide on what is published, as PostgreSQL names them. */
  private static final Set<String> OF_PUBLICATIONS =
      Set.of("publication", "publication relation", "publication namespace", "schema");

  private final StreamEmitter.Options options;
  private final Consumer<ReaderEvent> events;
  private final WatchedTables watched;
  private final long startLsn;
  private final CapturedTables captured = new CapturedTables();

  private final UnseenRows unseen;

  /**
   * Where statements changed tables that are not captured yet, or whose partitions are not known.
   */
  private final UncapturedTables uncaptured;

  /** Where the stream has to be for the next dump to be armed; null if none waits for that. */
  private Long awaited;

  /** The newest look, until the stream has got to where it was taken; null if there is none. */
  private Published look;

  private final TableTelling telling;

  /** Of the last row, to which the next one is likely to be alike. */
  private TableSchema lastSchema;

  /** How many changes had been told then. */
  private long lastTold;

  private boolean lastCaptured;

  /**
   * Knows no table yet.
   *
   * @param startLsn where in the stream this run began, unsigned: what statements did before is not
   *     known
   */
  TableChanges(
      StreamEmitter.Options options,
      LaneRouter lanes,
      Consumer<ReaderEvent> events,
      WatchedTables watched,
      long startLsn) {
    this.options = options;
    this.events = events;
    this.watched = watched;
    this.startLsn = startLsn;
    this.uncaptured = new UncapturedTables(startLsn);
    this.telling = new TableTelling(options, lanes, events, watched, captured, uncaptured);
    this.unseen = new UnseenRows(captured, watched, uncaptured, options.dumpsRewritten());
  }

  void restore(StreamTable state) {
    captured.restore(state, startLsn);
  }

  /** What a checkpoint holds. */
  List<StreamTable> state() {
    return captured.state();
  }

  /** The tables as they are at the present position. */
  List<TableSchema> tables() {
    return List.copyOf(captured.all());
  }

  /** The names of all that is captured. */
  List<TableName> names() {
    return captured.all().stream().map(TableSchema::name).toList();
  }

  /** At a fresh start: no lane has been told of any table. */
  void tellAll(long lsn) {
    captured
        .all()
        .forEach(
            table ->
                telling.change(null, table, StreamPlace.between(lsn), Source.RELATION, Map.of()));
  }

  /** Tables that were under dump when they went, of which the enumerator may not have heard. */
  void tellGone() {
    Set<TableName> names = Set.copyOf(names());
    for (TableName name : watched.armedTables()) {
      if (!names.contains(name)) {
        int oid = watched.plannedOid(name);
        watched.gone(name);
        events.accept(new ReaderEvent.TableGone(name, oid));
      }
    }
  }

  /**
   * Whether changes of this table are emitted: the publication may have more than are wanted.
   * Before the first one under these columns the lanes are told of them.
   *
   * @param change the change that comes next
   */
  boolean isCaptured(TableSchema schema, Change change, int xid) {
    if (lastTold != telling.told() || !schema.equals(lastSchema)) {
      lastCaptured = options.captured().test(schema.name());
      see(schema, new StreamPlace(change.position(), change.commitTime(), xid));
      lastSchema = schema;
      lastTold = telling.told();
    }
    return lastCaptured;
  }

  private void see(TableSchema schema, StreamPlace place) {
    TableSchema before = captured.get(schema.oid());
    if (!lastCaptured) {
      if (before != null) {
        telling.gone(before, place, Source.RELATION, "it is called " + schema.name() + " now");
      }
    } else if (before == null) {
      telling.makeRoom(schema, place, Source.RELATION);
      telling.change(null, schema, place, Source.RELATION, Map.of());
      events.accept(new ReaderEvent.TableCame(schema.name()));
    } else {
      telling.changed(before, schema, place, Source.RELATION, Map.of());
    }
  }

  /**
   * A dump of a table is about to be armed, as it was planned. If the lanes have not been told of
   * the table, they are told what the plan has: it has to be of this place of the stream.
   *
   * @return false if it is not to be armed here: the stream has not got to where it was planned, or
   *     the table has another name, or columns, or partitions, or another table has its name, and
   *     the plan is of an earlier or later place
   */
  boolean dumped(ActiveDump dump, long lsn) {
    TableSchema planned = dump.schema();
    Span at = dump.plan().at();
    int oid = planned.oid();
    TableSchema known = captured.get(oid);
    Optional<TableSchema> named = captured.named(planned.name());
    boolean isChanged =
        (known == null || captured.leaves(oid).isEmpty())
            && uncaptured.isChangedSince(oid, at.before());
    boolean isElsewhere =
        isChanged || (known == null ? named.isPresent() : !known.name().equals(planned.name()));
    if (isElsewhere) {
      events.accept(new ReaderEvent.PlanElsewhere(dump.dump()));
      return false;
    }
    if (known == null && Lsn.compare(lsn, at.after()) < 0) {
      boolean isFirst = awaited == null || Lsn.compare(at.after(), awaited) < 0;
      awaited = isFirst ? at.after() : awaited;
      return false;
    }
    if (known == null) {
      telling.change(null, planned, StreamPlace.between(lsn), Source.RELATION, Map.of());
      // A replica that is behind has it perhaps, and the publication not any more.
      events.accept(new ReaderEvent.LookWanted());
    }
    if (captured.leaves(oid).isEmpty()) {
      captured.putLeaves(oid, dump.plan().leaves());
    }
    return true;
  }

  /** Forgets which dumps wait for the stream: it is asked of all anew. */
  void dumpsAreAsked() {
    awaited = null;
  }

  /** Where the stream has to be for the next dump to be armed. */
  Optional<Long> awaited() {
    return Optional.ofNullable(awaited);
  }

  /** A statement was emitted. What it did to tables follows, but for those that it dropped. */
  void statement(Ddl ddl) {
    DdlStatement statement = ddl.statement();
    StreamPlace place = new StreamPlace(ddl.position(), ddl.commitTime(), ddl.xid());
    statement.dropped().forEach(each -> dropped(each, place));
    statement.moved().forEach(each -> moved(each, place));
    unseen.statement(statement, place.replayedAt());
    boolean isGap = statement.event() == DdlStatement.Event.GAP;
    if (isGap) {
      LOG.warn(
          "A {} statement at {} could not be described: what it did to columns shows in the rows"
              + " that follow, and rows that it has changed are not read again",
          statement.tag(),
          place.position());
    }
    if (isGap || statement.isUnsure() || decidesOnTables(statement)) {
      events.accept(new ReaderEvent.LookWanted());
    }
  }

  private void dropped(DroppedObject object, StreamPlace place) {
    if (object.type().equals("table") && captured.get(object.oid()) != null) {
      LOG.info("Table {} was dropped at {}", object.identity(), place.position());
      telling.end(captured.get(object.oid()), place, Source.STRUCTURE);
    } else if (object.type().equals("table")) {
      uncaptured.changed(object.oid(), place.replayedAt());
      unseen.dropped(object.oid());
    } else if (object.type().equals("publication relation")
        && object.arguments().contains(options.publication())
        && object.names().size() == 2) {
      captured
          .named(new TableName(object.names().get(0), object.names().get(1)))
          .ifPresent(
              table ->
                  telling.gone(table, place, Source.STRUCTURE, "the publication has it no more"));
    }
  }

  private boolean decidesOnTables(DdlStatement statement) {
    return statement.tables().stream().anyMatch(table -> options.captured().test(table.name()))
        || statement.commands().stream().anyMatch(each -> OF_PUBLICATIONS.contains(each.type()))
        || statement.dropped().stream().anyMatch(each -> OF_PUBLICATIONS.contains(each.type()));
  }

  /**
   * A table is as a statement has left it, be it that one told it.
   *
   * @param now without what it was before
   */
  void structure(SchemaChange now) {
    TableSchema after = now.after();
    TableSchema before = captured.get(after.oid());
    StreamPlace place = new StreamPlace(now.position(), now.commitTime(), now.xid());
    if (before == null) {
      // If it is published, it comes with its dump or its first row.
      uncaptured.changed(after.oid(), place.replayedAt());
    } else {
      telling.becomes(before, after, place, now.source(), now.missing());
    }
  }

  private void moved(MovedTable moved, StreamPlace place) {
    TableSchema before = captured.get(moved.oid());
    if (before == null) {
      uncaptured.changed(moved.oid(), place.replayedAt());
    } else {
      TableSchema after = before.named(moved.rename(before.name()));
      telling.becomes(before, after, place, Source.STRUCTURE, Map.of());
    }
  }

  /** The transaction has ended. */
  void committed() {
    unseen.committed();
  }

  /** The publication was looked at. */
  void look(Published published) {
    look = published;
  }

  /**
   * Compares with the newest look, once the stream has got to where it was taken.
   *
   * @param lsn up to which all was emitted
   */
  void betweenTransactions(long lsn) {
    if (look == null || Lsn.compare(lsn, look.after()) < 0) {
      return;
    }
    Published now = look;
    look = null;
    Map<Integer, TableName> published = new HashMap<>();
    now.tables().forEach(table -> published.put(table.oid(), table.name()));
    boolean undecided = false;
    for (TableSchema table : captured.all()) {
      if (captured.get(table.oid()) == null) {
        continue; // It has made room for another one.
      }
      TableName name = published.remove(table.oid());
      if (table.name().equals(name)) {
        continue;
      }
      if (!captured.isKnownAt(table.oid(), now.before())) {
        undecided = true;
      } else if (name == null) {
        telling.gone(
            table, StreamPlace.between(lsn), Source.RELATION, "it is not published any more");
      } else {
        telling.changed(
            table, table.named(name), StreamPlace.between(lsn), Source.RELATION, Map.of());
      }
    }
    published.values().forEach(name -> events.accept(new ReaderEvent.TableCame(name)));
    if (undecided) {
      events.accept(new ReaderEvent.LookWanted());
    }
  }
}
