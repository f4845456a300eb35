package io.tidemark.gateway.event;

import com.google.protobuf.UnsafeByteOperations;
import io.tidemark.gateway.wire.Dump;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/** Writes changes as the bytes of an {@link Event} without a sequence. Not thread-safe. */
public final class EventEncoder {
  private final ToIntFunction<TableSchema> tables;
  private final Writer writer = new Writer();

  /**
   * An encoder.
   *
   * @param tables gives the id by which events refer to a table; asked once for each of its changes
   */
  public EventEncoder(ToIntFunction<TableSchema> tables) {
    this.tables = tables;
  }

  /**
   * The change as an event.
   *
   * @throws IllegalArgumentException if it is the end of a dump, which is none
   */
  public byte[] encode(Change change) {
    return change.accept(writer);
  }

  private final class Writer implements ChangeVisitor<byte[], RuntimeException> {
    private final WireBuffer buffer = new WireBuffer();

    /** Rows are what there is much of: from the last field to the first, without a message. */
    @Override
    public byte[] row(RowChange change) {
      buffer.clear();
      if (change.dumpRequest() != 0) {
        buffer.putNumber(Dump.LAST_FIELD_NUMBER, change.isLastOfDump() ? 1 : 0);
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
      buffer.putNumber(Row.TABLE_FIELD_NUMBER, tables.applyAsInt(change.schema()));
      buffer.putNumber(Row.OP_FIELD_NUMBER, op(change.op()).getNumber());
      buffer.putHeader(Event.ROW_FIELD_NUMBER, 0);
      return buffer.toByteArray();
    }

    private void putTuple(int field, Tuple tuple) {
      int before = buffer.size();
      buffer.put(tuple.array(), tuple.offset(), tuple.length());
      buffer.putHeader(field, before);
    }

    @Override
    public byte[] begin(Begin begin) {
      Event.Builder event = Event.newBuilder();
      event
          .getBeginBuilder()
          .setCommitLsn(begin.position().commitLsn())
          .setCommitTime(begin.commitTime())
          .setXid(begin.xid());
      return event.build().toByteArray();
    }

    @Override
    public byte[] commit(Commit commit) {
      Event.Builder event = Event.newBuilder();
      event
          .getCommitBuilder()
          .setCommitLsn(commit.position().commitLsn())
          .setOrdinal(commit.position().ordinal())
          .setEndLsn(commit.endLsn())
          .setCommitTime(commit.commitTime());
      return event.build().toByteArray();
    }

    @Override
    public byte[] truncate(Truncate truncate) {
      Event.Builder event = Event.newBuilder();
      event
          .getTruncateBuilder()
          .setTable(tables.applyAsInt(truncate.schema()))
          .setCommitLsn(truncate.position().commitLsn())
          .setOrdinal(truncate.position().ordinal())
          .setCommitTime(truncate.commitTime())
          .setXid(truncate.xid())
          .setCascade(truncate.cascade())
          .setRestartIdentity(truncate.restartIdentity());
      return event.build().toByteArray();
    }

    @Override
    public byte[] message(LogicalMessage message) {
      Event.Builder event = Event.newBuilder();
      event
          .getMessageBuilder()
          .setCommitLsn(message.position().commitLsn())
          .setOrdinal(message.position().ordinal())
          .setCommitTime(message.commitTime())
          .setTransactional(message.transactional())
          .setPrefix(message.prefix())
          .setContent(UnsafeByteOperations.unsafeWrap(message.content()));
      return event.build().toByteArray();
    }

    @Override
    public byte[] dumpEnd(DumpEnd end) {
      throw new IllegalArgumentException(
          end + " is no event: consumers are told with the last row of a dump on demand");
    }

    @Override
    public byte[] ddl(Ddl ddl) {
      Event.Builder event = Event.newBuilder();
      event
          .getDdlBuilder()
          .setCommitLsn(ddl.position().commitLsn())
          .setOrdinal(ddl.position().ordinal())
          .setCommitTime(ddl.commitTime())
          .setXid(ddl.xid())
          .setStatement(ddl.statement().json());
      return event.build().toByteArray();
    }

    @Override
    public byte[] schemaChange(SchemaChange change) {
      Event.Builder event = Event.newBuilder();
      io.tidemark.gateway.wire.SchemaChange.Builder wire =
          event
              .getSchemaChangeBuilder()
              .setCommitLsn(change.position().commitLsn())
              .setOrdinal(change.position().ordinal())
              .setCommitTime(change.commitTime())
              .setXid(change.xid())
              .setSource(source(change.source()))
              .putAllMissing(new TreeMap<>(change.missing()));
      if (!change.isNew()) {
        wire.setBefore(TableCodec.toWire(0, change.before()));
      }
      if (!change.isGone()) {
        wire.setAfter(TableCodec.toWire(0, change.after()));
      }
      return event.build().toByteArray();
    }
  }

  private static io.tidemark.gateway.wire.SchemaChange.Source source(SchemaChange.Source source) {
    return switch (source) {
      case STRUCTURE -> io.tidemark.gateway.wire.SchemaChange.Source.STRUCTURE;
      case RELATION -> io.tidemark.gateway.wire.SchemaChange.Source.RELATION;
    };
  }

  private static Row.Op op(Op op) {
    return switch (op) {
      case READ -> Row.Op.READ;
      case INSERT -> Row.Op.INSERT;
      case UPDATE -> Row.Op.UPDATE;
      case DELETE -> Row.Op.DELETE;
    };
  }
}
