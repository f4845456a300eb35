package io.tidemark.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.gateway.client.Change;
import io.tidemark.gateway.client.StreamEvent;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.row.JsonHead;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;

/** A consumer's events as lines of JSON, alike to those of {@code capture}. */
final class EventJson {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  private EventJson() {}

  /** Without a line end; null for the bounds of a transaction. */
  static String line(StreamEvent event) throws IOException {
    if (event instanceof Change change) {
      return change.toJson();
    } else if (event instanceof StreamEvent.Begin || event instanceof StreamEvent.Commit) {
      return null;
    }
    StringWriter out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      if (event instanceof StreamEvent.Truncate truncate) {
        TableName table = truncate.schema().name();
        Optional<Instant> time = Optional.of(truncate.commitTime());
        head("truncate", table, event, truncate.ordinal(), time).write(json);
        json.writeNumberField("xid", truncate.xid());
        json.writeBooleanField("cascade", truncate.cascade());
        json.writeBooleanField("restartIdentity", truncate.restartIdentity());
      } else if (event instanceof StreamEvent.LogicalMessage message) {
        head("message", null, event, message.ordinal(), message.commitTime()).write(json);
        json.writeBooleanField("transactional", message.transactional());
        json.writeStringField("prefix", message.prefix());
        json.writeStringField("contentHex", HexFormat.of().formatHex(message.content()));
      } else if (event instanceof StreamEvent.Skipped skipped) {
        head("skipped", null, event, skipped.ordinal(), Optional.empty()).write(json);
        json.writeStringField("of", skipped.table());
        json.writeNumberField("bytes", skipped.bytes());
      }
      json.writeEndObject();
    }
    return out.toString();
  }

  private static JsonHead head(
      String op, TableName table, StreamEvent event, long ordinal, Optional<Instant> time) {
    long micros = time.map(each -> ChronoUnit.MICROS.between(EPOCH, each)).orElse(0L);
    return new JsonHead(op, table, event.commitLsn().value(), ordinal, micros);
  }
}
