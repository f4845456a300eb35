package io.tidemark.gateway.resolver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceResolverTest {
  @TempDir private Path directory;

  private Path write(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  @Test
  void aFileIsASourceAsSoonAsItIsThere() throws IOException {
    SourceResolver resolver = new FileSourceResolver(directory);
    assertThat(resolver.resolve("orders.v2")).isEmpty();
    Path file =
        write(
            "orders.v2.properties",
            "url = jdbc:postgresql://primary/shop\n# who\nuser: grüße\nempty=\n");
    assertThat(resolver.resolve("orders.v2"))
        .contains(Map.of("url", "jdbc:postgresql://primary/shop", "user", "grüße", "empty", ""));
    Files.delete(file);
    assertThat(resolver.resolve("orders.v2")).isEmpty();
  }

  @Test
  void noNameLeadsOutOfTheDirectory() throws IOException {
    Path inner = Files.createDirectory(directory.resolve("sources"));
    write("secret.properties", "password=x");
    Files.createDirectory(inner.resolve("sub"));
    Files.writeString(inner.resolve(".properties"), "a=b");
    SourceResolver resolver = new FileSourceResolver(inner);
    for (String name :
        new String[] {"../secret", "sub/../../secret", "..", ".", "", "a\0b", "a/b", "a\\b", "ä"}) {
      assertThat(resolver.resolve(name)).as(name).isEmpty();
    }
    assertThat(resolver.resolve("x".repeat(201))).isEmpty();
  }

  @Test
  void aFileThatCannotBeReadIsNamedWithoutItsContent() throws IOException {
    Path file = write("orders.properties", "password=s3cret\\u00zz");
    SourceResolver resolver = new FileSourceResolver(directory);
    assertThatThrownBy(() -> resolver.resolve("orders"))
        .isInstanceOf(IOException.class)
        .hasMessage("the source 'orders' cannot be read from " + file);
    Files.createDirectory(directory.resolve("folder.properties"));
    assertThatThrownBy(() -> resolver.resolve("folder")).isInstanceOf(IOException.class);
  }

  @Test
  void aDirectoryThatIsNoneIsRefused() {
    assertThatThrownBy(() -> new FileSourceResolver(directory.resolve("none")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + directory.resolve("none") + "' is not a directory");
  }
}
