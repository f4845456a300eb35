package io.tidemark.gateway.client;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.client.Change.Images;
import io.tidemark.gateway.client.Change.Op;
import io.tidemark.gateway.client.Change.Origin;
import io.tidemark.gateway.event.TableCodec;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.gateway.wire.Table;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.row.JsonHead;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the events of one stream, whose tables it learns on the way. What makes no sense ends the
 * consumer with a {@link ConsumerException}: passing over it could lose a change.
 */
final class EventReader {
  private final Map<Integer, TableSchema> tables = new HashMap<>();

  /** Takes a table's columns for the rows that follow. */
  void define(Table table) {
    TableSchema schema;
    try {
      schema = TableCodec.fromWire(table);
    } catch (IllegalArgumentException e) {
      throw new ConsumerException("the server sent a " + e.getMessage(), e);
    }
    TableSchema former = tables.putIfAbsent(table.getId(), schema);
    if (former != null) {
      throw new ConsumerException(
          "the server described table %s by the id of table %s, %s"
              .formatted(schema.name(), former.name(), Integer.toUnsignedString(table.getId())));
    }
  }

  /** An event that counts. */
  StreamEvent read(Event event) {
    return switch (event.getTypeCase()) {
      case ROW -> change(event.getRow());
      case BEGIN -> begin(event.getBegin());
      case COMMIT -> commit(event.getCommit());
      case TRUNCATE -> truncate(event.getTruncate());
      case MESSAGE -> message(event.getMessage());
      case SKIPPED -> skipped(event.getSkipped());
      case TABLE, AGAIN, TYPE_NOT_SET ->
          throw new ConsumerException(
              "the server sent an event of an unknown kind (sequence %s): it is of a later version;"
                      .formatted(Long.toUnsignedString(event.getSequence()))
                  + " use a consumer of that version");
    };
  }

  private Change change(Row row) {
    Op op = op(row);
    TableSchema schema = schema(row.getTable(), row.getCommitLsn());
    Tuple.Layout layout = row.getCopyForm() ? Tuple.Layout.COPY : Tuple.Layout.PGOUTPUT;
    try {
      Tuple newTuple = tuple(row.getNewRow(), layout, schema);
      Tuple oldTuple = tuple(row.getOldRow(), Tuple.Layout.PGOUTPUT, schema);
      if ((newTuple == null) != (op == Op.DELETE)) {
        throw new IllegalArgumentException(newTuple == null ? "no new row" : "a new row");
      }
      if (op == Op.DELETE && oldTuple == null) {
        throw new IllegalArgumentException("no old row");
      }
      boolean dump = row.hasDump();
      return new Change(
          op,
          schema,
          new Images(newTuple, oldTuple, row.getOldIsRow()),
          new Origin(
              row.getCommitLsn(),
              row.getOrdinal(),
              row.getCommitTime(),
              row.getXid(),
              dump,
              dump && row.getDump().getLast()));
    } catch (IllegalArgumentException e) {
      throw new ConsumerException(
          "the server sent a malformed %s of table %s at %s#%s: %s"
              .formatted(
                  op,
                  schema.name(),
                  Lsn.format(row.getCommitLsn()),
                  Long.toUnsignedString(row.getOrdinal()),
                  e.getMessage()),
          e);
    }
  }

  private static Op op(Row row) {
    return switch (row.getOp()) {
      case READ -> Op.READ;
      case INSERT -> Op.INSERT;
      case UPDATE -> Op.UPDATE;
      case DELETE -> Op.DELETE;
      case UNRECOGNIZED ->
          throw new ConsumerException(
              "the server sent a row of an unknown operation, %d: use a consumer of its version"
                  .formatted(row.getOpValue()));
    };
  }

  private static Tuple tuple(ByteString bytes, Tuple.Layout layout, TableSchema schema) {
    return bytes.isEmpty()
        ? null
        : CheckedTuple.of(bytes.toByteArray(), layout, schema.columns().size());
  }

  private TableSchema schema(int id, long lsn) {
    TableSchema schema = tables.get(id);
    if (schema == null) {
      throw new ConsumerException(
          "the server sent a change at %s of a table that it has not described (id %s)"
              .formatted(Lsn.format(lsn), Integer.toUnsignedString(id)));
    }
    return schema;
  }

  private static StreamEvent begin(io.tidemark.gateway.wire.Begin begin) {
    return new StreamEvent.Begin(
        new Lsn(begin.getCommitLsn()),
        JsonHead.instant(begin.getCommitTime()),
        Integer.toUnsignedLong(begin.getXid()));
  }

  private static StreamEvent commit(io.tidemark.gateway.wire.Commit commit) {
    return new StreamEvent.Commit(
        new Lsn(commit.getCommitLsn()),
        commit.getOrdinal(),
        new Lsn(commit.getEndLsn()),
        JsonHead.instant(commit.getCommitTime()));
  }

  private StreamEvent truncate(io.tidemark.gateway.wire.Truncate truncate) {
    return new StreamEvent.Truncate(
        schema(truncate.getTable(), truncate.getCommitLsn()),
        new Lsn(truncate.getCommitLsn()),
        truncate.getOrdinal(),
        JsonHead.instant(truncate.getCommitTime()),
        Integer.toUnsignedLong(truncate.getXid()),
        truncate.getCascade(),
        truncate.getRestartIdentity());
  }

  private static StreamEvent message(io.tidemark.gateway.wire.LogicalMessage message) {
    return new StreamEvent.LogicalMessage(
        new Lsn(message.getCommitLsn()),
        message.getOrdinal(),
        message.getCommitTime() == 0
            ? Optional.empty()
            : Optional.of(JsonHead.instant(message.getCommitTime())),
        message.getTransactional(),
        message.getPrefix(),
        message.getContent().toByteArray());
  }

  private StreamEvent skipped(io.tidemark.gateway.wire.Skipped skipped) {
    int table = skipped.getTable();
    return new StreamEvent.Skipped(
        new Lsn(skipped.getCommitLsn()),
        skipped.getOrdinal(),
        table == 0 ? "" : schema(table, skipped.getCommitLsn()).name().toString(),
        skipped.getBytes());
  }
}
