package io.tidemark.postgres.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.setup.DdlOptions.Means;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DdlSetupITCase {
  @RegisterExtension static final PostgresExtension POSTGRES = PostgresExtension.builder().build();

  private static final DdlOptions PLAIN =
      new DdlOptions(Means.ANY, Optional.empty(), Optional.empty());
  private static final String KEY = "SELECT encode(key, 'hex') FROM tidemark.signing_key";

  @Test
  void twiceIsAsOnce(TestDatabase database) throws SQLException {
    assertThat(install(database, PLAIN))
        .containsExactly(
            "installed tidemark 1.0 in database '%s' by script".formatted(database.name()));
    String key = database.query(KEY);

    assertThat(install(database, PLAIN))
        .containsExactly(
            "database '%s' has it already: tidemark 1.0, installed by script"
                .formatted(database.name()));
    assertThat(database.query(KEY)).isEqualTo(key);
    assertThat(CapturedDdl.of(database, "CREATE TABLE public.t (id int)")).hasSize(1);
  }

  @Test
  void whatIsWrongIsNotMendedUnasked(TestDatabase database) throws SQLException {
    install(database, PLAIN);
    database.execute("ALTER EVENT TRIGGER \" tidemark 2 end\" DISABLE");
    install(database, PLAIN);
    assertThat(CapturedDdl.of(database, "CREATE TABLE public.t (id int)")).isEmpty();
  }

  @Test
  void nothingIsLeftOfAnInstallationThatFails(TestDatabase database) throws SQLException {
    DdlOptions options = new DdlOptions(Means.ANY, Optional.empty(), Optional.of("nobody's"));
    assertThatThrownBy(() -> install(database, options))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("there is no role 'nobody's'");
    assertThat(database.queryLong("SELECT count(*) FROM pg_event_trigger")).isZero();
    assertThat(database.query("SELECT to_regnamespace('tidemark')")).isNull();
  }

  @Test
  void onceStrictItFailsWhatItCannotDescribe(TestDatabase database) throws SQLException {
    String broken = "ALTER EVENT TRIGGER \" tidemark 1 end\" DISABLE";
    install(database, PLAIN);
    database.execute(broken, "CREATE TABLE public.lenient (id int)");
    assertThatThrownBy(() -> install(database, strict(true)))
        .as("with what would fail each statement")
        .hasMessageContaining("tidemark.session");

    database.execute("ALTER EVENT TRIGGER \" tidemark 1 end\" ENABLE ALWAYS");
    assertThat(install(database, strict(true)))
        .contains("made it strict: a statement that cannot be described fails");
    database.execute(broken);
    assertThatThrownBy(() -> database.execute("CREATE TABLE public.strict (id int)"))
        .hasMessageContaining("tidemark.session");
    assertThat(database.query("SELECT to_regclass('public.strict')")).isNull();
    assertThat(install(database, PLAIN)).singleElement().asString().endsWith(", strict");

    assertThat(install(database, strict(false)))
        .anyMatch(line -> line.startsWith("made it lenient"));
    database.execute("CREATE TABLE public.strict (id int)");
  }

  private static DdlOptions strict(boolean strict) {
    return new DdlOptions(Means.ANY, Optional.of(strict), Optional.empty());
  }

  @Test
  void aCapturesRoleMayReadTheKeyAndNothingElse(TestDatabase database) throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    DdlOptions options = new DdlOptions(Means.ANY, Optional.empty(), Optional.of(role.name()));
    assertThat(install(database, options))
        .contains("let role '%s' read the key".formatted(role.name()));
    assertThat(install(database, options))
        .contains("role '%s' may read the key already".formatted(role.name()));

    try (Connection connection = connect(database, role)) {
      assertThat(connection.createStatement().executeQuery(KEY).next()).isTrue();
      assertThatThrownBy(
              () -> connection.createStatement().execute("SELECT tidemark.emit('{}'::jsonb)"))
          .hasMessageContaining("permission denied for function emit");
    }
  }

  @Test
  void aRoleWithoutRightsIsToldAllThatItLacks(TestDatabase database) throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    database.execute("DROP ROLE IF EXISTS tidemark_ddl");
    try (Connection connection = connect(database, role)) {
      assertThatThrownBy(() -> DdlSetup.install(connection, PLAIN))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining(
              "GRANT CREATE ON DATABASE \"%s\" TO \"%s\"".formatted(database.name(), role.name()))
          .hasMessageContaining("ALTER ROLE \"%s\" CREATEROLE".formatted(role.name()))
          .hasMessageContaining(
              "may not create event triggers on this server; log in as a superuser");

      // What the message says, all but the superuser.
      database.execute(
          "GRANT CREATE ON DATABASE \"%s\" TO \"%s\"".formatted(database.name(), role.name()),
          "CREATE ROLE tidemark_ddl NOLOGIN");
      assertThatThrownBy(() -> DdlSetup.install(connection, PLAIN))
          .hasMessageContaining("; GRANT tidemark_ddl TO \"%s\"".formatted(role.name()))
          .hasMessageNotContaining("CREATE ON DATABASE");
      database.execute("GRANT tidemark_ddl TO \"%s\"".formatted(role.name()));
      assertThatThrownBy(() -> DdlSetup.install(connection, PLAIN))
          .hasMessageContaining("event triggers")
          .hasMessageNotContaining("GRANT");
    }
    database.execute(
        "REVOKE CREATE ON DATABASE \"%s\" FROM \"%s\"".formatted(database.name(), role.name()));
  }

  /** As a managed server's administrator, with event triggers left out: only those need more. */
  @Test
  void theScriptRunsAsARoleThatCreatesRoles(TestDatabase database) throws SQLException {
    TestDatabase.Role role = database.createCaptureRole();
    database.execute(
        "DROP ROLE IF EXISTS tidemark_ddl",
        "ALTER ROLE \"%s\" CREATEROLE".formatted(role.name()),
        "GRANT CREATE ON DATABASE \"%s\" TO \"%s\"".formatted(database.name(), role.name()));
    DdlScript script = DdlScripts.bundled().installation();
    try (Connection connection = connect(database, role)) {
      connection.createStatement().execute("CREATE SCHEMA tidemark");
      connection
          .createStatement()
          .execute(script.text().replaceAll("(?m)^(CREATE|ALTER) EVENT TRIGGER.*$", ""));
    }
    assertThat(
            database.query(
                "SELECT string_agg(DISTINCT proowner::regrole::text, ',') FROM pg_proc"
                    + " WHERE pronamespace = 'tidemark'::regnamespace"))
        .isEqualTo("tidemark_ddl");

    for (DdlScript.Trigger trigger : script.triggers()) {
      database.execute(trigger.statement());
    }
    assertThat(CapturedDdl.of(database, "CREATE TABLE public.t (id int)")).hasSize(1);
    database.execute("DROP SCHEMA tidemark CASCADE", "DROP OWNED BY \"%s\"".formatted(role.name()));
    database.execute("DROP ROLE tidemark_ddl");
  }

  @Test
  void anOlderVersionIsUpdatedByScripts(TestDatabase database) throws SQLException {
    String base = DdlScripts.bundled().installation().text();
    DdlScripts scripts =
        new DdlScripts(
            Map.of(
                "tidemark--1.2.sql", base,
                "tidemark--1.0--1.1.sql",
                    "CREATE FUNCTION tidemark.one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
                "tidemark--1.1--1.2.sql",
                    "CREATE FUNCTION tidemark.two() RETURNS int LANGUAGE sql AS $$ SELECT tidemark.one() + 1 $$"));
    install(database, PLAIN);
    String key = database.query(KEY);
    try (Connection connection = database.connect()) {
      assertThat(new DdlSetup(connection, scripts).install(PLAIN))
          .containsExactly("updated tidemark from 1.0 to 1.2");
      assertThat(database.query("SELECT tidemark.two()")).isEqualTo("2");
      assertThat(database.query(KEY)).isEqualTo(key);
      assertThat(new DdlSetup(connection, scripts).install(PLAIN))
          .singleElement()
          .asString()
          .contains("has it already: tidemark 1.2");
      assertThatThrownBy(() -> install(database, PLAIN))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("newer than this program's 1.0");

      database.execute("COMMENT ON SCHEMA tidemark IS 'tidemark 0.1'");
      assertThatThrownBy(() -> new DdlSetup(connection, scripts).install(PLAIN))
          .hasMessageContaining("no update leads from tidemark 0.1 to 1.2");
    }
  }

  @Test
  void asAnExtensionItNeedsItsFiles(TestDatabase database) {
    DdlOptions extension = new DdlOptions(Means.EXTENSION, Optional.empty(), Optional.empty());
    assertThatThrownBy(() -> install(database, extension))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("'make install' in pg-extension");
  }

  @Test
  void anothersSchemaIsLeftAlone(TestDatabase database) throws SQLException {
    database.execute("CREATE SCHEMA tidemark", "CREATE TABLE tidemark.marks (at timestamptz)");
    assertThatThrownBy(() -> install(database, PLAIN))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("has a schema 'tidemark' that is not that of the DDL capture");
    assertThatThrownBy(() -> remove(database)).isInstanceOf(RefusedException.class);
    assertThat(database.query("SELECT to_regclass('tidemark.marks')")).isNotNull();
  }

  @Test
  void theRoleGoesWithItsLastDatabase(TestDatabase database) throws SQLException {
    try (TestDatabase other = TestDatabase.create(POSTGRES.cluster())) {
      install(database, PLAIN);
      install(other, PLAIN);
      database.execute("CREATE TABLE public.t (id int)");

      assertThat(remove(database))
          .containsExactly(
              "removed tidemark 1.0, installed by script, from database '%s'"
                  .formatted(database.name()),
              "kept role 'tidemark_ddl', which is used in " + other.name());
      assertThat(database.queryLong("SELECT count(*) FROM pg_event_trigger")).isZero();
      assertThat(CapturedDdl.of(database, "DROP TABLE public.t")).isEmpty();
      assertThat(CapturedDdl.of(other, "CREATE TABLE public.t (id int)")).hasSize(1);

      assertThat(remove(other)).contains("dropped role 'tidemark_ddl'");
      assertThat(remove(other))
          .containsExactly("database '%s' does not have it".formatted(other.name()));
    }
  }

  @Test
  void aLibraryThatIsStillPreloadedIsTold(TestDatabase database) throws SQLException {
    install(database, PLAIN);
    database.execute(
        "ALTER DATABASE \"%s\" SET session_preload_libraries = 'tidemark'"
            .formatted(database.name()));
    // Nobody can connect any more, but for a superuser that preloads nothing.
    assertThatThrownBy(database::connect)
        .hasMessageContaining("could not access file \"tidemark\"");
    String url = database.primaryUrl() + "?options=-c%20session_preload_libraries=";
    try (Connection connection =
        DriverManager.getConnection(url, database.user(), database.password())) {
      assertThat(DdlRemoval.remove(connection))
          .anyMatch(
              line ->
                  line.contains("the library is still preloaded")
                      && line.endsWith(
                          "ALTER DATABASE \"%s\" RESET session_preload_libraries"
                              .formatted(database.name())));
      connection
          .createStatement()
          .execute(
              "ALTER DATABASE \"%s\" RESET session_preload_libraries".formatted(database.name()));
    }
  }

  private static List<String> install(TestDatabase database, DdlOptions options)
      throws SQLException {
    try (Connection connection = database.connect()) {
      return DdlSetup.install(connection, options);
    }
  }

  private static List<String> remove(TestDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      return DdlRemoval.remove(connection);
    }
  }

  private static Connection connect(TestDatabase database, TestDatabase.Role role)
      throws SQLException {
    return DriverManager.getConnection(database.primaryUrl(), role.name(), role.password());
  }
}
