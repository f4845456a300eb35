package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.source.settings.SettingsException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedJobsTest {
  private static final InetSocketAddress GATEWAY =
      InetSocketAddress.createUnresolved("localhost", 1);

  @TempDir private Path directory;

  private AbstractThrowableAssert<?, ? extends Throwable> assertWrong() {
    return assertThatThrownBy(
            () ->
                EmbeddedJobs.start(
                    directory, directory.resolve("state"), GATEWAY, (uri, problem) -> {}))
        .isInstanceOf(SettingsException.class);
  }

  private Path source(String name, String settings) throws Exception {
    return Files.writeString(directory.resolve(name + ".properties"), settings);
  }

  @Test
  void allThatIsWrongWithTheSourcesIsToldAtOnceAsSettings() throws Exception {
    Path bank =
        source("bank", "url=jdbc:postgresql:bank\ntables=t\ndump-from-primary=true\nslto=s");
    Path shop = source("shop", "url=jdbc:postgresql:shop\nlanes=4\ndump-from-primary=true");
    Path torn = source("torn", "url=\\u00");
    assertWrong()
        .hasMessageStartingWith("the gateway's jobs cannot be configured so:\n  - ")
        .hasMessageContaining("  - " + bank + ": no option is called slto; there are url, ")
        .hasMessageContaining("  - " + shop + ": lanes is '4'")
        .hasMessageContaining("  - " + shop + ": tables is missing")
        .hasMessageContaining("  - the source 'torn' cannot be read from " + torn + ": ");
  }

  @Test
  void aDirectoryWithoutSourcesIsAWrongSetting() {
    assertWrong().hasMessageContaining("there is no source in " + directory);
  }
}
