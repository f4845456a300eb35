package io.tidemark.postgres.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.ddl.DdlDatabase.Described;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import io.tidemark.testkit.postgres.TestDatabase.Role;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a role that may make tables, and nothing else, can and cannot do to the extension. */
class DdlSecurityITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder().setting("max_prepared_transactions", "5").build();

  private TestDatabase database;
  private DdlDatabase ddl;
  private Role role;
  private Connection connection;
  private Statement user;

  @BeforeEach
  void install() throws SQLException {
    database = POSTGRES.database();
    ddl = DdlDatabase.install(database);
    role = database.createCaptureRole();
    database.execute(
        "ALTER ROLE %s NOREPLICATION".formatted(role.name()),
        "CREATE SCHEMA own AUTHORIZATION " + role.name());
    connection = ddl.connect(role.name(), role.password());
    user = connection.createStatement();
    user.setEscapeProcessing(false);
    user.execute("SET search_path = own");
    ddl.takeDescribed();
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  @Test
  void theKeyCannotBeRead() throws SQLException {
    for (String attempt :
        List.of(
            "SELECT * FROM tidemark.signing_key",
            "COPY tidemark.signing_key TO STDOUT",
            "CREATE VIEW v AS SELECT * FROM tidemark.signing_key",
            "CREATE TABLE copy AS TABLE tidemark.signing_key",
            "REFRESH MATERIALIZED VIEW tidemark.signing_key",
            "SET ROLE tidemark_ddl",
            "GRANT tidemark_ddl TO current_user",
            "SELECT query_to_xml('SELECT * FROM tidemark.signing_key', true, true, '')")) {
      assertDenied(attempt);
    }
    database.execute("ANALYZE tidemark.signing_key");
    assertThat(one("SELECT count(*) FROM pg_stats WHERE schemaname = 'tidemark'")).isEqualTo("0");
  }

  @Test
  void nothingOfTheSchemaCanBeUsed() throws SQLException {
    assertThat(one("SELECT has_schema_privilege('tidemark', 'USAGE, CREATE')")).isEqualTo("f");
    assertThat(
            one(
                "SELECT count(*) FROM pg_proc WHERE pronamespace = 'tidemark'::regnamespace"
                    + " AND has_function_privilege(oid, 'EXECUTE')"))
        .isEqualTo("0");
    assertThat(
            one(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'tidemark'::regnamespace AND"
                    + " has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"))
        .isEqualTo("0");
    List<String> calls = new ArrayList<>();
    try (ResultSet functions =
        user.executeQuery(
            "SELECT format('SELECT tidemark.%I(%s)', proname, (SELECT string_agg('NULL', ', ')"
                + " FROM generate_series(1, pronargs))) FROM pg_proc"
                + " WHERE pronamespace = 'tidemark'::regnamespace")) {
      while (functions.next()) {
        calls.add(functions.getString(1));
      }
    }
    assertThat(calls).hasSizeGreaterThan(15);
    for (String call : calls) {
      assertDenied(call);
    }
    assertDenied(
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM"
            + " tidemark.emit('{}'); RETURN NEW; END $$; SELECT tidemark.signature('x')");
  }

  @Test
  void aMessageOfOnesOwnIsNotSigned() throws SQLException {
    user.execute("CREATE TABLE a (i int)");
    Described genuine = ddl.takeDescribed().get(0);
    assertThat(genuine.signed()).isTrue();
    for (String signature : List.of(genuine.signature(), "0".repeat(64))) {
      user.execute(
          "SELECT pg_logical_emit_message(true, 'tidemark.ddl', convert_to('%s %s', 'UTF8'))"
              .formatted(signature, genuine.json().replace("'", "''")));
      List<Described> forged = ddl.takeDescribed();
      assertThat(forged).hasSize(1);
      assertThat(forged.get(0).signed()).isFalse();
    }
  }

  @Test
  void whatIsSetInTheSessionIsNotTakenForWhatIs() throws SQLException {
    user.execute(
        "SET tidemark.session = '{\"role\": \"postgres\", \"text\": \"x\", \"searchPath\": \"y\"}'");
    user.execute("SET tidemark.place = 'a|1|1|0|b'");
    user.execute("CREATE TABLE a (i int); CREATE TABLE b (i int)");
    List<DdlStatement> statements = statements();
    assertThat(statements.stream().map(each -> each.session().role()))
        .containsExactly(role.name(), role.name());
    assertThat(statements.stream().map(each -> each.session().searchPath())).containsOnly("own");
    assertThat(statements.get(0).text().orElse("CREATE TABLE a (i int)"))
        .isEqualTo("CREATE TABLE a (i int)");
    assertThat(statements.get(1).text().orElse("CREATE TABLE b (i int)"))
        .isEqualTo("CREATE TABLE b (i int)");
  }

  /** Whoever runs one of these functions is noted: it must be the user alone. */
  @Test
  void nothingOfTheUsersRunsAsAnotherRole() throws SQLException {
    user.execute("CREATE TABLE ran (by name, why text)");
    user.execute(
        "CREATE FUNCTION note(why text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
            + " INSERT INTO own.ran VALUES (current_user, why); END $$");
    user.execute(
        "CREATE FUNCTION evil(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN"
            + " PERFORM own.note('expression'); RETURN i; END $$");
    for (String shadow :
        List.of(
            "FUNCTION %s.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT own.note('s'); SELECT '{}' $$",
            "FUNCTION %s.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT own.note('s'); SELECT '{}' $$",
            "FUNCTION %s.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT own.note('c'); SELECT '' $$",
            "FUNCTION %s.format_type(oid, int) RETURNS text LANGUAGE sql AS $$ SELECT own.note('f'); SELECT '' $$",
            "FUNCTION %s.pg_event_trigger_ddl_commands() RETURNS int LANGUAGE sql AS $$ SELECT own.note('e'); SELECT 1 $$",
            "FUNCTION %s.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT own.note('h'); SELECT ''::bytea $$",
            "FUNCTION %s.joined(jsonb, jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT own.note('o'); SELECT $1 $$",
            "OPERATOR %s.|| (leftarg = jsonb, rightarg = jsonb, function = %1$s.joined)",
            "FUNCTION %s.differ(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT own.note('o'); SELECT true $$",
            "OPERATOR %s.= (leftarg = text, rightarg = text, function = %1$s.differ)",
            "TYPE %s.jsonb AS (i int)",
            "DOMAIN %s.oid AS text CHECK (own.evil(1) = 1)",
            "TEMP TABLE pg_class (i int)",
            "TEMP VIEW pg_attribute AS SELECT 1 AS i WHERE own.evil(1) = 1")) {
      for (String schema : List.of("own", "pg_temp")) {
        if (!shadow.startsWith("TEMP") || schema.equals("own")) {
          user.execute("CREATE " + shadow.formatted(schema));
        }
      }
    }
    user.execute("SET search_path = own, pg_temp, pg_catalog");
    for (String statement :
        List.of(
            "CREATE TABLE t (i int DEFAULT own.evil(1) CHECK (own.evil(i) > 0), g int GENERATED ALWAYS AS (own.evil(i)) STORED)",
            "INSERT INTO t VALUES (DEFAULT), (2)",
            "CREATE INDEX ON t (own.evil(i))",
            "CREATE INDEX ON t (i) WHERE own.evil(i) > 1",
            "CREATE DOMAIN d AS int CHECK (own.evil(VALUE) > 0)",
            "ALTER TABLE t ADD d own.d DEFAULT 5",
            "ALTER TABLE t ADD e int DEFAULT own.evil(7)",
            "ALTER TABLE t ALTER i TYPE bigint USING own.evil(i::int)",
            "CREATE TABLE p (i int) PARTITION BY RANGE ((own.evil(i)))",
            "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2)",
            "CREATE STATISTICS s ON (own.evil(e)), e FROM t",
            "CREATE POLICY pol ON t USING (own.evil(e) > 0)",
            "CREATE MATERIALIZED VIEW m AS SELECT own.evil(e) FROM t",
            "REFRESH MATERIALIZED VIEW m",
            "CREATE VIEW v AS SELECT own.evil(e) FROM t",
            "DROP TABLE t CASCADE",
            "DROP TABLE p")) {
      tried(statement);
    }
    assertThat(one("SELECT string_agg(DISTINCT by, ',') FROM own.ran")).isEqualTo(role.name());
    assertThat(statements()).hasSizeGreaterThan(20);
    assertThat(
            database.query(
                "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid ="
                    + " m.member WHERE r.rolname = '%s'".formatted(role.name())))
        .isEqualTo("0");
  }

  @Test
  void settingsOfTheSessionChangeNothing() throws SQLException {
    List<String> settings = new ArrayList<>();
    try (ResultSet rows =
        user.executeQuery(
            """
            SELECT format('SET %s = %L', name, value)
              FROM pg_settings,
                   LATERAL (SELECT unnest(CASE vartype WHEN 'enum' THEN enumvals
                              WHEN 'bool' THEN '{on,off}' ELSE ARRAY[min_val, max_val] END)) v (value)
             WHERE context = 'user' AND vartype <> 'string' AND name !~ 'timeout|read_only|isolation'
            UNION ALL SELECT unnest(ARRAY['SET TimeZone = ''Asia/Tokyo''', 'SET DateStyle = ''ISO, DMY''',
              'SET IntervalStyle = ''iso_8601''', 'SET bytea_output = escape', 'SET search_path = ''$user'', own, "a""b"',
              'SET lc_monetary = ''C''', 'SET plpgsql.extra_errors = ''all''', 'SET plpgsql.extra_warnings = ''all'''])""")) {
      while (rows.next()) {
        settings.add(rows.getString(1));
      }
    }
    assertThat(settings).hasSizeGreaterThan(150);
    for (String setting : settings) {
      user.execute("RESET ALL; SET search_path = own");
      user.execute(setting);
      user.execute("CREATE TABLE own.\"under\" (\"select\" int)");
      user.execute(
          """
          ALTER TABLE own."under" ADD d date DEFAULT date '2026-02-03',
            ADD i interval DEFAULT interval '1 day 2 hours',
            ADD z timestamptz DEFAULT timestamptz '2026-02-03 04:05:06+00',
            ADD b bytea DEFAULT decode('00ff', 'hex'), ADD f float8 DEFAULT 0.1::float8 + 0.2,
            ADD n numeric[] DEFAULT '{1.50,2}', ADD x box DEFAULT '(1,1),(0,0)'""");
      user.execute("DROP TABLE own.\"under\"");
    }
    List<DdlStatement> statements = statements();
    assertThat(statements).hasSize(3 * settings.size());
    List<ColumnStructure> expected = statements.get(1).tables().get(0).columns();
    assertThat(expected.get(7).missing()).isEqualTo("(1,1),(0,0)");
    for (int i = 0; i < settings.size(); i++) {
      DdlStatement altered = statements.get(3 * i + 1);
      assertThat(altered.text()).as(settings.get(i)).isPresent();
      assertThat(altered.tables().get(0).columns()).as(settings.get(i)).isEqualTo(expected);
    }
  }

  @Test
  void noSecretIsInAnyMessage() throws SQLException {
    String password = "hunter2";
    database.execute(
        "CREATE FUNCTION public.made(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE what; END $$",
        "CREATE FUNCTION public.made_by_sql(text) RETURNS void LANGUAGE sql AS $$ SELECT public.made($1) $$");
    ddl.takeDescribed();
    String create = "CREATE ROLE secret_role PASSWORD 'hunter2'";
    String table = "CREATE TABLE public.s (i int)";
    String drop = "DROP TABLE public.s; DROP ROLE secret_role";
    List<String> strings =
        List.of(
            create + ";" + table + ";" + drop,
            table + ";" + create + ";" + drop,
            table + "; -- hunter2\n" + create + ";" + drop,
            "/* hunter2 */ "
                + table
                + " /* hunter2 */; -- hunter2\n"
                + create
                + "; /* hunter2 */"
                + drop
                + " -- hunter2",
            "BEGIN;" + table + "; ROLLBACK;" + create + ";" + table + ";" + drop,
            "DO $$ BEGIN %s; %s; DROP TABLE public.s; DROP ROLE secret_role; END $$"
                .formatted(create, table),
            "DO $$ BEGIN EXECUTE 'CREATE ROLE secret_role PASSWORD ''hunter2''; CREATE TABLE public.s (i int)'; END $$;"
                + drop,
            "SELECT public.made('%s; %s');".formatted(create.replace("'", "''"), table) + drop,
            "SELECT public.made_by_sql('%s; %s');".formatted(create.replace("'", "''"), table)
                + drop,
            create + "; ALTER ROLE secret_role PASSWORD 'hunter2';" + table + ";" + drop,
            "RESET ALL;" + create + ";" + table + "; RESET ALL;" + drop,
            "SET standard_conforming_strings = off",
            "CREATE ROLE secret_role PASSWORD 'a\\'hunter2';" + table + ";" + drop,
            "SET standard_conforming_strings = on",
            "CREATE FOREIGN DATA WRAPPER w OPTIONS (password 'hunter2')",
            "ALTER FOREIGN DATA WRAPPER w OPTIONS (SET password 'hunter2')",
            "CREATE SERVER sv FOREIGN DATA WRAPPER w OPTIONS (password 'hunter2')",
            "ALTER SERVER sv OPTIONS (SET password 'hunter2')",
            "CREATE USER MAPPING FOR public SERVER sv OPTIONS (password 'hunter2')",
            "ALTER USER MAPPING FOR public SERVER sv OPTIONS (SET password 'hunter2')",
            "CREATE FOREIGN TABLE public.ft (i int) SERVER sv OPTIONS (password 'hunter2')",
            "ALTER FOREIGN TABLE public.ft OPTIONS (SET password 'hunter2')",
            "SELECT public.made('CREATE USER MAPPING FOR current_user SERVER sv OPTIONS (password ''hunter2'')')",
            "DROP FOREIGN DATA WRAPPER w CASCADE; " + create + "; DROP ROLE secret_role",
            "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere password=hunter2' PUBLICATION p WITH (connect = false)",
            "ALTER SUBSCRIPTION sub CONNECTION 'host=nowhere password=hunter2'",
            "ALTER SUBSCRIPTION sub SET (slot_name = NONE)",
            "DROP SUBSCRIPTION sub");
    try (Connection administrator = ddl.connect();
        Statement statement = administrator.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String string : strings) {
        statement.execute(string);
        List<Described> described = ddl.takeDescribed();
        assertThat(described.isEmpty()).as(string).isEqualTo(string.startsWith("SET "));
        for (Described one : described) {
          assertThat(one.json()).as(string).doesNotContain(password);
          assertThat(one.statement().event()).isNotEqualTo(DdlStatement.Event.GAP);
        }
      }
    }
  }

  @Test
  void noStatementWaitsForATableThatItDoesNotLock() throws SQLException {
    user.execute("SET lock_timeout = '10s'");
    user.execute(
        "CREATE TABLE root (i int, j text DEFAULT 'x', k int GENERATED ALWAYS AS (i * 2) STORED)"
            + " PARTITION BY LIST (i)");
    user.execute("CREATE TABLE leaf PARTITION OF root FOR VALUES IN (1) PARTITION BY LIST (i)");
    user.execute("CREATE TABLE plain (i int) PARTITION BY LIST (i)");
    user.execute("CREATE TABLE part PARTITION OF plain (i DEFAULT 1) FOR VALUES IN (1)");
    statements();
    try (Connection other = ddl.connect();
        Statement locks = other.createStatement()) {
      other.setAutoCommit(false);
      locks.execute("LOCK TABLE own.leaf, own.part");
      user.execute("ALTER TABLE plain RENAME TO renamed");
      database.execute("SET lock_timeout = '10s'", "ALTER SCHEMA own RENAME TO mine");
      user.execute("ALTER TABLE mine.root RENAME TO top");
      other.rollback();
    }
    List<DdlStatement> told = statements();
    assertThat(told.get(0).tables())
        .extracting(table -> table.name().name())
        .containsExactly("renamed", "part");
    assertThat(told.get(1).moved())
        .extracting(moved -> moved.name().toString())
        .containsExactly("mine.root", "mine.leaf", "mine.renamed", "mine.part");
    assertThat(told.get(1).tables()).isEmpty();
    assertThat(told.get(2).event())
        .as("a generated column cannot be told without the lock")
        .isEqualTo(DdlStatement.Event.GAP);
  }

  @Test
  void oddNamesAndSizesAreDescribed() throws SQLException {
    StringBuilder columns = new StringBuilder("c0 int");
    for (int i = 1; i < 1600; i++) {
      columns.append(", c").append(i).append(" int");
    }
    user.execute("CREATE TABLE wide (" + columns + ")");
    assertThat(statements().get(0).tables().get(0).columns()).hasSize(1600);

    String name = "a\"b'c\n%s\\ d\te😀$$;--/*";
    String quoted = "\"" + name.replace("\"", "\"\"") + "\"";
    user.execute("CREATE TABLE " + quoted + " (" + quoted + " int DEFAULT 1)");
    List<DdlStatement> odd = statements();
    assertThat(odd.get(0).tables().get(0).name().name()).isEqualTo(name);
    assertThat(odd.get(0).text()).isPresent();

    user.execute("CREATE TABLE parted (i int) PARTITION BY LIST (i)");
    user.execute(
        "DO $$ BEGIN FOR n IN 1..500 LOOP EXECUTE format('CREATE TABLE part_%s PARTITION OF parted"
            + " FOR VALUES IN (%s)', n, n); END LOOP; END $$");
    statements();
    user.execute("ALTER TABLE parted ADD j text DEFAULT 'x'");
    assertThat(statements().get(0).tables()).hasSize(501);

    String large = "x".repeat(2_000_000);
    user.execute(
        "CREATE FUNCTION large() RETURNS text LANGUAGE sql AS $f$ SELECT '%s' $f$"
            .formatted(large));
    user.execute(
        "DO $d$ BEGIN CREATE TABLE \"after\" (i int); COMMENT ON TABLE \"after\" IS '%s'; END $d$"
            .formatted(large));
    user.execute(
        "CREATE TABLE few (i int);"
            + "INSERT INTO few VALUES (1), ('2');".repeat(3_000)
            + "DROP TABLE few");
    List<DdlStatement> sized = statements();
    assertThat(sized).hasSize(5);
    assertThat(sized).allMatch(each -> each.event() != DdlStatement.Event.GAP);
    assertThat(sized.get(3).text()).contains("CREATE TABLE few (i int)");
    assertThat(sized.get(4).text()).contains("DROP TABLE few");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "REVOKE ALL ON SCHEMA tidemark FROM tidemark_ddl",
        "REFRESH MATERIALIZED VIEW tidemark.signing_key WITH NO DATA",
        "ALTER MATERIALIZED VIEW tidemark.signing_key OWNER TO CURRENT_USER",
        "DROP MATERIALIZED VIEW tidemark.tally CASCADE",
        "DROP FUNCTION tidemark.is_strict()",
        "DROP FUNCTION tidemark.emit(jsonb)",
        "ALTER FUNCTION tidemark.columns_of(oid) RENAME TO other",
        "ALTER EVENT TRIGGER \" tidemark 1 end\" DISABLE",
        "REVOKE EXECUTE ON FUNCTION set_config FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION jsonb_build_object(VARIADIC \"any\") FROM PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, bytea%s) FROM PUBLIC",
        "REVOKE SELECT ON pg_inherits FROM PUBLIC"
      })
  void noStatementFailsByWhatIsBroken(String broken) throws SQLException {
    boolean flush = database.queryLong("SHOW server_version_num") >= 170_000;
    database.execute(broken.formatted(flush ? ", boolean" : ""));
    ddl.takeDescribed();
    user.execute("CREATE TABLE one (i int); CREATE TABLE two (i int)");
    user.execute("ALTER TABLE one ADD j int DEFAULT random()");
    user.execute("DO $$ BEGIN DROP TABLE one; EXCEPTION WHEN others THEN NULL; END $$");
    assertThat(one("SELECT count(*) FROM two")).isEqualTo("0");
    List<Described> described = ddl.takeDescribed();
    if (broken.contains("emit_message")) {
      assertThat(described).isEmpty();
    } else {
      // Each statement is described, or there is word of a gap.
      assertThat(described).hasSizeGreaterThanOrEqualTo(4);
    }
  }

  @Test
  void noStatementFailsByALockOnTheKey() throws SQLException {
    try (Connection administrator = ddl.connect();
        Statement statement = administrator.createStatement()) {
      statement.execute("BEGIN; REFRESH MATERIALIZED VIEW tidemark.signing_key");
      user.execute("SET lock_timeout = '50ms'; SET client_min_messages = error");
      user.execute("CREATE TABLE waited (i int)");
      statement.execute("ROLLBACK");
    }
    assertThat(statements().stream().map(DdlStatement::event))
        .containsExactly(DdlStatement.Event.GAP);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LATIN1", "SQL_ASCII", "EUC_JP"})
  void otherEncodingsAreDescribedInUtf8(String encoding) throws SQLException {
    try (TestDatabase other =
        TestDatabase.create(
            POSTGRES.cluster(),
            "ENCODING '%s' TEMPLATE template0 LOCALE 'C'".formatted(encoding))) {
      DdlDatabase encoded = DdlDatabase.install(other);
      String name = encoding.equals("EUC_JP") ? "表" : "größe";
      try (Connection session = encoded.connect();
          Statement statement = session.createStatement()) {
        statement.execute(
            "CREATE TABLE %s (i int DEFAULT 1); ALTER TABLE %1$s ADD j int".formatted(name));
        List<Described> described = encoded.takeDescribed();
        assertThat(described).hasSize(2);
        for (Described one : described) {
          assertThat(one.signed()).isTrue();
          assertThat(one.statement().text().orElseThrow()).contains(name);
          assertThat(one.statement().tables().get(0).name().name()).isEqualTo(name);
        }
        if (encoding.equals("SQL_ASCII")) {
          // No text at all in any known encoding: there is word of it, and it is done.
          statement.execute(
              "DO $$ BEGIN EXECUTE format('CREATE TABLE %I (i int)', chr(233)); END $$");
          assertThat(encoded.takeDescribed().get(0).statement().event())
              .isEqualTo(DdlStatement.Event.GAP);
        }
      }
    }
  }

  private List<DdlStatement> statements() throws SQLException {
    return ddl.takeDescribed().stream().map(Described::statement).toList();
  }

  private String one(String sql) throws SQLException {
    try (ResultSet rows = user.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private void assertDenied(String sql) {
    assertThatThrownBy(() -> user.execute(sql))
        .as(sql)
        .isInstanceOf(SQLException.class)
        .hasMessageMatching("(?s).*(permission denied|must have admin option|must be member).*");
  }

  /** Runs what may fail by itself, as some of these do by a function of the user's own. */
  private void tried(String sql) throws SQLException {
    try {
      user.execute(sql);
    } catch (SQLException e) {
      assertThat(e.getMessage()).as(sql).doesNotContain("tidemark");
    }
  }
}
