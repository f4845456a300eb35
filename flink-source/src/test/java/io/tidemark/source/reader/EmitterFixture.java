package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.event.EnumeratorEvent.TablePlan;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A {@link StreamEmitter} of a table with a key and a value, fed by hand, and what comes of it. */
abstract class EmitterFixture {
  static final long ATTEMPT = 9;
  static final long INTERVAL = 100;
  static final TableName NAME = new TableName("public", "t");
  static final TableSchema SCHEMA = schema("v");
  static final TableSchema KEYED_BY_BOTH =
      new TableSchema(1, NAME, ReplicaIdentity.INDEX, SCHEMA.columns(), 0, 1);
  static final StreamSplit START =
      new StreamSplit(StreamPosition.at(10), 1, 1, 0, 0, List.of(), UnseenXids.NONE, 0);

  final List<LaneRecord> emitted = new ArrayList<>();
  final List<ReaderEvent> events = new ArrayList<>();
  final List<Integer> begun = new ArrayList<>();
  private final XidLog xids =
      new XidLog() {
        @Override
        public void emitted(int xid) {
          begun.add(xid);
        }

        @Override
        public UnseenXids state() {
          return UnseenXids.NONE;
        }
      };

  /** Which tables are captured, of an emitter that is made from now on. */
  Predicate<TableName> captured = NAME::equals;

  /** Whether it has tables dumped again that a statement wrote anew. */
  boolean dumpsRewritten = true;

  StreamEmitter emitter = emitter(1, START);
  long lsn = 1000;
  long ordinal;
  long nanos;

  StreamEmitter emitter(int lanes, StreamSplit from) {
    return emitter(lanes, from, true);
  }

  StreamEmitter emitter(int lanes, StreamSplit from, boolean canRepair) {
    StreamEmitter.Options options =
        new StreamEmitter.Options(
            lanes, INTERVAL, 10_000, 1000, canRepair, captured, "tidemark", true, dumpsRewritten);
    StreamEmitter made = new StreamEmitter(options, from, ATTEMPT, emitted::add, events::add, xids);
    if (from.checkpoint() == 0) {
      made.begin();
    }
    return made;
  }

  void arm() {
    emitter.heartbeat(200, nanos);
    emitter.wish(dumps(dump(4)));
    emitter.heartbeat(200, nanos);
  }

  static Dumps dumps(ActiveDump dump) {
    return new Dumps(ATTEMPT, List.of(dump), 1, 1, 0);
  }

  static ActiveDump dump(long id) {
    return dump(id, SCHEMA);
  }

  static ActiveDump dump(long id, TableSchema planned) {
    return new ActiveDump(id, Grants.plan(planned), -1, 0, 0, false, 0, false, 0, true, 0, null);
  }

  /** Of a table in one piece, planned between these LSNs. */
  static ActiveDump planned(long id, TableSchema schema, long before, long after) {
    TablePlan plan = new TablePlan(schema, List.of(1), new Span(before, after));
    return new ActiveDump(id, plan, -1, 0, 0, false, 0, false, 0, true, 0, null);
  }

  static ActiveDump repair(int round, boolean all, int finished, long high) {
    return new ActiveDump(
        4, Grants.plan(SCHEMA), 2, 0, round, all, finished, true, high, true, 0, null);
  }

  List<byte[]> keys(int round) {
    for (ReaderEvent event : events) {
      if (event instanceof ReaderEvent.KeysToRepair keys && keys.round() == round) {
        return keys.keys();
      }
    }
    return null;
  }

  /** What the stream reader says when nothing is under dump any more. */
  static Dumps noDumps() {
    return new Dumps(ATTEMPT, List.of(), 1, 1, 0);
  }

  /** The dumps under way are these from the next point between two transactions, which is now. */
  void follow(Dumps dumps) {
    emitter.wish(dumps);
    emitter.heartbeat(lsn, nanos);
  }

  List<Long> marks() {
    return emitted.stream()
        .filter(each -> each instanceof LaneRecord.Marked)
        .map(each -> ((LaneRecord.Marked) each).mark().lsn())
        .toList();
  }

  void transaction(Runnable... changes) {
    begin();
    for (Runnable change : changes) {
      change.run();
    }
    commit();
  }

  void begin() {
    lsn += 100;
    ordinal = 0;
    emitter.accept(new Begin(new Position(lsn, 0), 1, 1), lsn, nanos);
  }

  void commit() {
    lsn += 10;
    emitter.accept(new Commit(new Position(lsn - 10, ordinal + 1), lsn, 1), lsn, nanos);
  }

  RowChange.Origin origin() {
    return new RowChange.Origin(lsn, ++ordinal, 1, 1);
  }

  void insert(int key, boolean partial) {
    RowChange change = RowChange.insert(SCHEMA, row(key, partial), origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  void update(int key, boolean partial) {
    RowChange change = RowChange.update(SCHEMA, row(key, partial), null, false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  void move(int from, int to, boolean partial) {
    RowChange change = RowChange.update(SCHEMA, row(to, partial), keyTuple(from), false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  void insertOf(TableSchema schema) {
    emitter.accept(RowChange.insert(schema, row(1, false), origin()), lsn + ordinal, nanos);
  }

  void updateByBoth() {
    RowChange change = RowChange.update(KEYED_BY_BOTH, row(2, false), null, false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  void truncate() {
    Position position = new Position(lsn, ++ordinal);
    emitter.accept(new Truncate(position, 1, 1, SCHEMA, false, false), lsn + ordinal, nanos);
  }

  void message() {
    Position position = new Position(lsn, ++ordinal);
    emitter.accept(new LogicalMessage(position, 1, true, "p", new byte[0]), lsn + ordinal, nanos);
  }

  void delete(int key) {
    RowChange change = RowChange.delete(SCHEMA, keyTuple(key), false, origin());
    emitter.accept(change, lsn + ordinal, nanos);
  }

  static TableSchema schema(String second) {
    return schema(NAME, second);
  }

  static TableSchema schema(TableName name, String second) {
    return new TableSchema(
        1,
        name,
        ReplicaIdentity.DEFAULT,
        List.of(
            new Column("id", PgType.base(23, "integer"), -1),
            new Column(second, PgType.base(25, "text"), -1)),
        0);
  }

  static Tuple row(int key, boolean partial) {
    ByteBuffer bytes = ByteBuffer.allocate(partial ? 12 : 17);
    bytes.putShort((short) 2).put((byte) 'b').putInt(4).putInt(key);
    if (partial) {
      bytes.put((byte) 'u');
    } else {
      bytes.put((byte) 'b').putInt(1).put((byte) 'x');
    }
    return new Tuple(bytes.array(), 0, bytes.position(), Tuple.Layout.PGOUTPUT);
  }

  static Tuple keyTuple(int key) {
    ByteBuffer bytes = ByteBuffer.allocate(12);
    bytes.putShort((short) 2).put((byte) 'b').putInt(4).putInt(key).put((byte) 'n');
    return new Tuple(bytes.array(), 0, 12, Tuple.Layout.PGOUTPUT);
  }

  void assertGivenUp() {
    assertThat(emitter.keysToRepair()).isZero();
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), true));
  }
}
