package io.tidemark.postgres.change;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.row.JsonHead;
import io.tidemark.postgres.row.RowJson;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
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
 * <p>{@code op} is read, insert, update, delete, truncate, begin, commit, message, dump-end, ddl or
 * schema-change. A {@code commitTime} or {@code xid} that is not known is null. {@code key} is left
 * out where the whole row is the key, {@code new} and {@code old} where there is no such row,
 * {@code unchanged} where it would be empty; {@code old} has the columns that PostgreSQL sent. A
 * message has its {@code content} as text if it is UTF-8, else as {@code contentHex}. The end of a
 * dump has its {@code request} in hexadecimal digits, or null, its {@code lane} and {@code lanes}.
 * A DDL statement has in {@code statement} what the extension says of it; {@link SchemaChangeJson}
 * has what a change of a table has.
 *
 * <p>Values are written as {@link RowJson} says.
 */
public final class ChangeJson {
  private static final JsonFactory FACTORY = new JsonFactory();

  private ChangeJson() {}

  /** The change as JSON, without a line end. */
  public static String toJson(Change change) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      change.accept(new Fields(json));
      json.writeEndObject();
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

  /** Writes the fields of a change into the object that is open. */
  private record Fields(JsonGenerator json) implements ChangeVisitor<Void, IOException> {
    @Override
    public Void row(RowChange row) throws IOException {
      head(json, row.op().name().toLowerCase(Locale.ROOT), row.schema().name(), row);
      JsonHead.writeXid(json, row.xid());
      RowJson.write(json, row);
      return null;
    }

    @Override
    public Void begin(Begin begin) throws IOException {
      head(json, "begin", null, begin);
      JsonHead.writeXid(json, begin.xid());
      return null;
    }

    @Override
    public Void commit(Commit commit) throws IOException {
      head(json, "commit", null, commit);
      json.writeStringField("endLsn", Lsn.format(commit.endLsn()));
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) throws IOException {
      head(json, "truncate", truncate.schema().name(), truncate);
      JsonHead.writeXid(json, truncate.xid());
      json.writeBooleanField("cascade", truncate.cascade());
      json.writeBooleanField("restartIdentity", truncate.restartIdentity());
      return null;
    }

    @Override
    public Void message(LogicalMessage message) throws IOException {
      head(json, "message", null, message);
      json.writeBooleanField("transactional", message.transactional());
      json.writeStringField("prefix", message.prefix());
      content(json, message.content());
      return null;
    }

    @Override
    public Void dumpEnd(DumpEnd end) throws IOException {
      head(json, "dump-end", end.table(), end);
      if (end.isOfWholeTable()) {
        json.writeNullField("request");
      } else {
        json.writeStringField("request", Long.toUnsignedString(end.request(), 16));
      }
      json.writeNumberField("lane", end.lane());
      json.writeNumberField("lanes", end.lanes());
      return null;
    }

    @Override
    public Void ddl(Ddl ddl) throws IOException {
      head(json, "ddl", null, ddl);
      JsonHead.writeXid(json, ddl.xid());
      json.writeFieldName("statement");
      json.writeRawValue(ddl.statement().json());
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) throws IOException {
      head(json, "schema-change", change.table(), change);
      JsonHead.writeXid(json, change.xid());
      SchemaChangeJson.write(json, change);
      return null;
    }
  }

  private static void head(JsonGenerator json, String op, TableName table, Change change)
      throws IOException {
    Position position = change.position();
    new JsonHead(op, table, position.commitLsn(), position.ordinal(), change.commitTime())
        .write(json);
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
