package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How a capture ends, and what it leaves: of its state what the next one needs, else nothing. */
@Tag("once")
class CaptureEndITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Mounts a disk of its first argument's size on the second, for a command alone. */
  private static final List<String> SMALL_DISK =
      List.of(
          "unshare",
          "-r",
          "-m",
          "sh",
          "-c",
          "size=$1 place=$2; shift 2; mount -t tmpfs -o size=\"$size\" tmpfs \"$place\" && exec \"$@\"",
          "sh");

  @TempDir private Path directory;

  private Path state;
  private Path temporary;
  private int rows;

  @BeforeEach
  void tenRows() throws Exception {
    state = directory.resolve("state");
    temporary = Files.createDirectory(directory.resolve("tmp"));
    POSTGRES.database().execute("CREATE TABLE t (id int PRIMARY KEY, body text)");
    insert(10);
  }

  @AfterEach
  void nothingIsLeftInTheTemporaryFolder() throws IOException {
    assertThat(files(temporary)).isEmpty();
  }

  @Test
  void theStateIsWhatTheNextRunNeedsAndNothingElse() throws Exception {
    for (int run = 0; run < 2; run++) {
      try (TidemarkProcess capture = capture("orderly-" + run)) {
        capture.awaitLine(row());
        insert(1);
        capture.awaitLine(row());
        assertThat(capture.stop()).as(capture.errors()).isZero();
        assertThat(capture.errors()).isEmpty();
      }
      assertOnlyNewestIsKept("savepoints/savepoint-[^/]+/_metadata");
      insert(1);
    }
    try (TidemarkProcess killed = capture("killed")) {
      killed.awaitLine(row());
      awaitCheckpoint(state);
      killed.kill();
    }
    Path torn = Files.createDirectories(state.resolve("checkpoints/" + "0".repeat(32) + "/chk-7"));
    Files.writeString(torn.resolve("half"), "written");
    insert(1);
    try (TidemarkProcess failed =
        capture("failed", "jdbc:postgresql://localhost:1/" + POSTGRES.database().name())) {
      assertThat(failed.awaitExit()).isEqualTo(1);
    }
    assertOnlyNewestIsKept("checkpoints/[^/]+/chk-\\d+/_metadata");
    try (TidemarkProcess last = capture("last")) {
      last.awaitLine(row());
      assertThat(last.stop()).as(last.errors()).isZero();
    }
    assertOnlyNewestIsKept("savepoints/savepoint-[^/]+/_metadata");
  }

  @Test
  void aStopBeforeThereIsAStateSaysSoAndWhatBecameOfTheSlot() throws Exception {
    try (TidemarkProcess capture = capture("early")) {
      Await.until(
          "its beginning", PATIENCE, () -> Files.exists(state.resolve("capture.properties")));
      assertThat(capture.stop()).as(capture.errors()).isZero();
      assertThat(capture.errors().lines())
          .satisfiesExactly(
              line ->
                  assertThat(line)
                      .isEqualTo(
                          "tidemark capture: there is no state in "
                              + state
                              + " yet, the next run starts anew."),
              line -> assertThat(line).contains("lot '" + POSTGRES.database().slot() + "'"));
    }
  }

  @Test
  void aReaderThatGoesAwayEndsItSilentlyAndTheStateStays() throws Exception {
    try (TidemarkProcess first = capture("first")) {
      first.awaitLine(row());
      assertThat(first.stop()).as(first.errors()).isZero();
    }
    List<String> head = List.of("bash", "-o", "pipefail", "-c", "\"$@\" | head -n 1", "bash");
    try (TidemarkProcess cut = capture(head, "cut", POSTGRES.database().primaryUrl())) {
      Await.until(
          "its end",
          PATIENCE,
          () -> {
            insert(1);
            return !cut.isAlive();
          });
      assertThat(cut.awaitExit()).isEqualTo(Tidemark.READER_GONE);
      assertThat(cut.errors()).isEmpty();
      assertThat(cut.lines()).hasSize(1);
    }
    try (TidemarkProcess next = capture("next")) {
      next.awaitLine(row());
      assertThat(next.stop()).as(next.errors()).isZero();
    }
  }

  @Test
  void aConnectionThatIsCutIsOneLineAndCanBeWaitedOut() throws Exception {
    TestDatabase database = POSTGRES.database();
    try (FaultProxy proxy = FaultProxy.before(POSTGRES.cluster().primary().port())) {
      try (TidemarkProcess capture = capture("cut", proxy.url(database.primaryUrl()))) {
        capture.awaitLine(row());
        awaitCheckpoint(state);
        proxy.refuse();
        proxy.inject(FaultProxy.Fault.RESET);
        assertThat(capture.awaitExit()).isEqualTo(1);
        assertThat(capture.errors().lines())
            .singleElement()
            .asString()
            .startsWith("tidemark capture: the replication stream of slot " + database.slot())
            .endsWith("; --retry DURATION tries again until this has passed");
      }
      insert(1);
      try (TidemarkProcess capture =
          capture("waits", proxy.url(database.primaryUrl()), "--retry", "2m")) {
        Await.until("its first try", PATIENCE, () -> capture.errors().contains("trying again"));
        assertThat(capture.errors().lines())
            .singleElement()
            .asString()
            .endsWith("; trying again for 2m");
        proxy.accept();
        capture.awaitLine(row());
        assertThat(capture.stop()).as(capture.errors()).isZero();
      }
    }
  }

  @Test
  void whatCannotBeWrittenIsNamedAndNothingIsHalfWritten() throws Exception {
    state = Files.createDirectory(directory.resolve("disk"));
    List<String> runner = new ArrayList<>(SMALL_DISK);
    runner.addAll(List.of("256k", state.toString()));
    assumeTrue(works(runner, "true"), "a disk can be mounted");
    try (TidemarkProcess capture = capture(runner, "full", POSTGRES.database().primaryUrl())) {
      capture.awaitLine(row());
      Path disk = Path.of("/proc/" + capture.pid() + "/root" + state);
      awaitCheckpoint(disk);
      fill(disk);
      assertThat(capture.awaitExit()).isEqualTo(1);
      assertThat(capture.errors().lines())
          .singleElement()
          .asString()
          .contains("cannot write a checkpoint to " + state.resolve("checkpoints"))
          .contains("No space left on device; free space there");
    }

    // One that is full from the beginning.
    runner.set(runner.size() - 2, "4k");
    List<String> filled = new ArrayList<>(runner);
    filled.addAll(
        List.of(
            "sh",
            "-c",
            "head -c 9999 /dev/zero > \"$0/f\" 2>&-; \"$@\"; s=$?; ls \"$0\"; exit $s"));
    filled.add(state.toString());
    try (TidemarkProcess capture = capture(filled, "begin", POSTGRES.database().primaryUrl())) {
      assertThat(capture.awaitExit()).isEqualTo(1);
      assertThat(capture.errors())
          .contains("cannot write " + state.resolve("capture.properties") + ": No space left");
      assertThat(capture.lines()).containsExactly("f", "lock");
    }
  }

  private static boolean works(List<String> runner, String command) throws Exception {
    List<String> all = new ArrayList<>(runner);
    all.add(command);
    try {
      Process process = new ProcessBuilder(all).start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // there is no such command
    }
  }

  private static void fill(Path disk) {
    try (var out = Files.newOutputStream(disk.resolve("filler"))) {
      byte[] some = new byte[4096];
      while (true) {
        out.write(some);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private TidemarkProcess capture(String name) throws IOException {
    return capture(name, POSTGRES.database().primaryUrl());
  }

  private TidemarkProcess capture(String name, String url, String... more) throws IOException {
    return capture(List.of(), name, url, more);
  }

  private TidemarkProcess capture(List<String> runner, String name, String url, String... more)
      throws IOException {
    TestDatabase database = POSTGRES.database();
    List<String> arguments = new ArrayList<>(List.of("capture", "--url", url));
    arguments.addAll(List.of("--user", database.user(), "--slot", database.slot()));
    arguments.addAll(List.of("--table", "public.*", "--state", state.toString()));
    arguments.addAll(List.of(more));
    return TidemarkProcess.start(
        runner,
        directory,
        name,
        database.password(),
        List.of("-Djava.io.tmpdir=" + temporary),
        arguments);
  }

  private void insert(int count) throws SQLException {
    rows += count;
    POSTGRES
        .database()
        .execute(
            "INSERT INTO t SELECT i, 'row-' || i || '-' FROM generate_series(%d, %d) i"
                .formatted(rows - count + 1, rows));
  }

  /** The newest. */
  private String row() {
    return "row-" + rows + "-";
  }

  private static void awaitCheckpoint(Path directory) {
    Await.until(
        "a checkpoint",
        PATIENCE,
        () -> files(directory).stream().anyMatch(file -> file.matches(".*/chk-\\d+/_metadata")));
  }

  private void assertOnlyNewestIsKept(String pattern) throws IOException {
    assertThat(files(state))
        .satisfiesExactlyInAnyOrder(
            file -> assertThat(file).isEqualTo("lock"),
            file -> assertThat(file).isEqualTo("capture.properties"),
            file -> assertThat(file).matches(pattern));
  }

  /** All below a directory, relative to it. */
  private static List<String> files(Path parent) throws IOException {
    if (!Files.exists(parent)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(parent)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> parent.relativize(file).toString())
          .toList();
    }
  }
}
