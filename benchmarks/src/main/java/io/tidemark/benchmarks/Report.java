package io.tidemark.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The result of a benchmark with all that it depends on, for a file.
 *
 * @param command what was called
 * @param start when it was
 * @param commit the checkout's commit at that time
 * @param machine what it was measured on
 * @param versions what was measured
 * @param measurements what came out
 */
record Report(
    Invocation command,
    Instant start,
    String commit,
    Machine machine,
    Versions versions,
    List<Measurement> measurements) {
  private static final JsonFactory JSON =
      new JsonFactory().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);

  /** Writes it as JSON, in UTF-8; what is not known is null. */
  void writeTo(OutputStream out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartObject();
      write(json, command);
      json.writeStringField("date", start.truncatedTo(ChronoUnit.SECONDS).toString());
      json.writeStringField("commit", commit);
      write(json, machine);
      write(json, versions);
      json.writeArrayFieldStart("measurements");
      for (Measurement measurement : measurements) {
        write(json, measurement);
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void write(JsonGenerator json, Invocation command) throws IOException {
    json.writeObjectFieldStart("command");
    json.writeStringField("name", command.name());
    json.writeObjectFieldStart("options");
    for (Map.Entry<String, Object> option : command.options().entrySet()) {
      json.writeFieldName(option.getKey());
      writeValue(json, option.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeValue(JsonGenerator json, Object value) throws IOException {
    if (value instanceof List<?> values) {
      json.writeStartArray();
      for (Object each : values) {
        writeValue(json, each);
      }
      json.writeEndArray();
    } else if (value instanceof Integer number) {
      json.writeNumber(number);
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value.toString());
    }
  }

  private static void write(JsonGenerator json, Machine machine) throws IOException {
    json.writeObjectFieldStart("machine");
    json.writeNumberField("cores", machine.cores());
    json.writeNumberField("memoryBytes", machine.memoryBytes());
    json.writeStringField("os", machine.os());
    write(json, "cpu", machine.cpu());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Versions versions) throws IOException {
    json.writeObjectFieldStart("versions");
    json.writeStringField("java", versions.java());
    write(json, "postgres", versions.postgres());
    write(json, "flink", versions.flink());
    write(json, "tidemark", versions.tidemark());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Measurement measurement) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", measurement.name());
    json.writeStringField("unit", measurement.ours().unit());
    json.writeFieldName("ours");
    write(json, measurement.ours());
    json.writeFieldName("reference");
    if (measurement.reference().isPresent()) {
      write(json, measurement.reference().get());
    } else {
      json.writeNull();
    }
    write(json, "ratio", measurement.ratio());
    json.writeArrayFieldStart("more");
    for (Series series : measurement.more()) {
      write(json, series);
    }
    json.writeEndArray();
    write(json, "note", Optional.of(measurement.note()).filter(note -> !note.isEmpty()));
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Series series) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", series.name());
    json.writeStringField("unit", series.unit());
    write(json, "value", series.value());
    json.writeArrayFieldStart("runs");
    for (double run : series.runs()) {
      json.writeNumber(run);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String field, Optional<String> text)
      throws IOException {
    json.writeFieldName(field);
    if (text.isPresent()) {
      json.writeString(text.get());
    } else {
      json.writeNull();
    }
  }

  private static void write(JsonGenerator json, String field, OptionalDouble figure)
      throws IOException {
    json.writeFieldName(field);
    if (figure.isPresent()) {
      json.writeNumber(figure.getAsDouble());
    } else {
      json.writeNull();
    }
  }
}
