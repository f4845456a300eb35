package io.tidemark.postgres;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who uses values and decoding alone gets no driver, so nothing there may ask for one. */
class ValuesWithoutDriverTest {
  private static final List<String> FOREIGN =
      List.of("org/postgresql/", "org/slf4j/", "io/tidemark/postgres/connection/");

  @ParameterizedTest
  @ValueSource(strings = {"", "change", "types", "row", "pgoutput"})
  void neitherDriverNorLoggerIsNamed(String name) throws Exception {
    assertThat(classes(name))
        .isNotEmpty()
        .allSatisfy(file -> assertThat(named(file)).as("%s", file).isEmpty());
  }

  @Test
  void theDriverIsNamedWhereServersAreTalkedTo() throws Exception {
    assertThat(classes("stream")).anySatisfy(file -> assertThat(named(file)).isNotEmpty());
  }

  /** What is foreign in the file's constants: class names are ASCII there. */
  private static List<String> named(Path file) throws IOException {
    String constants = new String(Files.readAllBytes(file), ISO_8859_1);
    return FOREIGN.stream().filter(constants::contains).toList();
  }

  private static List<Path> classes(String name) throws Exception {
    Path root = Path.of(Tuple.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.list(root.resolve("io/tidemark/postgres").resolve(name))) {
      return files.filter(file -> file.toString().endsWith(".class")).toList();
    }
  }
}
