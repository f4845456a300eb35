package io.tidemark.postgres.change;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Writes what a {@link SchemaChange} has of its own:
 *
 * <pre>{@code
 * "source":"structure",
 * "before":{"schema":"public","table":"orders","oid":16385,
 *           "columns":[{"number":1,"name":"id","type":"integer"}],"key":["id"]},
 * "after":{...},
 * "added":["note"],"dropped":["remark"],"renamed":{"total":"amount"},"retyped":["amount"],
 * "newKey":true,"missing":{"note":"none"}
 * }</pre>
 *
 * <p>{@code before} is null of a table that comes, {@code after} of one that goes. A column has its
 * {@code number} where that is known, and its type's {@code modifier} where there is one. What
 * would be empty or false is left out behind {@code after}.
 */
final class SchemaChangeJson {
  private SchemaChangeJson() {}

  /** Writes the fields into the object that is open. */
  static void write(JsonGenerator json, SchemaChange change) throws IOException {
    json.writeStringField("source", change.source().name().toLowerCase(Locale.ROOT));
    json.writeFieldName("before");
    table(json, change.before());
    json.writeFieldName("after");
    table(json, change.after());
    if (change.isNew() || change.isGone()) {
      return;
    }
    names(json, "added", change.added());
    names(json, "dropped", change.dropped());
    if (!change.renamed().isEmpty()) {
      json.writeObjectFieldStart("renamed");
      for (SchemaChange.Changed column : change.renamed()) {
        json.writeStringField(column.before().name(), column.after().name());
      }
      json.writeEndObject();
    }
    names(json, "retyped", change.retyped().stream().map(SchemaChange.Changed::after).toList());
    if (change.hasNewKey()) {
      json.writeBooleanField("newKey", true);
    }
    List<Column> filled =
        change.added().stream().filter(column -> change.missing(column).isPresent()).toList();
    if (!filled.isEmpty()) {
      json.writeObjectFieldStart("missing");
      for (Column column : filled) {
        json.writeStringField(column.name(), change.missing(column).orElseThrow());
      }
      json.writeEndObject();
    }
  }

  private static void table(JsonGenerator json, TableSchema table) throws IOException {
    if (table == null) {
      json.writeNull();
      return;
    }
    json.writeStartObject();
    json.writeStringField("schema", table.name().schema());
    json.writeStringField("table", table.name().name());
    json.writeNumberField("oid", Integer.toUnsignedLong(table.oid()));
    json.writeArrayFieldStart("columns");
    for (Column column : table.columns()) {
      json.writeStartObject();
      if (column.number() != 0) {
        json.writeNumberField("number", column.number());
      }
      json.writeStringField("name", column.name());
      json.writeStringField("type", column.type().name());
      if (column.typeModifier() != -1) {
        json.writeNumberField("modifier", column.typeModifier());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("key");
    for (String column : table.keyNames()) {
      json.writeString(column);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void names(JsonGenerator json, String field, List<Column> columns)
      throws IOException {
    if (columns.isEmpty()) {
      return;
    }
    json.writeArrayFieldStart(field);
    for (Column column : columns) {
      json.writeString(column.name());
    }
    json.writeEndArray();
  }
}
