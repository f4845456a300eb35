package io.tidemark.cli;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Prints each change as a line of JSON; a checkpoint holds only what was handed over. */
final class JsonLinesSink implements Sink<Change> {
  private static final long serialVersionUID = 1;

  @Override
  public SinkWriter<Change> createWriter(WriterInitContext context) {
    StandardOutput out = StandardOutput.get();
    return new SinkWriter<>() {
      private final ByteArrayOutputStream line = new ByteArrayOutputStream();

      @Override
      public void write(Change change, Context ignored) throws IOException {
        line.reset();
        ChangeJson.writeLine(change, line);
        out.print(line);
      }

      @Override
      public void flush(boolean endOfInput) throws IOException {
        out.flush();
      }

      @Override
      public void close() {}
    };
  }
}
