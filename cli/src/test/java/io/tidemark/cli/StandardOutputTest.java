package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.testkit.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
  @Test
  void linesAppearSoonThoughNobodyFlushes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StandardOutput out = new StandardOutput(bytes);

    out.print(line("one"));
    Await.until(
        "the line",
        Duration.ofSeconds(10),
        () -> bytes.toString(StandardCharsets.UTF_8).equals("one\n"));
    out.print(line("two"));
    Await.until(
        "the line",
        Duration.ofSeconds(10),
        () -> bytes.toString(StandardCharsets.UTF_8).equals("one\ntwo\n"));
  }

  @Test
  void aClosedOutputIsAnError() throws IOException {
    StandardOutput out =
        new StandardOutput(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
              }
            });

    out.print(line("one"));

    assertThatThrownBy(out::flush).hasMessage("Broken pipe");
  }

  private static ByteArrayOutputStream line(String text) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
    return line;
  }
}
