package io.tidemark.gateway.event;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.gateway.wire.Table;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.MalformedDdlException;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the events of one stream as changes, and learns its tables on the way. What {@link
 * EventEncoder} wrote reads as it was, but of a dump's request the low 32 bits are left. All its
 * methods throw {@link MalformedEventException} at what makes no sense. Not thread-safe.
 */
public final class EventDecoder {
  /** In place of a request whose low 32 bits are 0, as 0 is no request. */
  private static final long REQUEST_WITH_ID_0 = 1L << 32;

  private final Map<Integer, TableSchema> tables = new HashMap<>();

  /** Takes a table's columns for the changes that follow. */
  public void define(Table table) {
    TableSchema schema;
    try {
      schema = TableCodec.fromWire(table);
    } catch (IllegalArgumentException e) {
      throw new MalformedEventException("the server sent a " + e.getMessage(), e);
    }
    TableSchema former = tables.putIfAbsent(table.getId(), schema);
    if (former != null) {
      throw new MalformedEventException(
          "the server described table %s by the id of table %s, %s"
              .formatted(schema.name(), former.name(), Integer.toUnsignedString(table.getId())));
    }
  }

  /** The change that an event is: not one that has a table, {@code again} or {@code skipped}. */
  public Change change(Event event) {
    return switch (event.getTypeCase()) {
      case ROW -> row(event.getRow());
      case BEGIN -> begin(event.getBegin());
      case COMMIT -> commit(event.getCommit());
      case TRUNCATE -> truncate(event.getTruncate());
      case MESSAGE -> message(event.getMessage());
      case DDL -> ddl(event.getDdl());
      case SCHEMA_CHANGE -> schemaChange(event.getSchemaChange());
      case TABLE, AGAIN, SKIPPED, TYPE_NOT_SET ->
          throw new MalformedEventException(
              "the server sent an event of an unknown kind (sequence %s): it is of a later version;"
                      .formatted(Long.toUnsignedString(event.getSequence()))
                  + " use a consumer of that version");
    };
  }

  /** What was skipped. */
  public Skipped skipped(io.tidemark.gateway.wire.Skipped skipped) {
    int table = skipped.getTable();
    return new Skipped(
        position(skipped.getCommitLsn(), skipped.getOrdinal()),
        table == 0 ? "" : schema(table, skipped.getCommitLsn()).name().toString(),
        skipped.getBytes());
  }

  private RowChange row(Row row) {
    Op op = op(row);
    TableSchema schema = schema(row.getTable(), row.getCommitLsn());
    position(row.getCommitLsn(), row.getOrdinal());
    try {
      return row(row, op, schema);
    } catch (IllegalArgumentException e) {
      throw new MalformedEventException(
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

  private static RowChange row(Row row, Op op, TableSchema schema) {
    Tuple.Layout layout = row.getCopyForm() ? Tuple.Layout.COPY : Tuple.Layout.PGOUTPUT;
    Tuple now = tuple(row.getNewRow(), layout, schema);
    Tuple old = tuple(row.getOldRow(), Tuple.Layout.PGOUTPUT, schema);
    if ((now == null) != (op == Op.DELETE)) {
      throw new IllegalArgumentException(now == null ? "no new row" : "a new row");
    }
    RowChange.Origin origin =
        new RowChange.Origin(
            row.getCommitLsn(), row.getOrdinal(), row.getCommitTime(), row.getXid());
    return switch (op) {
      case READ -> read(row, schema, now, old);
      case INSERT -> {
        requireNoOld(old);
        yield RowChange.insert(schema, now, origin);
      }
      case UPDATE -> RowChange.update(schema, now, old, row.getOldIsRow(), origin);
      case DELETE -> {
        if (old == null) {
          throw new IllegalArgumentException("no old row");
        }
        yield RowChange.delete(schema, old, row.getOldIsRow(), origin);
      }
    };
  }

  private static RowChange read(Row row, TableSchema schema, Tuple now, Tuple old) {
    requireNoOld(old);
    if (!row.hasDump()) {
      return RowChange.read(schema, now, row.getCommitLsn());
    }
    long id = Integer.toUnsignedLong(row.getDump().getId());
    long request = id == 0 ? REQUEST_WITH_ID_0 : id;
    RowChange read = RowChange.read(schema, now, row.getCommitLsn(), request);
    return row.getDump().getLast() ? read.asLastOfDump() : read;
  }

  private static void requireNoOld(Tuple old) {
    if (old != null) {
      throw new IllegalArgumentException("an old row");
    }
  }

  private static Op op(Row row) {
    return switch (row.getOp()) {
      case READ -> Op.READ;
      case INSERT -> Op.INSERT;
      case UPDATE -> Op.UPDATE;
      case DELETE -> Op.DELETE;
      case UNRECOGNIZED ->
          throw new MalformedEventException(
              "the server sent a row of an unknown operation, %d: use a consumer of its version"
                  .formatted(row.getOpValue()));
    };
  }

  private static Tuple tuple(ByteString bytes, Tuple.Layout layout, TableSchema schema) {
    return bytes.isEmpty() ? null : Tuple.of(bytes.toByteArray(), layout, schema.columns().size());
  }

  private TableSchema schema(int id, long lsn) {
    TableSchema schema = tables.get(id);
    if (schema == null) {
      throw new MalformedEventException(
          "the server sent a change at %s of a table that it has not described (id %s)"
              .formatted(Lsn.format(lsn), Integer.toUnsignedString(id)));
    }
    return schema;
  }

  private static Position position(long lsn, long ordinal) {
    if (ordinal < 0) {
      throw new MalformedEventException(
          "the server sent an event at %s of an impossible ordinal, %s"
              .formatted(Lsn.format(lsn), Long.toUnsignedString(ordinal)));
    }
    return new Position(lsn, ordinal);
  }

  private static Begin begin(io.tidemark.gateway.wire.Begin begin) {
    return new Begin(position(begin.getCommitLsn(), 0), begin.getCommitTime(), begin.getXid());
  }

  private static Commit commit(io.tidemark.gateway.wire.Commit commit) {
    return new Commit(
        position(commit.getCommitLsn(), commit.getOrdinal()),
        commit.getEndLsn(),
        commit.getCommitTime());
  }

  private Truncate truncate(io.tidemark.gateway.wire.Truncate truncate) {
    return new Truncate(
        position(truncate.getCommitLsn(), truncate.getOrdinal()),
        truncate.getCommitTime(),
        truncate.getXid(),
        schema(truncate.getTable(), truncate.getCommitLsn()),
        truncate.getCascade(),
        truncate.getRestartIdentity());
  }

  private static LogicalMessage message(io.tidemark.gateway.wire.LogicalMessage message) {
    return new LogicalMessage(
        position(message.getCommitLsn(), message.getOrdinal()),
        message.getCommitTime(),
        message.getTransactional(),
        message.getPrefix(),
        message.getContent().toByteArray());
  }

  private static Ddl ddl(io.tidemark.gateway.wire.Ddl ddl) {
    Position position = position(ddl.getCommitLsn(), ddl.getOrdinal());
    try {
      DdlStatement statement = DdlStatement.parse(ddl.getStatement());
      return new Ddl(position, ddl.getCommitTime(), ddl.getXid(), statement);
    } catch (MalformedDdlException e) {
      throw new MalformedEventException(
          "the server sent a malformed DDL statement at %s: %s".formatted(position, e.getMessage()),
          e);
    }
  }

  private static SchemaChange schemaChange(io.tidemark.gateway.wire.SchemaChange change) {
    Position position = position(change.getCommitLsn(), change.getOrdinal());
    try {
      return new SchemaChange(
          position,
          change.getCommitTime(),
          change.getXid(),
          change.hasBefore() ? TableCodec.fromWire(change.getBefore()) : null,
          change.hasAfter() ? TableCodec.fromWire(change.getAfter()) : null,
          source(change),
          change.getMissingMap());
    } catch (IllegalArgumentException e) {
      throw new MalformedEventException(
          "the server sent a malformed change of a table at %s: %s"
              .formatted(position, e.getMessage()),
          e);
    }
  }

  private static SchemaChange.Source source(io.tidemark.gateway.wire.SchemaChange change) {
    return switch (change.getSource()) {
      case STRUCTURE -> SchemaChange.Source.STRUCTURE;
      case RELATION -> SchemaChange.Source.RELATION;
      case UNRECOGNIZED ->
          throw new IllegalArgumentException("its source is " + change.getSourceValue());
    };
  }
}
