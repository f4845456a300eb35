package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Tag("once")
class CaptureCommandITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private static final Pattern BODY = Pattern.compile("row-(\\d+)-");

  @TempDir private Path directory;

  @BeforeEach
  void tenRows() throws SQLException {
    POSTGRES.database().execute("CREATE TABLE t (id int PRIMARY KEY, body text)");
    insert(1, 10);
  }

  @Test
  void itGoesOnWhereItWasAndPrintsNothingTwice() throws Exception {
    List<String> lines = new ArrayList<>();
    try (TidemarkProcess first = capture("first")) {
      first.awaitLine("row-10-");
      insert(11, 20);
      first.awaitLine("row-20-");
      assertThat(first.stop()).as(first.errors()).isZero();
      lines.addAll(first.lines());
    }
    insert(21, 30);
    try (TidemarkProcess second = capture("second")) {
      second.awaitLine("row-30-");
      insert(31, 40);
      second.awaitLine("row-40-");
      assertThat(second.stop()).as(second.errors()).isZero();
      lines.addAll(second.lines());
    }

    assertThat(bodies(lines))
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 40).boxed().toList());
    assertThat(lines).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
  }

  @Test
  void aSlotThatIsGoneIsTheMessageWhateverElseFailsWithIt() throws Exception {
    TestDatabase database = POSTGRES.database();
    try (TidemarkProcess first = capture("first")) {
      first.awaitLine("row-10-");
      assertThat(first.stop()).as(first.errors()).isZero();
    }
    database.execute("SELECT pg_drop_replication_slot('" + database.slot() + "')");
    try (TidemarkProcess second = capture("second")) {
      assertThat(second.awaitExit()).isEqualTo(1);
      assertThat(second.errors())
          .contains("slot '" + database.slot() + "' does not exist; if it was dropped");
    }
  }

  @Test
  void aTableThatIsRenamedToOneThatIsNotCapturedIsToldToBeGone() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute("CREATE SCHEMA elsewhere");
    try (TidemarkProcess first = capture("first")) {
      first.awaitLine("row-10-");
      assertThat(first.stop()).as(first.errors()).isZero();
    }
    database.execute(
        "ALTER TABLE t SET SCHEMA elsewhere", "INSERT INTO elsewhere.t VALUES (11, 'row-11-')");
    try (TidemarkProcess second = capture("second")) {
      second.awaitLine("\"after\":null");
      assertThat(second.stop()).as(second.errors()).isZero();
      assertThat(second.lines()).noneMatch(line -> line.contains("row-11-"));
      assertThat(second.errors()).contains("Table public.t is captured no more");
    }
  }

  @Test
  void aWrongPasswordIsOneMessageAndStatus1() throws Exception {
    TestDatabase database = POSTGRES.database();
    try (TidemarkProcess capture =
        TidemarkProcess.start(directory, "wrong", "wrong", arguments(database))) {
      assertThat(capture.awaitExit()).isEqualTo(1);
      assertThat(capture.errors())
          .contains("tidemark capture: ", "password")
          .doesNotContain("\tat ");
      assertThat(capture.lines()).isEmpty();
    }
  }

  private TidemarkProcess capture(String name) throws IOException {
    TestDatabase database = POSTGRES.database();
    return TidemarkProcess.start(directory, name, database.password(), arguments(database));
  }

  private List<String> arguments(TestDatabase database) {
    return List.of(
        "capture",
        "--url",
        database.primaryUrl(),
        "--user",
        database.user(),
        "--replica",
        database.standbyUrl(0),
        "--table",
        "public.*",
        "--slot",
        database.slot(),
        "--state",
        directory.resolve("state").toString());
  }

  private static void insert(int from, int to) throws SQLException {
    POSTGRES
        .database()
        .execute(
            "INSERT INTO t SELECT i, 'row-' || i || '-' FROM generate_series(%d, %d) i"
                .formatted(from, to));
  }

  private static List<Integer> bodies(List<String> lines) {
    List<Integer> bodies = new ArrayList<>();
    for (String line : lines) {
      Matcher matcher = BODY.matcher(line);
      while (matcher.find()) {
        bodies.add(Integer.valueOf(matcher.group(1)));
      }
    }
    return bodies;
  }
}
