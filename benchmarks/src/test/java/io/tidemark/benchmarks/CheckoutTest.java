package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckoutTest {
  @TempDir Path directory;

  @Test
  void aDirectoryThatIsNoCheckoutHasNoCommit() throws Exception {
    assertThat(Checkout.commit(directory)).isEqualTo("unknown");
  }

  @Test
  void aCheckoutThatGitCannotReadHasNoCommit() throws Exception {
    Files.createDirectory(directory.resolve(".git"));

    assertThat(Checkout.commit(directory)).isEqualTo("unknown");
  }

  @Test
  void aCheckoutHasItsCommitAndWhetherFilesDiffer() throws Exception {
    git("init", "--quiet");
    Path file = Files.writeString(directory.resolve("file"), "one");
    git("add", "file");
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "-m", "one");
    assertThat(Checkout.commit(directory)).matches("[0-9a-f]{7,}");

    Files.writeString(file, "another");
    assertThat(Checkout.commit(directory)).matches("[0-9a-f]{7,}-dirty");
  }

  private void git(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = "git";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process git = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
    assertThat(git.waitFor()).isZero();
  }
}
