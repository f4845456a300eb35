package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {
  @TempDir Path directory;

  @Test
  void theModelIsThatOfTheFirstProcessor() throws IOException {
    String cpuinfo = "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n";

    assertThat(Machine.model(file(cpuinfo + "\n" + cpuinfo))).hasValue("AMD EPYC");
  }

  @Test
  void withoutAModelThereIsNone() throws IOException {
    assertThat(Machine.model(file("processor\t: 0\nBogoMIPS\t: 243.75\n"))).isEmpty();
    assertThat(Machine.model(directory.resolve("none"))).isEmpty();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("cpuinfo"), text);
  }
}
