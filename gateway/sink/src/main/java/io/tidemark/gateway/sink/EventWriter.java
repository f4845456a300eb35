package io.tidemark.gateway.sink;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.event.WireBuffer;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.wire.Dump;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;

/** Makes entries of an outbox out of what a capture emits. Not thread-safe. */
final class EventWriter {
  private final Outbox outbox;
  private final Entries entries = new Entries();
  private final WireBuffer buffer = new WireBuffer();

  /** Of the last row, to which the next one is likely to be alike. */
  private TableSchema lastSchema;

  private int lastTable;
  private KeyExtractor lastKeys;

  EventWriter(Outbox outbox) {
    this.outbox = outbox;
  }

  Entry entry(Change change) {
    return change.accept(entries);
  }

  private final class Entries implements ChangeVisitor<Entry, RuntimeException> {
    @Override
    public Entry row(RowChange row) {
      return EventWriter.this.row(row);
    }

    @Override
    public Entry begin(Begin begin) {
      return entry(Kind.BOUNDARY, 0, event(begin));
    }

    @Override
    public Entry commit(Commit commit) {
      return entry(Kind.BOUNDARY, 0, event(commit));
    }

    @Override
    public Entry truncate(Truncate truncate) {
      return entry(Kind.BARRIER, table(truncate.schema()), event(truncate));
    }

    @Override
    public Entry message(LogicalMessage message) {
      return entry(Kind.BARRIER, 0, event(message));
    }
  }

  private static Entry entry(Kind kind, int table, Event.Builder event) {
    return new Entry(kind, 0, 0, table, 0, event.build().toByteArray());
  }

  private int table(TableSchema schema) {
    if (!schema.equals(lastSchema)) {
      lastTable = outbox.table(schema);
      lastKeys = schema.hasKey() ? new KeyExtractor(schema) : null;
      lastSchema = schema;
    }
    return lastTable;
  }

  private Entry row(RowChange change) {
    int table = table(change.schema());
    Tuple now = change.newTuple();
    Tuple old = change.oldTuple();
    int key;
    int oldKey;
    if (lastKeys == null) {
      // Nothing tells its rows apart: they stay in one order.
      key = change.schema().oid();
      oldKey = key;
    } else if (now == null) {
      key = lastKeys.key(old).hashCode();
      oldKey = key;
    } else {
      key = lastKeys.key(now, old).hashCode();
      boolean moved = change.op() == Op.UPDATE && old != null && !lastKeys.sameKey(now, old);
      oldKey = moved ? lastKeys.key(old).hashCode() : key;
    }
    return new Entry(Kind.ROW, key, oldKey, table, change.dumpRequest(), encode(change, table));
  }

  /** An {@link Event}, from its last field to its first. */
  private byte[] encode(RowChange change, int table) {
    buffer.clear();
    if (change.dumpRequest() != 0) {
      buffer.putNumber(Dump.ID_FIELD_NUMBER, change.dumpRequest() & 0xFFFF_FFFFL);
      buffer.putHeader(Row.DUMP_FIELD_NUMBER, 0);
    }
    buffer.putNumber(Row.XID_FIELD_NUMBER, change.xid() & 0xFFFF_FFFFL);
    buffer.putNumber(Row.COMMIT_TIME_FIELD_NUMBER, change.commitTime());
    buffer.putNumber(Row.ORDINAL_FIELD_NUMBER, change.ordinal());
    buffer.putNumber(Row.COMMIT_LSN_FIELD_NUMBER, change.commitLsn());
    Tuple now = change.newTuple();
    Tuple old = change.oldTuple();
    if (now != null && now.layout() == Tuple.Layout.COPY) {
      buffer.putNumber(Row.COPY_FORM_FIELD_NUMBER, 1);
    }
    if (old != null) {
      buffer.putNumber(Row.OLD_IS_ROW_FIELD_NUMBER, change.oldTupleIsFull() ? 1 : 0);
      putTuple(Row.OLD_ROW_FIELD_NUMBER, old);
    }
    if (now != null) {
      putTuple(Row.NEW_ROW_FIELD_NUMBER, now);
    }
    buffer.putNumber(Row.TABLE_FIELD_NUMBER, table);
    buffer.putNumber(Row.OP_FIELD_NUMBER, op(change.op()).getNumber());
    buffer.putHeader(Event.ROW_FIELD_NUMBER, 0);
    return buffer.toByteArray();
  }

  private void putTuple(int field, Tuple tuple) {
    int before = buffer.size();
    buffer.put(tuple.array(), tuple.offset(), tuple.length());
    buffer.putHeader(field, before);
  }

  private static Row.Op op(Op op) {
    return switch (op) {
      case READ -> Row.Op.READ;
      case INSERT -> Row.Op.INSERT;
      case UPDATE -> Row.Op.UPDATE;
      case DELETE -> Row.Op.DELETE;
    };
  }

  private static Event.Builder event(Begin begin) {
    Event.Builder event = Event.newBuilder();
    event
        .getBeginBuilder()
        .setCommitLsn(begin.position().commitLsn())
        .setCommitTime(begin.commitTime())
        .setXid(begin.xid());
    return event;
  }

  private static Event.Builder event(Commit commit) {
    Event.Builder event = Event.newBuilder();
    event
        .getCommitBuilder()
        .setCommitLsn(commit.position().commitLsn())
        .setOrdinal(commit.position().ordinal())
        .setEndLsn(commit.endLsn())
        .setCommitTime(commit.commitTime());
    return event;
  }

  private Event.Builder event(Truncate truncate) {
    Event.Builder event = Event.newBuilder();
    event
        .getTruncateBuilder()
        .setTable(table(truncate.schema()))
        .setCommitLsn(truncate.position().commitLsn())
        .setOrdinal(truncate.position().ordinal())
        .setCommitTime(truncate.commitTime())
        .setXid(truncate.xid())
        .setCascade(truncate.cascade())
        .setRestartIdentity(truncate.restartIdentity());
    return event;
  }

  private static Event.Builder event(LogicalMessage message) {
    ByteString content = UnsafeByteOperations.unsafeWrap(message.content());
    Event.Builder event = Event.newBuilder();
    event
        .getMessageBuilder()
        .setCommitLsn(message.position().commitLsn())
        .setOrdinal(message.position().ordinal())
        .setCommitTime(message.commitTime())
        .setTransactional(message.transactional())
        .setPrefix(message.prefix())
        .setContent(content);
    return event;
  }
}
