package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.proxy.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway with jobs of its own says of them. */
@Tag("once")
class EmbeddedGatewayITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Pattern CONTROLLER = Pattern.compile("dumps on demand on \\S*:(\\d+)");

  @TempDir private Path directory;

  private Path state;
  private Path sources;
  private Path temporary;

  @BeforeEach
  void aTable() throws Exception {
    state = directory.resolve("state");
    sources = Files.createDirectory(directory.resolve("sources"));
    temporary = Files.createDirectory(directory.resolve("tmp"));
    POSTGRES.database().execute("CREATE TABLE t (id int PRIMARY KEY)");
  }

  @Test
  void aJobThatCannotGoOnLeavesTheOthersAloneAndWhyAJobFailsIsSeen() throws Exception {
    try (FaultProxy proxy = FaultProxy.before(POSTGRES.cluster().primary().port())) {
      source("shop", proxy.url(POSTGRES.database().primaryUrl()));
      source("bank", POSTGRES.database().primaryUrl());
      Path broken = Files.createDirectories(state.resolve("jobs/bank/savepoints/savepoint-1"));
      Files.writeString(broken.resolve("_metadata"), "no savepoint");
      try (TidemarkProcess gateway = gateway("gateway")) {
        gateway.awaitLine("serving consumers");
        String problem = "cannot go on from the state in " + broken;
        awaitError(gateway, "The job of 'bank' has ended and is not started again: " + problem);
        assertThat(status(gateway, "bank")).contains("  the job failed: " + problem);

        Await.until("the other one's slot", PATIENCE, () -> slotIsActive("shop"));
        assertThat(status(gateway, "shop")).doesNotContain("failed");
        proxy.refuse();
        proxy.inject(FaultProxy.Fault.RESET);
        awaitError(
            gateway,
            "The job of 'shop' failed and is started again: the replication stream of slot ");
        proxy.accept();
        Await.until("it to go on", PATIENCE, () -> slotIsActive("shop"));
        assertThat(gateway.stop()).as(gateway.errors()).isZero();
        assertThat(gateway.errors()).doesNotContain("\tat ", "org.apache.flink");
      }
    }
    assertThat(files(state.resolve("jobs/shop")))
        .satisfiesExactlyInAnyOrder(
            file -> assertThat(file).isEqualTo("lock"),
            file -> assertThat(file).isEqualTo("capture.properties"),
            file -> assertThat(file).matches("savepoints/savepoint-[^/]+/_metadata"));
    assertThat(files(temporary)).isEmpty();
  }

  @Test
  void aGatewayWithoutAnyJobThatRunsEnds() throws Exception {
    source("bank", POSTGRES.database().primaryUrl());
    Path broken = Files.createDirectories(state.resolve("jobs/bank/savepoints/savepoint-1"));
    Files.writeString(broken.resolve("_metadata"), "no savepoint");
    try (TidemarkProcess gateway = gateway("gateway")) {
      assertThat(gateway.awaitExit()).isEqualTo(1);
      assertThat(gateway.errors())
          .contains("tidemark gateway: no job runs any more: that of 'bank' failed: cannot go on");
    }
    assertThat(files(temporary)).isEmpty();
  }

  @Test
  void whatKeepsAGatewayFromStartingIsNamed() throws Exception {
    source("shop", POSTGRES.database().primaryUrl());
    try (TidemarkProcess gateway = gateway("first", state, "--controller-port", "0")) {
      gateway.awaitLine("serving consumers");
      try (TidemarkProcess second = gateway("second", state, "--controller-port", "0")) {
        assertThat(second.awaitExit()).isEqualTo(1);
        assertThat(second.errors())
            .isEqualToIgnoringNewLines(
                "tidemark gateway: cannot open the schedules in %s: another gateway uses them; stop it, or name another --state"
                    .formatted(state));
      }
      String port = controllerPort(gateway);
      try (TidemarkProcess third =
          gateway("third", directory.resolve("other"), "--controller-port", port)) {
        assertThat(third.awaitExit()).isEqualTo(1);
        assertThat(third.errors())
            .startsWith("tidemark gateway: cannot listen on localhost/127.0.0.1:" + port)
            .contains("in use; stop what listens there, or give another --port")
            .hasLineCount(1);
      }
    }
  }

  private void source(String uri, String url) throws IOException {
    TestDatabase database = POSTGRES.database();
    Files.write(
        sources.resolve(uri + ".properties"),
        List.of(
            "url=" + url,
            "user=" + database.user(),
            "password-env=PGPASSWORD",
            "tables=public.*",
            "dump-from-primary=true",
            "slot=" + slot(uri)));
  }

  private static String slot(String uri) {
    return POSTGRES.database().slot() + "_" + uri;
  }

  private static boolean slotIsActive(String uri) throws Exception {
    return POSTGRES
            .database()
            .queryLong(
                "SELECT count(*) FROM pg_replication_slots WHERE active AND slot_name = '%s'"
                    .formatted(slot(uri)))
        == 1;
  }

  private TidemarkProcess gateway(String name) throws IOException {
    return gateway(name, state, "--embedded", "--controller-port", "0");
  }

  private TidemarkProcess gateway(String name, Path itsState, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("gateway", "--sources", sources.toString()));
    arguments.addAll(List.of("--state", itsState.toString(), "--port", "0"));
    arguments.addAll(List.of(more));
    return TidemarkProcess.start(
        directory,
        name,
        POSTGRES.database().password(),
        List.of("-Djava.io.tmpdir=" + temporary),
        arguments);
  }

  private static void awaitError(TidemarkProcess gateway, String part) {
    Await.until(
        part,
        PATIENCE,
        () -> {
          assertThat(gateway.isAlive()).as(gateway.errors()).isTrue();
          return gateway.errors().contains(part);
        });
  }

  private static String controllerPort(TidemarkProcess gateway) throws IOException {
    Matcher address = CONTROLLER.matcher(String.join("\n", gateway.lines()));
    assertThat(address.find()).isTrue();
    return address.group(1);
  }

  private String status(TidemarkProcess gateway, String uri) throws Exception {
    try (TidemarkProcess status =
        TidemarkProcess.start(
            directory,
            "status-" + uri,
            "",
            List.of(
                "dump",
                "status",
                "--uri",
                uri,
                "--controller",
                "localhost:" + controllerPort(gateway)))) {
      assertThat(status.awaitExit()).as(status.errors()).isZero();
      return String.join("\n", status.lines());
    }
  }

  /** All below a directory, relative to it. */
  private static List<String> files(Path parent) throws IOException {
    try (Stream<Path> files = Files.walk(parent)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> parent.relativize(file).toString())
          .toList();
    }
  }
}
