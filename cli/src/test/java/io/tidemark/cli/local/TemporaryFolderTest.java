package io.tidemark.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {
  @TempDir private Path parent;

  /** Another process that makes a folder, and ends without a chance to delete it. */
  static final class Killed {
    private Killed() {}

    public static void main(String[] arguments) throws IOException {
      System.out.println(TemporaryFolder.make(Path.of(arguments[0])).folder());
      Runtime.getRuntime().halt(1);
    }
  }

  private Path makeByAnother() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Killed.class.getName(),
                    parent.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return Path.of(said);
  }

  @Test
  void whatAKilledProcessLeftIsDeletedByTheNextAndWhatOneThatLivesHasIsNot() throws Exception {
    TemporaryFolder living = TemporaryFolder.make(parent);
    Path killed = makeByAnother();
    assertThat(living.folder()).as("of a process that lives").exists();
    assertThat(killed).exists();
    makeByAnother();
    assertThat(living.folder()).exists();
    assertThat(killed).as("of one that was killed").doesNotExist();
    living.delete();
    assertThat(living.folder()).doesNotExist();
    assertThat(Files.exists(parent)).isTrue();
  }
}
