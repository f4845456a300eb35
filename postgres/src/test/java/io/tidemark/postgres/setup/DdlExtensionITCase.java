package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidemark.postgres.setup.DdlOptions.Means;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the files of the extension on the server: from 18 on they may lie anywhere. */
class DdlExtensionITCase {
  private static final int MAJOR = Integer.getInteger("tidemark.postgres.major", 18);
  private static final DdlOptions PLAIN =
      new DdlOptions(Means.ANY, Optional.empty(), Optional.empty());

  private static final String MEMBERS =
      """
      SELECT string_agg(pg_describe_object(classid, objid, objsubid), ', '
               ORDER BY pg_describe_object(classid, objid, objsubid))
        FROM pg_depend
       WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tidemark')
      """;

  @TempDir private static Path directory;
  private static PostgresCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    assumeTrue(MAJOR >= 18, "extension_control_path is of 18");
    Path extension = Files.createDirectories(directory.resolve("share/extension"));
    for (String name : List.of("tidemark.control", "tidemark--1.0.sql")) {
      Files.copy(Path.of("../pg-extension", name), extension.resolve(name));
    }
    cluster =
        PostgresCluster.builder()
            .major(MAJOR)
            .setting("extension_control_path", directory.resolve("share") + ":$system")
            .start();
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void filesOnTheServerAreUsed() throws SQLException {
    try (TestDatabase database = TestDatabase.create(cluster);
        Connection connection = database.connect()) {
      assertThat(DdlSetup.install(connection, PLAIN))
          .containsExactly(
              "installed tidemark 1.0 in database '%s' as an extension".formatted(database.name()));
      assertThat(DdlSetup.install(connection, PLAIN))
          .singleElement()
          .asString()
          .endsWith("has it already: tidemark 1.0, installed as an extension");
      assertThat(DdlCheck.check(connection, Optional.empty()).findings()).isEmpty();
      assertThat(CapturedDdl.of(database, "CREATE TABLE public.t (id int)")).hasSize(1);

      database.execute(
          "DROP SCHEMA IF EXISTS nothing",
          "ALTER EXTENSION tidemark DROP EVENT TRIGGER \" tidemark 2 end\"",
          "DROP EVENT TRIGGER \" tidemark 2 end\"");
      List<DdlFinding> findings = DdlCheck.check(connection, Optional.empty()).findings();
      assertThat(findings).hasSize(1);
      database.execute(findings.get(0).sql().toArray(String[]::new));
      assertThat(DdlCheck.check(connection, Optional.empty()).findings()).isEmpty();
      assertThat(
              database.query(
                  "SELECT count(*) FROM pg_depend d JOIN pg_event_trigger e ON e.oid = d.objid"
                      + " AND d.classid = 'pg_event_trigger'::regclass WHERE d.deptype = 'e'"))
          .isEqualTo("6");

      assertThat(DdlRemoval.remove(connection))
          .containsExactly(
              "removed tidemark 1.0, installed as an extension, from database '%s'"
                  .formatted(database.name()),
              "dropped role 'tidemark_ddl'");
      assertThat(database.query("SELECT to_regnamespace('tidemark')")).isNull();
      database.execute("DROP TABLE public.t");
    }
  }

  /**
   * What belongs to no extension pg_dump dumps beside it, where a restore finds it made already.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER EXTENSION tidemark DROP FUNCTION tidemark.running_statement();"
            + " DROP FUNCTION tidemark.running_statement()",
        "ALTER EXTENSION tidemark DROP FUNCTION tidemark.emit(jsonb);"
            + " DROP FUNCTION tidemark.emit(jsonb)",
        "ALTER EXTENSION tidemark DROP MATERIALIZED VIEW tidemark.signing_key;"
            + " DROP MATERIALIZED VIEW tidemark.signing_key",
        "ALTER EXTENSION tidemark DROP MATERIALIZED VIEW tidemark.signing_key;"
            + " DROP MATERIALIZED VIEW tidemark.signing_key;"
            + " CREATE MATERIALIZED VIEW tidemark.signing_key AS SELECT 'abc'::bytea AS key;"
            + " ALTER MATERIALIZED VIEW tidemark.signing_key OWNER TO tidemark_ddl;"
            + " ALTER EXTENSION tidemark ADD MATERIALIZED VIEW tidemark.signing_key",
        "ALTER EXTENSION tidemark DROP FUNCTION tidemark.running_statement()",
        "ALTER EXTENSION tidemark DROP FUNCTION tidemark.emit(jsonb)",
        "ALTER EXTENSION tidemark DROP MATERIALIZED VIEW tidemark.tally",
        "ALTER EXTENSION tidemark DROP EVENT TRIGGER \" tidemark 1 drop\"",
        "ALTER EXTENSION tidemark DROP EVENT TRIGGER \" tidemark 1 drop\";"
            + " DROP EVENT TRIGGER \" tidemark 1 drop\"",
      })
  void whatIsMendedBelongsToTheExtensionAgain(String broken) throws SQLException {
    try (TestDatabase database = TestDatabase.create(cluster);
        Connection connection = database.connect()) {
      DdlSetup.install(connection, PLAIN);
      String members = database.query(MEMBERS);
      database.execute(broken);

      List<DdlFinding> findings = DdlCheck.check(connection, Optional.empty()).findings();
      assertThat(findings).hasSize(1);
      database.execute(findings.get(0).sql().toArray(String[]::new));
      assertThat(DdlCheck.check(connection, Optional.empty()).findings()).isEmpty();
      assertThat(database.query(MEMBERS)).isEqualTo(members);
      DdlRemoval.remove(connection);
    }
  }

  @Test
  void aScriptIsUsedWhereItIsAskedFor() throws SQLException {
    try (TestDatabase database = TestDatabase.create(cluster);
        Connection connection = database.connect()) {
      DdlOptions script = new DdlOptions(Means.SCRIPT, Optional.of(true), Optional.empty());
      assertThat(DdlSetup.install(connection, script)).anyMatch(line -> line.endsWith("by script"));
      assertThat(DdlCheck.check(connection, Optional.empty()).installed())
          .contains(new InstalledDdl(Optional.of("1.0"), false, true));
      DdlRemoval.remove(connection);
    }
  }
}
