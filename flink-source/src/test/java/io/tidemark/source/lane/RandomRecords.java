package io.tidemark.source.lane;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.DdlStatement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** Values of every shape, at random. */
public final class RandomRecords {
  private static final List<PgType.Kind> KINDS = List.copyOf(EnumSet.allOf(PgType.Kind.class));

  private final Random random;

  public RandomRecords(long seed) {
    this.random = new Random(seed);
  }

  public TableSchema schema() {
    List<Column> columns = new ArrayList<>();
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      int number = random.nextBoolean() ? 0 : i + 1;
      columns.add(new Column("column " + i, type(0), random.nextInt(9) - 1, number));
    }
    int[] key = random.nextInt(count + 1) == 0 ? new int[0] : new int[] {random.nextInt(count)};
    ReplicaIdentity identity = ReplicaIdentity.of("dnfi".charAt(random.nextInt(4)));
    return new TableSchema(random.nextInt(), table(), identity, columns, key);
  }

  private PgType type(int depth) {
    PgType.Kind kind = depth > 3 ? PgType.Kind.BASE : KINDS.get(random.nextInt(8));
    PgType inner =
        switch (kind) {
          case ARRAY, DOMAIN, RANGE, MULTIRANGE -> type(depth + 1);
          default -> null;
        };
    int oid = random.nextInt();
    String name = "type " + depth;
    if (kind == PgType.Kind.COMPOSITE) {
      List<PgType> fields =
          Stream.generate(() -> type(depth + 1)).limit(random.nextInt(3)).toList();
      return PgType.composite(oid, name, fields, random.nextBoolean());
    }
    return kind == PgType.Kind.BASE && random.nextInt(4) == 0
        ? PgType.money(random.nextInt(4))
        : new PgType(oid, name, kind, inner, random.nextBoolean());
  }

  TableName table() {
    return new TableName("schéma " + random.nextInt(3), "table " + random.nextInt(3));
  }

  public Change change() {
    RowChange.Origin origin =
        new RowChange.Origin(
            random.nextLong(), random.nextInt(9), random.nextLong(), random.nextInt());
    Position position = new Position(origin.commitLsn(), origin.ordinal());
    boolean flag = random.nextBoolean();
    return switch (random.nextInt(11)) {
      case 0 -> new Begin(position, origin.commitTime(), origin.xid());
      case 1 -> new Commit(position, random.nextLong(), origin.commitTime());
      case 2 ->
          new Truncate(
              position, origin.commitTime(), origin.xid(), schema(), flag, random.nextBoolean());
      case 3 -> new LogicalMessage(position, origin.commitTime(), flag, "prefix", bytes(0));
      case 7 -> new DumpEnd(position, table(), request(), random.nextInt(3), 3);
      case 9 -> new Ddl(position, origin.commitTime(), origin.xid(), statement());
      case 10 ->
          new SchemaChange(
              position,
              origin.commitTime(),
              origin.xid(),
              flag ? schema() : null,
              flag && random.nextBoolean() ? null : schema(),
              random.nextBoolean() ? SchemaChange.Source.STRUCTURE : SchemaChange.Source.RELATION,
              random.nextBoolean() ? Map.of() : Map.of(random.nextInt(9), "ü", 9, ""));
      case 4 -> RowChange.read(schema(), tuple(), origin.commitLsn(), request());
      case 5 -> RowChange.insert(schema(), tuple(), origin);
      case 6 ->
          RowChange.update(schema(), tuple(), flag ? tuple() : null, random.nextBoolean(), origin);
      default -> RowChange.delete(schema(), tuple(), flag, origin);
    };
  }

  public LaneRecord record() {
    int lane = random.nextInt(9);
    ChunkId chunk = new ChunkId(0, random.nextLong(), random.nextLong());
    return switch (random.nextInt(9)) {
      case 0 -> new LaneRecord.Stream(lane, change());
      case 1 -> new LaneRecord.Marked(lane, mark());
      case 2 -> new LaneRecord.Arm(lane, table());
      case 3 -> new LaneRecord.Disarm(lane, table());
      case 4 -> new LaneRecord.VoidChunks(lane, table(), random.nextLong());
      case 5 -> new LaneRecord.Rows(lane, chunk, mark(), schema(), batch(), request());
      case 6 -> new LaneRecord.ChunkEnd(lane, chunk, mark(), table(), random.nextLong());
      case 7 -> new LaneRecord.ChunkFailed(lane, chunk);
      default -> new LaneRecord.Promise(lane, random.nextInt(4), 4, random.nextLong());
    };
  }

  private DdlStatement statement() {
    return DdlStatement.ofText("CREATE TABLE \"ü " + random.nextInt(9) + "\"();\n", List.of("T"));
  }

  private long request() {
    return random.nextBoolean() ? 0 : random.nextLong();
  }

  private RowBatch batch() {
    byte[][] rows = new byte[random.nextInt(4)][];
    int[] hashes = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = bytes(2);
      hashes[i] = random.nextInt();
    }
    return RowBatch.of(rows, hashes);
  }

  private Mark mark() {
    return new Mark(random.nextLong(), random.nextLong(), random.nextLong());
  }

  /** A tuple within a larger array; nothing looks into it. */
  private Tuple tuple() {
    byte[] bytes = bytes(4);
    Tuple.Layout layout = random.nextBoolean() ? Tuple.Layout.COPY : Tuple.Layout.PGOUTPUT;
    return new Tuple(bytes, 1, bytes.length - 2, layout);
  }

  private byte[] bytes(int atLeast) {
    byte[] bytes = new byte[atLeast + random.nextInt(20)];
    random.nextBytes(bytes);
    return bytes;
  }
}
