package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each problem is made, seen, mended by the statements that its finding has, and gone. */
class DdlCheckITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  private static final String OTHER =
      "CREATE FUNCTION public.other() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'";

  private TestDatabase database;

  @BeforeEach
  void install() throws SQLException {
    database = POSTGRES.database();
    try (Connection connection = database.connect()) {
      DdlSetup.install(
          connection, new DdlOptions(DdlOptions.Means.SCRIPT, Optional.empty(), Optional.empty()));
    }
  }

  @Test
  void nothingIsWrongWithWhatIsInstalled() throws SQLException {
    assertThat(check(Optional.empty())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource
  void whatIsWrongIsSeenAndMended(String what, List<String> made) throws SQLException {
    database.execute(made.toArray(String[]::new));

    List<DdlFinding> findings = check(Optional.empty());
    assertThat(findings).singleElement().extracting(DdlFinding::what).asString().contains(what);
    assertThat(asCaptureRole()).extracting(DdlFinding::what).anyMatch(each -> each.contains(what));

    database.execute(findings.get(0).sql().toArray(String[]::new));
    assertThat(check(Optional.empty())).isEmpty();
    assertThat(CapturedDdl.of(database, "CREATE TABLE public.t (id int)"))
        .singleElement()
        .asString()
        .contains("CREATE TABLE public.t (id int)");
  }

  static Stream<Arguments> whatIsWrongIsSeenAndMended() {
    return Stream.of(
        problem(
            "\" tidemark 2 end\" is disabled", "ALTER EVENT TRIGGER \" tidemark 2 end\" DISABLE"),
        problem("is not enabled always", "ALTER EVENT TRIGGER \" tidemark 1 drop\" ENABLE"),
        problem(
            "replica alone: others' statements are lost",
            "ALTER EVENT TRIGGER \" tidemark 2 rewrite\" ENABLE REPLICA"),
        problem(
            "event trigger \" tidemark 2 drop\" is missing",
            "DROP EVENT TRIGGER \" tidemark 2 drop\""),
        problem(
            "event trigger \" tidemark 2 end\" is not that",
            "DROP EVENT TRIGGER \" tidemark 2 end\"",
            "CREATE EVENT TRIGGER \" tidemark 2 end\" ON ddl_command_end WHEN TAG IN ('DROP TABLE')"
                + " EXECUTE FUNCTION tidemark.capture()",
            "ALTER EVENT TRIGGER \" tidemark 2 end\" ENABLE ALWAYS"),
        problem(
            "event trigger \"  first\" comes before \" tidemark 2 end\"",
            OTHER,
            "CREATE EVENT TRIGGER \"  first\" ON ddl_command_end EXECUTE FUNCTION public.other()"),
        problem(
            "function tidemark.is_secret is not that",
            "CREATE OR REPLACE FUNCTION tidemark.is_secret(tag text) RETURNS boolean LANGUAGE sql"
                + " IMMUTABLE SET search_path = pg_catalog, pg_temp AS 'SELECT false'"),
        problem(
            "function tidemark.is_strict is not that",
            "CREATE OR REPLACE FUNCTION tidemark.is_strict() RETURNS boolean LANGUAGE sql"
                + " IMMUTABLE AS 'SELECT random() > 0.5'"),
        problem(
            "function tidemark.capture is not that",
            "ALTER FUNCTION tidemark.capture() SECURITY INVOKER"),
        problem(
            "function tidemark.capture is not that",
            "ALTER FUNCTION tidemark.capture() SET search_path = public"),
        problem(
            "function tidemark.statement_at is missing",
            "DROP FUNCTION tidemark.statement_at(text, integer)"),
        problem(
            "function tidemark.running_statement is missing",
            "DROP FUNCTION tidemark.running_statement()"),
        problem(
            "function tidemark.running_statement is not that",
            "CREATE OR REPLACE FUNCTION tidemark.running_statement() RETURNS text LANGUAGE sql"
                + " STABLE AS 'SELECT pg_catalog.current_query()'"),
        problem(
            "function tidemark.emit is owned by 'postgres'",
            "ALTER FUNCTION tidemark.emit(jsonb) OWNER TO postgres"),
        problem(
            "everyone may call function tidemark.emit",
            "GRANT EXECUTE ON FUNCTION tidemark.emit(jsonb) TO PUBLIC"),
        problem("everyone may use schema tidemark", "GRANT USAGE ON SCHEMA tidemark TO PUBLIC"),
        problem(
            "'tidemark_ddl' may not use schema tidemark",
            "REVOKE ALL ON SCHEMA tidemark FROM tidemark_ddl"),
        problem("may more than it is to", "ALTER ROLE tidemark_ddl LOGIN"),
        problem("may more than it is to", "ALTER ROLE tidemark_ddl SUPERUSER"),
        problem(
            "tidemark.signing_key has not been populated",
            "REFRESH MATERIALIZED VIEW tidemark.signing_key WITH NO DATA"),
        problem(
            "everyone may read tidemark.signing_key, and so forge",
            "GRANT SELECT ON tidemark.signing_key TO PUBLIC"),
        problem(
            "tidemark.signing_key is owned by 'postgres'",
            "ALTER MATERIALIZED VIEW tidemark.signing_key OWNER TO postgres"),
        problem("tidemark.signing_key is missing", "DROP MATERIALIZED VIEW tidemark.signing_key"),
        problem("tidemark.tally is missing", "DROP MATERIALIZED VIEW tidemark.tally"),
        problem(
            "tidemark.tally has not been populated",
            "REFRESH MATERIALIZED VIEW tidemark.tally WITH NO DATA"),
        problem(
            "is no materialized view",
            "DROP MATERIALIZED VIEW tidemark.signing_key",
            "CREATE TABLE tidemark.signing_key (key bytea)"),
        problem("nothing tells the version", "COMMENT ON SCHEMA tidemark IS 'do not touch'"));
  }

  private static Arguments problem(String what, String... made) {
    return arguments(what, List.of(made));
  }

  @Test
  void aKeyThatIsNoneIsSeenByWhoMayReadIt() throws SQLException {
    database.execute(
        "DROP MATERIALIZED VIEW tidemark.signing_key",
        "CREATE MATERIALIZED VIEW tidemark.signing_key AS SELECT 'abc'::bytea AS key",
        "ALTER MATERIALIZED VIEW tidemark.signing_key OWNER TO tidemark_ddl");
    seenAndMended("is not one key of 32 bytes");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP MATERIALIZED VIEW tidemark.signing_key",
        "DROP MATERIALIZED VIEW tidemark.signing_key;"
            + " CREATE MATERIALIZED VIEW tidemark.signing_key AS SELECT 'abc'::bytea AS key;"
            + " ALTER MATERIALIZED VIEW tidemark.signing_key OWNER TO tidemark_ddl",
        "DROP MATERIALIZED VIEW tidemark.signing_key;"
            + " CREATE MATERIALIZED VIEW tidemark.signing_key AS SELECT 1 AS other;"
            + " ALTER MATERIALIZED VIEW tidemark.signing_key OWNER TO tidemark_ddl",
        "DROP MATERIALIZED VIEW tidemark.signing_key;"
            + " CREATE VIEW tidemark.signing_key AS SELECT 1 AS key;"
            + " GRANT SELECT ON tidemark.signing_key TO PUBLIC"
      })
  void whatMakesTheKeyAnewLetsTheCaptureReadIt(String made) throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    database.execute(made);

    List<DdlFinding> findings = check(Optional.of(role.name()));
    assertThat(findings).hasSize(2);
    mend(findings);
    assertThat(check(Optional.of(role.name()))).isEmpty();
    assertThat(as(role)).isEmpty();
  }

  @Test
  void aRoleThatIsNotThereIsToldWithTheRest() throws SQLException {
    database.execute("ALTER EVENT TRIGGER \" tidemark 2 end\" DISABLE");
    assertThat(check(Optional.of("nobody's")))
        .hasSize(2)
        .extracting(DdlFinding::what)
        .contains("there is no role 'nobody's'");
  }

  @Test
  void aRoleOfACaptureIsToReadTheKey() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    String what = "role '%s' may not read the key".formatted(role.name());

    List<DdlFinding> findings = check(Optional.of(role.name()));
    assertThat(findings).singleElement().extracting(DdlFinding::what).asString().contains(what);
    assertThat(as(role)).extracting(DdlFinding::what).anyMatch(each -> each.contains(what));
    assertThat(findings.get(0).sql()).hasSize(2);
    database.execute(findings.get(0).sql().toArray(String[]::new));
    assertThat(check(Optional.of(role.name()))).isEmpty();
    assertThat(as(role)).isEmpty();
  }

  @Test
  void sessionsThatPreloadAMissingLibraryAreTold() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    database.execute(
        "ALTER ROLE %s IN DATABASE %s SET session_preload_libraries = 'auto_explain', '$libdir/tidemark'"
            .formatted(role.name(), database.name()));
    seenAndMended(
        "the server does not have the library that session_preload_libraries of role '%s' in database '%s' names"
            .formatted(role.name(), database.name()));
    assertThat(
            database.query(
                "SELECT setconfig::text FROM pg_db_role_setting WHERE setrole = '%s'::regrole"
                    .formatted(role.name())))
        .contains("auto_explain")
        .doesNotContain("tidemark");

    database.execute(
        "ALTER ROLE %s SET session_preload_libraries = 'tidemark'".formatted(role.name()));
    seenAndMended("of role '%s' in all databases names".formatted(role.name()));
  }

  @Test
  void aLibraryThatIsCalledAndIsNotThereIsTold() throws SQLException {
    database.execute(
        "UPDATE pg_proc SET probin = '$libdir/tidemark', prosrc = 'tidemark_running_statement',"
            + " prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')"
            + " WHERE proname = 'running_statement'");
    seenAndMended("the server does not have the library that tidemark.running_statement() is of");
  }

  @Test
  void eventTriggersThatAreOffAreTold() throws SQLException {
    assumeTrue(database.queryLong("SHOW server_version_num") >= 170000);
    TestDatabase.Role role = database.createCaptureRole();
    database.execute("ALTER DATABASE %s SET event_triggers = off".formatted(database.name()));
    seenAndMended("event_triggers is off for DATABASE \"%s\"".formatted(database.name()));
    database.execute("ALTER ROLE %s SET event_triggers = 'false'".formatted(role.name()));
    seenAndMended("event_triggers is off for ROLE \"%s\"".formatted(role.name()));
    database.execute("ALTER SYSTEM SET event_triggers = off", "SELECT pg_reload_conf()");
    seenAndMended("event_triggers is off for the server");
  }

  @Test
  void allThatIsWrongIsToldAtOnce() throws SQLException {
    database.execute(
        "DROP EVENT TRIGGER \" tidemark 1 end\"",
        "ALTER EVENT TRIGGER \" tidemark 2 end\" DISABLE",
        "REFRESH MATERIALIZED VIEW tidemark.signing_key WITH NO DATA",
        "DROP FUNCTION tidemark.emit(jsonb)");
    List<DdlFinding> findings = check(Optional.empty());
    assertThat(findings).hasSize(4);
    mend(findings);
    assertThat(check(Optional.empty())).isEmpty();
  }

  @Test
  void whatIsWrongBesideAnotherVersionIsToldToo() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    database.execute(
        "COMMENT ON SCHEMA tidemark IS 'tidemark 0.9'",
        "ALTER ROLE %s SET session_preload_libraries = 'tidemark'".formatted(role.name()));
    assertThat(check(Optional.of(role.name())))
        .extracting(DdlFinding::what)
        .satisfiesExactly(
            what -> assertThat(what).contains("version 0.9 is older"),
            what -> assertThat(what).contains("may not read the key"),
            what -> assertThat(what).contains("the server does not have the library"));
  }

  @Test
  void anothersSchemaIsToldWithTheRest() throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    try (Connection connection = database.connect()) {
      DdlRemoval.remove(connection);
    }
    database.execute(
        "CREATE SCHEMA tidemark",
        "ALTER ROLE %s SET session_preload_libraries = 'tidemark'".formatted(role.name()));
    assertThat(check(Optional.empty()))
        .extracting(DdlFinding::what)
        .satisfiesExactly(
            what -> assertThat(what).contains("a schema 'tidemark' that is not that of"),
            what -> assertThat(what).contains("the server does not have the library"));
  }

  private void mend(List<DdlFinding> findings) throws SQLException {
    for (DdlFinding finding : findings) {
      database.execute(finding.sql().toArray(String[]::new));
    }
  }

  @Test
  void otherVersionsAreToldApart() throws SQLException {
    database.execute("COMMENT ON SCHEMA tidemark IS 'tidemark 0.9'");
    assertThat(check(Optional.empty()))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.what()).isEqualTo("version 0.9 is older than this program's 1.0");
              assertThat(finding.todo()).isEqualTo("./tidemark ddl install");
            });
    database.execute("COMMENT ON SCHEMA tidemark IS 'tidemark 1.10'");
    assertThat(check(Optional.empty()))
        .singleElement()
        .extracting(DdlFinding::what)
        .asString()
        .startsWith("version 1.10 is newer than this program's 1.0");
  }

  @Test
  void aDatabaseWithoutItIsToldSo() throws SQLException {
    try (Connection connection = database.connect()) {
      DdlRemoval.remove(connection);
    }
    assertThat(check(Optional.empty()))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.what()).contains("does not have it");
              assertThat(finding.todo()).isEqualTo("./tidemark ddl install");
            });
  }

  private void seenAndMended(String what) throws SQLException {
    List<DdlFinding> findings = check(Optional.empty());
    assertThat(findings).singleElement().extracting(DdlFinding::what).asString().contains(what);
    database.execute(findings.get(0).sql().toArray(String[]::new));
    assertThat(check(Optional.empty())).isEmpty();
  }

  private List<DdlFinding> check(Optional<String> reader) throws SQLException {
    try (Connection connection = database.connect()) {
      return DdlCheck.check(connection, reader).findings();
    }
  }

  private List<DdlFinding> asCaptureRole() throws SQLException {
    return as(database.createCaptureRole());
  }

  private List<DdlFinding> as(TestDatabase.Role role) throws SQLException {
    try (Connection connection =
        DriverManager.getConnection(database.primaryUrl(), role.name(), role.password())) {
      return DdlCheck.check(connection, Optional.empty()).findings();
    }
  }
}
