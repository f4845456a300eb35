package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.ReadmeExample;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example in the package's documentation compiles as it stands. */
class PackageExampleTest {
  private static final Path FILE =
      Path.of(System.getProperty("basedir", "."))
          .resolve("src/main/java/io/tidemark/source/package-info.java");

  @Test
  void theExampleCompiles(@TempDir Path directory) throws Exception {
    String text = Files.readString(FILE);
    String begin = "<pre>{@code\n";
    int first = text.indexOf(begin) + begin.length();
    String code = text.substring(first, text.indexOf("}</pre>")).replaceAll("(?m)^ \\* ?", "");
    String source =
        """
        import io.tidemark.postgres.change.Change;
        import io.tidemark.postgres.connection.Password;
        import io.tidemark.source.PostgresCapture;
        import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

        public class Example {
          public static void main(String[] arguments) throws Exception {
            %s
          }
        }
        """
            .formatted(code);
    try (URLClassLoader loader = ReadmeExample.compile(source, directory)) {
      assertThat(loader.loadClass("Example")).hasDeclaredMethods("main");
    }
  }
}
