package io.tidemark.source.format;

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
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.MalformedDdlException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes and reads changes, rows in PostgreSQL's own bytes. The format, spelled out in {@code
 * ChangeSerializerTest}; a position is its commit LSN and its ordinal (long each):
 *
 * <pre>
 * 0 Begin     position, commit time (long), xid (int)
 * 1 Commit    position, end LSN (long), commit time (long)
 * 2 Truncate  position, commit time (long), xid (int), cascade, restart identity (byte each), schema
 * 3 Message   position, commit time (long), transactional (byte), prefix (string), content (bytes)
 * 4 READ      schema, position, commit time (long), xid (int), old row is whole (byte),
 * 5 INSERT      new tuple, old tuple
 * 6 UPDATE
 * 7 DELETE
 * 8 READ      for a dump on demand: the request (long), then as 4
 * 9 DumpEnd   position, table, request (long), lane, lanes (int each)
 * 10 Ddl      position, commit time (long), xid (int), statement (string, JSON)
 * 11 SchemaChange
 *             position, commit time (long), xid (int), source (byte, from 0: structure, relation),
 *             before, after (each whether it is there, a byte, and the schema),
 *             count (int) of missing values, then each: number of the column (int), text (string)
 * </pre>
 *
 * <p>Version 2 added tag 8, version 3 tag 9, version 4 tags 10 and 11; whatever older versions
 * wrote reads the same.
 */
public final class ChangeSerializer extends RecordSerializer<Change> {
  private static final long serialVersionUID = 1L;
  private static final int BEGIN = 0;
  private static final int COMMIT = 1;
  private static final int TRUNCATE = 2;
  private static final int MESSAGE = 3;
  private static final int READ = 4;
  private static final int INSERT = 5;
  private static final int UPDATE = 6;
  private static final int DELETE = 7;
  private static final int READ_ON_DEMAND = 8;
  private static final int DUMP_END = 9;
  private static final int DDL = 10;
  private static final int SCHEMA_CHANGE = 11;

  /** More than a table can have columns. */
  private static final int MAX_MISSING = 1600;

  /** In the order of their codes. */
  private static final List<SchemaChange.Source> SOURCES =
      List.of(SchemaChange.Source.STRUCTURE, SchemaChange.Source.RELATION);

  /** Makes one; each thread needs its own. */
  public ChangeSerializer() {
    super(Change.class);
  }

  @Override
  protected void write(Change change, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    writeChange(change, out, schemas);
  }

  @Override
  protected Change read(DataInputView in, InlinedSchemas schemas) throws IOException {
    return readChange(in, schemas);
  }

  /** Writes a change that is part of something else. */
  public static void writeChange(Change change, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    change.accept(new Writer(out, schemas));
  }

  private record Writer(DataOutputView out, InlinedSchemas schemas)
      implements ChangeVisitor<Void, IOException> {
    @Override
    public Void row(RowChange row) throws IOException {
      writeRow(row, out, schemas);
      return null;
    }

    @Override
    public Void begin(Begin begin) throws IOException {
      head(BEGIN, begin, out);
      out.writeLong(begin.commitTime());
      out.writeInt(begin.xid());
      return null;
    }

    @Override
    public Void commit(Commit commit) throws IOException {
      head(COMMIT, commit, out);
      out.writeLong(commit.endLsn());
      out.writeLong(commit.commitTime());
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) throws IOException {
      head(TRUNCATE, truncate, out);
      out.writeLong(truncate.commitTime());
      out.writeInt(truncate.xid());
      out.writeBoolean(truncate.cascade());
      out.writeBoolean(truncate.restartIdentity());
      schemas.write(truncate.schema(), out);
      return null;
    }

    @Override
    public Void message(LogicalMessage message) throws IOException {
      head(MESSAGE, message, out);
      out.writeLong(message.commitTime());
      out.writeBoolean(message.transactional());
      Fields.writeString(message.prefix(), out);
      Fields.writeBytes(message.content(), out);
      return null;
    }

    @Override
    public Void dumpEnd(DumpEnd end) throws IOException {
      head(DUMP_END, end, out);
      Fields.writeTable(end.table(), out);
      out.writeLong(end.request());
      out.writeInt(end.lane());
      out.writeInt(end.lanes());
      return null;
    }

    @Override
    public Void ddl(Ddl ddl) throws IOException {
      head(DDL, ddl, out);
      out.writeLong(ddl.commitTime());
      out.writeInt(ddl.xid());
      Fields.writeString(ddl.statement().json(), out);
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) throws IOException {
      head(SCHEMA_CHANGE, change, out);
      out.writeLong(change.commitTime());
      out.writeInt(change.xid());
      out.writeByte(SOURCES.indexOf(change.source()));
      writeSchema(change.before());
      writeSchema(change.after());
      out.writeInt(change.missing().size());
      for (Map.Entry<Integer, String> each : new TreeMap<>(change.missing()).entrySet()) {
        out.writeInt(each.getKey());
        Fields.writeString(each.getValue(), out);
      }
      return null;
    }

    private void writeSchema(TableSchema schema) throws IOException {
      out.writeBoolean(schema != null);
      if (schema != null) {
        schemas.write(schema, out);
      }
    }
  }

  private static void head(int tag, Change change, DataOutputView out) throws IOException {
    out.writeByte(tag);
    Position position = change.position();
    out.writeLong(position.commitLsn());
    out.writeLong(position.ordinal());
  }

  private static void writeRow(RowChange row, DataOutputView out, InlinedSchemas schemas)
      throws IOException {
    long request = row.dumpRequest();
    out.writeByte(
        switch (row.op()) {
          case READ -> request == 0 ? READ : READ_ON_DEMAND;
          case INSERT -> INSERT;
          case UPDATE -> UPDATE;
          case DELETE -> DELETE;
        });
    if (request != 0) {
      out.writeLong(request);
    }
    schemas.write(row.schema(), out);
    out.writeLong(row.commitLsn());
    out.writeLong(row.ordinal());
    out.writeLong(row.commitTime());
    out.writeInt(row.xid());
    out.writeBoolean(row.oldTupleIsFull());
    Fields.writeTuple(row.newTuple(), out);
    Fields.writeTuple(row.oldTuple(), out);
  }

  /** What {@link #writeChange} wrote. */
  public static Change readChange(DataInputView in, InlinedSchemas schemas) throws IOException {
    int tag = in.readUnsignedByte();
    return switch (tag) {
      case BEGIN -> new Begin(readPosition(in), in.readLong(), in.readInt());
      case COMMIT -> new Commit(readPosition(in), in.readLong(), in.readLong());
      case TRUNCATE -> readTruncate(in, schemas);
      case MESSAGE ->
          new LogicalMessage(
              readPosition(in),
              in.readLong(),
              Fields.readFlag(in),
              Fields.readString(in),
              Fields.readBytes(in));
      case READ -> readRow(Op.READ, 0, in, schemas);
      case INSERT -> readRow(Op.INSERT, 0, in, schemas);
      case UPDATE -> readRow(Op.UPDATE, 0, in, schemas);
      case DELETE -> readRow(Op.DELETE, 0, in, schemas);
      case READ_ON_DEMAND -> readRow(Op.READ, readRequest(in), in, schemas);
      case DUMP_END ->
          new DumpEnd(
              readPosition(in), Fields.readTable(in), in.readLong(), in.readInt(), in.readInt());
      case DDL -> readDdl(in);
      case SCHEMA_CHANGE -> readSchemaChange(in, schemas);
      default -> throw new IOException("no change has the tag " + tag);
    };
  }

  private static Change readTruncate(DataInputView in, InlinedSchemas schemas) throws IOException {
    Position position = readPosition(in);
    long commitTime = in.readLong();
    int xid = in.readInt();
    boolean cascade = Fields.readFlag(in);
    boolean restart = Fields.readFlag(in);
    return new Truncate(position, commitTime, xid, schemas.read(in), cascade, restart);
  }

  private static Change readDdl(DataInputView in) throws IOException {
    Position position = readPosition(in);
    long commitTime = in.readLong();
    int xid = in.readInt();
    try {
      return new Ddl(position, commitTime, xid, DdlStatement.parse(Fields.readString(in)));
    } catch (MalformedDdlException e) {
      throw new IOException("a statement at " + position + " that is none: " + e.getMessage(), e);
    }
  }

  private static Change readSchemaChange(DataInputView in, InlinedSchemas schemas)
      throws IOException {
    Position position = readPosition(in);
    long commitTime = in.readLong();
    int xid = in.readInt();
    SchemaChange.Source source =
        SOURCES.get(Fields.readOneOf(in, SOURCES.size(), "source of a change of a table"));
    TableSchema before = Fields.readFlag(in) ? schemas.read(in) : null;
    TableSchema after = Fields.readFlag(in) ? schemas.read(in) : null;
    if (before == null && after == null) {
      throw new IOException("a change of no table at " + position);
    }
    Map<Integer, String> missing = new HashMap<>();
    int count = Fields.readCount(in, MAX_MISSING);
    for (int i = 0; i < count; i++) {
      missing.put(in.readInt(), Fields.readString(in));
    }
    return new SchemaChange(position, commitTime, xid, before, after, source, missing);
  }

  private static long readRequest(DataInputView in) throws IOException {
    long request = in.readLong();
    if (request == 0) {
      throw new IOException("a row that was read for the request 0, which is none");
    }
    return request;
  }

  private static Change readRow(Op op, long request, DataInputView in, InlinedSchemas schemas)
      throws IOException {
    TableSchema schema = schemas.read(in);
    RowChange.Origin origin =
        new RowChange.Origin(in.readLong(), in.readLong(), in.readLong(), in.readInt());
    boolean full = Fields.readFlag(in);
    Tuple row = Fields.readTuple(in);
    Tuple old = Fields.readTuple(in);
    if ((op == Op.DELETE) == (row != null) || ((op == Op.READ || op == Op.INSERT) && old != null)) {
      throw new IOException(op + " of " + schema.name() + " with the wrong tuples");
    }
    return switch (op) {
      case READ -> RowChange.read(schema, row, origin.commitLsn(), request);
      case INSERT -> RowChange.insert(schema, row, origin);
      case UPDATE -> RowChange.update(schema, row, old, full, origin);
      case DELETE -> RowChange.delete(schema, old, full, origin);
    };
  }

  private static Position readPosition(DataInputView in) throws IOException {
    return new Position(in.readLong(), in.readLong());
  }

  @Override
  public ChangeSerializer duplicate() {
    return new ChangeSerializer();
  }

  @Override
  public TypeSerializerSnapshot<Change> snapshotConfiguration() {
    return new Snapshot();
  }

  /** The version of the format. */
  public static final class Snapshot extends FormatSnapshot<Change> {
    private static final int VERSION = 4;

    /** For Flink. */
    public Snapshot() {
      super(VERSION);
    }

    @Override
    public ChangeSerializer restoreSerializer() {
      return new ChangeSerializer();
    }
  }
}
