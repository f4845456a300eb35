package io.tidemark.postgres.ddl;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON of a {@link DdlStatement}, taken apart. Members that are not known are ignored. It has
 * to be on one line, so that it can stand in another one's.
 */
final class DdlJson {
  /** The version of the description that this knows. */
  private static final int VERSION = 1;

  private static final JsonFactory FACTORY = new JsonFactory();

  private final Members top;

  private DdlJson(Members top) {
    this.top = top;
  }

  static DdlJson read(String json) throws MalformedDdlException {
    if (json.indexOf('\n') >= 0 || json.indexOf('\r') >= 0) {
      throw new MalformedDdlException("a description of several lines");
    }
    try (JsonParser parser = FACTORY.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedDdlException("a description that is no JSON object");
      }
      DdlJson read = new DdlJson(new Members(object(parser)));
      if (parser.nextToken() != null) {
        throw new MalformedDdlException("something follows the JSON object");
      }
      int version = read.top.number("version", 0);
      if (version != VERSION) {
        throw new MalformedDdlException(
            "a description of version " + version + "; known is " + VERSION);
      }
      return read;
    } catch (IOException e) {
      // Its message would quote the content.
      throw new MalformedDdlException("a description that is no JSON");
    }
  }

  static String ofText(String text, List<String> tags) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      json.writeStringField("event", "end");
      json.writeStringField("tag", tags.isEmpty() ? "" : tags.get(0));
      json.writeArrayFieldStart("tags");
      for (String tag : tags) {
        json.writeString(tag);
      }
      json.writeEndArray();
      json.writeStringField("text", text);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      members.put(name, value(parser));
    }
    return members;
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(value(parser));
        }
        yield elements;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? parser.getBigIntegerValue()
              : parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IOException("unexpected " + parser.currentToken());
    };
  }

  DdlStatement.Event event() throws MalformedDdlException {
    return switch (top.string("event")) {
      case "end" -> DdlStatement.Event.END;
      case "drop" -> DdlStatement.Event.DROP;
      case "rewrite" -> DdlStatement.Event.REWRITE;
      case "gap" -> DdlStatement.Event.GAP;
      default -> throw new MalformedDdlException("'event' is none that is known");
    };
  }

  /** The low 32 bits of the id of the transaction that it was written in. */
  int xid() throws MalformedDdlException {
    try {
      return (int) Long.parseUnsignedLong(top.string("xid"));
    } catch (NumberFormatException e) {
      throw new MalformedDdlException("'xid' is no number");
    }
  }

  String tag() throws MalformedDdlException {
    return top.string("tag");
  }

  List<String> tags() throws MalformedDdlException {
    return top.has("tags") ? List.copyOf(top.strings("tags")) : List.of(tag());
  }

  String text() throws MalformedDdlException {
    return top.stringOrNull("text");
  }

  boolean isWithheld() throws MalformedDdlException {
    return top.flag("withheld");
  }

  boolean isUnsure() throws MalformedDdlException {
    return top.flag("unsure");
  }

  int depth() throws MalformedDdlException {
    return top.number("depth", 0);
  }

  DdlSession session() throws MalformedDdlException {
    if (top.stringOrNull("role") == null) {
      return DdlSession.UNKNOWN;
    }
    return new DdlSession(
        top.string("role"),
        top.string("sessionUser"),
        top.string("searchPath"),
        top.stringsByName("settings"));
  }

  List<DdlCommand> commands() throws MalformedDdlException {
    List<DdlCommand> commands = new ArrayList<>();
    for (Members each : top.list("commands")) {
      commands.add(
          new DdlCommand(
              each.string("tag"),
              each.string("type"),
              each.stringOrNull("schema"),
              each.stringOrNull("identity"),
              each.oid("oid")));
    }
    return List.copyOf(commands);
  }

  List<DroppedObject> dropped() throws MalformedDdlException {
    List<DroppedObject> dropped = new ArrayList<>();
    for (Members each : top.list("dropped")) {
      dropped.add(
          new DroppedObject(
              each.string("type"),
              each.stringOrNull("schema"),
              each.stringOrNull("name"),
              each.string("identity"),
              each.oid("oid"),
              each.number("column", 0),
              each.flag("original"),
              each.strings("names"),
              each.strings("arguments")));
    }
    return List.copyOf(dropped);
  }

  TableRewrite rewrite() throws MalformedDdlException {
    if (!top.has("rewrite")) {
      return null;
    }
    Members rewrite = top.members("rewrite");
    return new TableRewrite(rewrite.oid("table"), rewrite.number("reason", 0));
  }

  List<TableStructure> tables() throws MalformedDdlException {
    List<List<ColumnStructure>> shapes = new ArrayList<>();
    for (List<Members> columns : top.lists("shapes")) {
      shapes.add(columns(columns));
    }
    List<TableStructure> tables = new ArrayList<>();
    for (Members each : top.list("tables")) {
      int shape = each.number("shape", -1);
      if (shape < 0 || shape >= shapes.size()) {
        throw new MalformedDdlException("a table has a 'shape' that is not in 'shapes'");
      }
      tables.add(table(each, shapes.get(shape)));
    }
    return List.copyOf(tables);
  }

  List<MovedTable> moved() throws MalformedDdlException {
    List<MovedTable> moved = new ArrayList<>();
    for (Members each : top.list("moved")) {
      TableName name = new TableName(each.string("schema"), each.string("name"));
      moved.add(new MovedTable(each.oid("oid"), name));
    }
    return List.copyOf(moved);
  }

  private static TableStructure table(Members table, List<ColumnStructure> columns)
      throws MalformedDdlException {
    return new TableStructure(
        table.oid("oid"),
        table.oid("schemaOid"),
        new TableName(table.string("schema"), table.string("name")),
        table.letter("kind"),
        table.letter("persistence") == 'u',
        table.string("owner"),
        table.unsigned("fileNode"),
        table.numbers("parents"),
        table.oid("root"),
        table.stringOrNull("bound"),
        table.stringOrNull("partitionKey"),
        table.numbers("primaryKey"),
        identity(table),
        table.numbers("identityKey"),
        columns);
  }

  private static ReplicaIdentity identity(Members table) throws MalformedDdlException {
    char letter = table.letter("replicaIdentity");
    try {
      return ReplicaIdentity.of(letter);
    } catch (IllegalArgumentException e) {
      // Its message would quote the content.
      throw new MalformedDdlException("'replicaIdentity' is none that is known");
    }
  }

  private static List<ColumnStructure> columns(List<Members> shape) throws MalformedDdlException {
    List<ColumnStructure> columns = new ArrayList<>();
    for (Members each : shape) {
      if (!each.flag("dropped")) {
        String identity = each.stringOrNull("identity");
        columns.add(
            new ColumnStructure(
                each.number("number", 0),
                each.string("name"),
                each.string("type"),
                each.oid("typeOid"),
                each.number("modifier", -1),
                each.flag("notNull"),
                each.stringOrNull("default"),
                each.stringOrNull("generated"),
                each.flag("stored"),
                identity == null ? "" : identity,
                each.stringOrNull("missing"),
                each.stringOrNull("collation")));
      }
    }
    return columns;
  }
}
