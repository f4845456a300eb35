package io.tidemark.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidemark.gateway.event.Skipped;
import io.tidemark.postgres.row.JsonHead;
import java.io.IOException;
import java.io.StringWriter;

/** What comes in place of a change that is too large, as a line of JSON alike to a change's. */
final class SkippedJson {
  private static final JsonFactory JSON = new JsonFactory();

  private SkippedJson() {}

  /** Without a line end. */
  static String line(Skipped skipped) throws IOException {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      long lsn = skipped.position().commitLsn();
      new JsonHead("skipped", null, lsn, skipped.position().ordinal(), 0).write(json);
      json.writeStringField("of", skipped.table());
      json.writeNumberField("bytes", skipped.bytes());
      json.writeEndObject();
    }
    return out.toString();
  }
}
