package io.tidemark.testkit;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** Examples of the README's, for tests that compile and run them. */
public final class ReadmeExample {
  private ReadmeExample() {}

  /**
   * The Java code of an example.
   *
   * @param marker how the comment before it begins
   * @throws IllegalStateException if there is none
   */
  public static String code(String marker) throws IOException {
    Pattern example =
        Pattern.compile(
            "<!-- %s[^>]*-->\\s*```java\\n(.*?)```".formatted(Pattern.quote(marker)),
            Pattern.DOTALL);
    Matcher found = example.matcher(Files.readString(readme()));
    if (!found.find()) {
      throw new IllegalStateException("the README has no example '" + marker + "'");
    }
    return found.group(1);
  }

  /** That of the checkout which the test's module lies in, however deep. */
  private static Path readme() {
    Path module = Path.of("").toAbsolutePath();
    for (Path directory = module; directory != null; directory = directory.getParent()) {
      if (Files.isRegularFile(directory.resolve("README.md"))) {
        return directory.resolve("README.md");
      }
    }
    throw new IllegalStateException("no directory above " + module + " has a README.md");
  }

  /**
   * Compiles a class {@code Example} against the classpath of this JVM.
   *
   * @param source its source
   * @param directory where to put it
   * @return what loads it, to be closed
   * @throws IllegalStateException if it does not compile; standard error says why
   */
  public static URLClassLoader compile(String source, Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("Example.java"), source);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                directory.toString(),
                file.toString());
    if (status != 0) {
      throw new IllegalStateException("the compiler refuses " + file + ": status " + status);
    }
    return new URLClassLoader(new URL[] {directory.toUri().toURL()});
  }
}
