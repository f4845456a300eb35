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
    StandardOutput out = new StandardOutput(bytes, () -> false);

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
  void aReaderThatIsGoneIsAnErrorOfItsOwnAndAFullDiskSaysWhatFailed() throws IOException {
    StandardOutput pipe = new StandardOutput(failing("Broken pipe"), () -> true);
    pipe.print(line("one"));
    assertThatThrownBy(pipe::flush).isInstanceOf(ReaderGoneException.class);

    StandardOutput file = new StandardOutput(failing("No space left on device"), () -> false);
    file.print(line("one"));
    assertThatThrownBy(file::flush)
        .isNotInstanceOf(ReaderGoneException.class)
        .hasMessage("cannot write to standard output: No space left on device");
  }

  private static OutputStream failing(String message) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(message);
      }
    };
  }

  private static ByteArrayOutputStream line(String text) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
    return line;
  }
}
