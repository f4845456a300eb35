package io.tidemark.source.change;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.dump.postgres.Column;
import io.tidemark.dump.postgres.Lsn;
import io.tidemark.dump.postgres.TableName;
import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.Tuple;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Writes changes as JSON, one line each:
 *
 * <pre>{@code
 * {"op":"update","schema":"public","table":"orders","position":{"lsn":"0/16B3748","ordinal":1},
 *  "commitTime":"2026-11-23T10:15:30.123456Z","xid":731,"key":{"id":7},
 *  "new":{"id":7,"total":12.50},"old":{"id":6},"unchanged":["note"]}
 * }</pre>
 *
 * <p>{@code op} is read, insert, update, delete, truncate, begin, commit or message. A {@code
 * commitTime} or {@code xid} that is not known is null. {@code key} is left out where the whole row
 * is the key, {@code new} and {@code old} where there is no such row, {@code unchanged} where it
 * would be empty; {@code old} has the columns that PostgreSQL sent. A message has its {@code
 * content} as text if it is UTF-8, else as {@code contentHex}.
 *
 * <p>Values: integers, numeric, money, real and double precision are numbers with all their digits,
 * but NaN, Infinity and -Infinity are strings of that name. json and jsonb are embedded as they
 * are. bytea and types not known are {@code "\\x"} and hexadecimal digits. Dates and times are ISO
 * 8601, years before Christ as {@code -0043} (44 BC; 1 BC is 0000), from 10000 on with a plus;
 * {@code "infinity"}, {@code "-infinity"} and {@code "24:00:00"} are PostgreSQL's. Intervals are
 * ISO 8601, {@code "P1Y2M3DT4H5M6.789S"}. Arrays and multiranges are arrays, composite values
 * arrays of their fields, hstores objects. A range is {@code {"empty":true}} or {@code
 * {"lower":1,"upper":10,"bounds":"[)"}}, null being no bound. All else is PostgreSQL's text.
 */
public final class ChangeJson {
  private static final JsonFactory FACTORY = new JsonFactory();

  /** 2000-01-01 in seconds since 1970. */
  private static final long EPOCH_SECOND = 946_684_800;

  private ChangeJson() {}

  /** The change as JSON, without a line end. */
  public static String toJson(Change change) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      write(json, change);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  /**
   * Writes the change and a line feed, in UTF-8. The stream is neither flushed nor closed.
   *
   * @throws IOException if the stream does
   */
  public static void writeLine(Change change, OutputStream out) throws IOException {
    out.write(toJson(change).getBytes(UTF_8));
    out.write('\n');
  }

  private static void write(JsonGenerator json, Change change) throws IOException {
    json.writeStartObject();
    if (change instanceof RowChange row) {
      head(json, row.op().name().toLowerCase(Locale.ROOT), row.schema().name(), row);
      xid(json, row.xid());
      row(json, row);
    } else if (change instanceof Begin begin) {
      head(json, "begin", null, begin);
      xid(json, begin.xid());
    } else if (change instanceof Commit commit) {
      head(json, "commit", null, commit);
      json.writeStringField("endLsn", Lsn.format(commit.endLsn()));
    } else if (change instanceof Truncate truncate) {
      head(json, "truncate", truncate.schema().name(), truncate);
      xid(json, truncate.xid());
      json.writeBooleanField("cascade", truncate.cascade());
      json.writeBooleanField("restartIdentity", truncate.restartIdentity());
    } else if (change instanceof LogicalMessage message) {
      head(json, "message", null, message);
      json.writeBooleanField("transactional", message.transactional());
      json.writeStringField("prefix", message.prefix());
      content(json, message.content());
    }
    json.writeEndObject();
  }

  private static void head(JsonGenerator json, String op, TableName table, Change change)
      throws IOException {
    json.writeStringField("op", op);
    if (table != null) {
      json.writeStringField("schema", table.schema());
      json.writeStringField("table", table.name());
    }
    json.writeObjectFieldStart("position");
    json.writeStringField("lsn", Lsn.format(change.position().commitLsn()));
    json.writeNumberField("ordinal", change.position().ordinal());
    json.writeEndObject();
    long micros = change.commitTime();
    json.writeFieldName("commitTime");
    if (micros == 0) {
      json.writeNull();
    } else {
      long second = EPOCH_SECOND + Math.floorDiv(micros, 1_000_000);
      json.writeString(
          Instant.ofEpochSecond(second, 1000L * Math.floorMod(micros, 1_000_000)).toString());
    }
  }

  private static void xid(JsonGenerator json, int xid) throws IOException {
    json.writeFieldName("xid");
    if (xid == 0) {
      json.writeNull();
    } else {
      json.writeNumber(Integer.toUnsignedLong(xid));
    }
  }

  private static void row(JsonGenerator json, RowChange row) throws IOException {
    TableSchema schema = row.schema();
    if (schema.hasKey()) {
      json.writeObjectFieldStart("key");
      for (int i = 0; i < schema.keySize(); i++) {
        int ordinal = schema.keyColumn(i);
        column(
            json, row, ordinal, row.newTuple() == null ? old(row, ordinal) : fresh(row, ordinal));
      }
      json.writeEndObject();
    }
    if (row.newTuple() != null) {
      json.writeObjectFieldStart("new");
      for (int i = 0; i < schema.columns().size(); i++) {
        column(json, row, i, fresh(row, i));
      }
      json.writeEndObject();
    }
    if (row.oldTuple() != null) {
      json.writeObjectFieldStart("old");
      for (int i = 0; i < schema.columns().size(); i++) {
        column(json, row, i, old(row, i));
      }
      json.writeEndObject();
    }
    unchanged(json, row);
  }

  private static void unchanged(JsonGenerator json, RowChange row) throws IOException {
    if (row.newTuple() == null || !row.newTuple().isPartial()) {
      return;
    }
    boolean any = false;
    for (int i = 0; i < row.schema().columns().size(); i++) {
      if (RowColumns.isUnknown(row, i)) {
        if (!any) {
          json.writeArrayFieldStart("unchanged");
          any = true;
        }
        json.writeString(row.schema().columns().get(i).name());
      }
    }
    if (any) {
      json.writeEndArray();
    }
  }

  private static Tuple fresh(RowChange row, int ordinal) {
    return RowColumns.newRowOrNull(row, ordinal);
  }

  private static Tuple old(RowChange row, int ordinal) {
    return RowColumns.oldRowOrNull(row, ordinal);
  }

  /** A column from this tuple; nothing if it is in none. */
  private static void column(JsonGenerator json, RowChange row, int ordinal, Tuple tuple)
      throws IOException {
    if (tuple != null) {
      Column column = row.schema().columns().get(ordinal);
      json.writeFieldName(column.name());
      JsonValues.write(json, RowColumns.decode(row, tuple, ordinal), column.type());
    }
  }

  private static void content(JsonGenerator json, byte[] content) throws IOException {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      json.writeStringField("content", text);
    } catch (CharacterCodingException e) {
      json.writeStringField("contentHex", HexFormat.of().formatHex(content));
    }
  }
}
