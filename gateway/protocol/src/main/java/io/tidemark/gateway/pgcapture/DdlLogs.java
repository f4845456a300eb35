package io.tidemark.gateway.pgcapture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.ddl.DdlStatement;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * DDL statements as pgcapture has them: rows that are inserted into its table {@code
 * pgcapture.ddl_logs}, all values binary.
 *
 * <ul>
 *   <li>{@code id int4}: CRC-32 of the statement's place (commit LSN and ordinal, 64 bits each,
 *       big-endian) without its highest bit. It is the same whenever the statement comes.
 *   <li>{@code query text}: the statement's text.
 *   <li>{@code tags text[]}: its command tags, mostly one.
 *   <li>{@code activity jsonb}: what the extension says of it.
 * </ul>
 *
 * <p>One row a statement: at its end, or where it dropped something if it has no other end, as
 * {@code DROP TABLE}. Two have both and can be run twice: {@code DROP OWNED}, and {@code ALTER
 * PUBLICATION ... SET}.
 */
public final class DdlLogs {
  /** The table, which no PostgreSQL has: its oid is 0. */
  public static final TableSchema TABLE =
      new TableSchema(
          0,
          new TableName("pgcapture", "ddl_logs"),
          ReplicaIdentity.NOTHING,
          List.of(
              new Column("id", PgType.base(23, "integer"), -1),
              new Column("query", PgType.base(25, "text"), -1),
              new Column(
                  "tags",
                  new PgType(1009, "text[]", PgType.Kind.ARRAY, PgType.base(25, "text"), true),
                  -1),
              new Column("activity", PgType.base(3802, "jsonb"), -1)));

  private static final int TEXT = 25;

  /** The only version of jsonb's binary form. */
  private static final int JSONB_VERSION = 1;

  private DdlLogs() {}

  /** Whether a statement is told by this event of it, if its text is known. */
  public static boolean tells(DdlStatement statement) {
    return switch (statement.event()) {
      case END -> true;
      case DROP ->
          statement.tag().startsWith("DROP ") || statement.tag().equals("ALTER PUBLICATION");
      case REWRITE, GAP -> false;
    };
  }

  /** The row that is inserted; empty if there is none: no event that tells, or no known text. */
  public static Optional<RowChange> row(Ddl ddl) {
    DdlStatement statement = ddl.statement();
    if (!tells(statement)) {
      return Optional.empty();
    }
    Position at = ddl.position();
    RowChange.Origin origin =
        new RowChange.Origin(at.commitLsn(), at.ordinal(), ddl.commitTime(), ddl.xid());
    return statement.text().map(text -> RowChange.insert(TABLE, tuple(ddl, text), origin));
  }

  private static Tuple tuple(Ddl ddl, String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ByteBuffer.allocate(Short.BYTES).putShort((short) 4).array());
    put(number(id(ddl.position())), out);
    put(text.getBytes(UTF_8), out);
    put(array(ddl.statement().tags()), out);
    put(jsonb(ddl.statement().json()), out);
    return new Tuple(out.toByteArray(), 0, out.size(), Tuple.Layout.PGOUTPUT);
  }

  private static int id(Position at) {
    CRC32 crc = new CRC32();
    crc.update(
        ByteBuffer.allocate(2 * Long.BYTES).putLong(at.commitLsn()).putLong(at.ordinal()).flip());
    return (int) crc.getValue() & Integer.MAX_VALUE;
  }

  /** Dimensions, whether it has nulls, the elements' type; their number, the first one's index. */
  private static byte[] array(List<String> texts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(number(texts.isEmpty() ? 0 : 1));
    out.writeBytes(number(0));
    out.writeBytes(number(TEXT));
    if (!texts.isEmpty()) {
      out.writeBytes(number(texts.size()));
      out.writeBytes(number(1));
    }
    for (String text : texts) {
      byte[] bytes = text.getBytes(UTF_8);
      out.writeBytes(number(bytes.length));
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] jsonb(String json) {
    byte[] text = json.getBytes(UTF_8);
    return ByteBuffer.allocate(1 + text.length).put((byte) JSONB_VERSION).put(text).array();
  }

  private static void put(byte[] binary, ByteArrayOutputStream out) {
    out.write('b');
    out.writeBytes(number(binary.length));
    out.writeBytes(binary);
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }
}
