package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeJson;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.types.Literals;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.RequestedDumps;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Whatever server, database and role have set that can change a session or a value: rows of every
 * type come as a session reads them that is indifferent to it, from the stream as from dumps.
 */
class SettingsITCase {
  private static final TableName EVERYTHING = new TableName("public", "everything");

  /** One more than any type has texts. */
  private static final int ROWS = 5;

  private static final int ROW_FILTERS_SINCE = 150_000;
  private static final int TRANSACTION_TIMEOUT_SINCE = 170_000;

  /**
   * A setting.
   *
   * @param adverse what server, database and role have
   * @param indifferent what sessions of the test have
   */
  private record Setting(String name, String adverse, String indifferent) {
    static List<Setting> all(String lines) {
      return lines
          .lines()
          .map(line -> line.split(" *\\| *", -1))
          .map(part -> new Setting(part[0], part[1], part[2]))
          .toList();
    }
  }

  /** What changes values, or how they are written, read and found. */
  private static final List<Setting> OF_VALUES =
      Setting.all(
          """
          DateStyle                   | SQL, DMY       | ISO, MDY
          IntervalStyle               | sql_standard   | iso_8601
          TimeZone                    | Asia/Kathmandu | UTC
          lc_monetary                 | dinar          | yen
          bytea_output                | escape         | hex
          extra_float_digits          | -15            | 1
          standard_conforming_strings | off            | on
          backslash_quote             | off            | safe_encoding
          quote_all_identifiers       | on             | off
          array_nulls                 | off            | on
          transform_null_equals       | on             | off
          xmlbinary                   | hex            | base64
          xmloption                   | document       | content
          default_text_search_config  | german         | simple
          row_security                | off            | on
          jit                         | on             | off
          jit_above_cost              | 0              | 100000
          enable_tidscan              | off            | on
          synchronous_commit          | off            | on""");

  /** What ends sessions, or has them see something else: the server's own could not work so. */
  private static final List<Setting> OF_SESSIONS =
      Setting.all(
          """
          default_transaction_isolation       | serializable          | read committed
          default_transaction_read_only       | on                    | off
          default_transaction_deferrable      | on                    | off
          statement_timeout                   | 1ms                   | 0
          lock_timeout                        | 1ms                   | 0
          idle_in_transaction_session_timeout | 1ms                   | 0
          idle_session_timeout                | 1ms                   | 0
          transaction_timeout                 | 1ms                   | 0
          client_encoding                     | LATIN1                | UTF8
          search_path                         | elsewhere, pg_catalog | public""");

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .standbys(1)
          .cluster(
              cluster -> {
                cluster.moneyLocale("dinar", 3).moneyLocale("yen", 0);
                OF_VALUES.forEach(setting -> cluster.setting(setting.name(), setting.adverse()));
              })
          .build();

  /** Of each type values, as literals of it; every row has one of each. */
  private static final String VALUES =
      """
      boolean           | true; false
      smallint          | -32768; 7
      integer           | 2147483647; -1
      bigint            | -9223372036854775808; 0
      real              | 0.1; 3.4028235e38; NaN; -0
      double precision  | 0.30000000000000004; 5e-324; -Infinity
      numeric           | 1.50; NaN; 1234567890123456789012345678901234567890.123
      money             | -1234; 7
      oid               | 4294967295
      xid               | 4294967295
      xid8              | 18446744073709551615
      regclass          | pg_class
      regtype           | timestamp with time zone
      pg_lsn            | FFFFFFFF/1
      text              | ; äöü ☃ 🂡 "\\ ' , {} NULL; \\101
      varchar(9)        | ä\\
      char(5)           | a; abcde
      name              | a name
      "char"            | a; ; \\344
      json              | {"a": [1,  2.0, null], "a": "\\u0041"}
      jsonb             | {"a": [1, 2.0, null]}; "\\\\"
      jsonpath          | $."a"[*]?(@ > 1)
      xml               | <a b="c">ö</a>; <?xml version="1.0" standalone="no"?><a/>
      bytea             | \\x00ff5c27; \\x
      uuid              | a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
      date              | 2001-02-03; infinity; 0044-03-15 BC
      timestamp         | 2001-02-03 04:05:06.789; -infinity
      timestamptz       | 2001-02-03 04:05:06.789+05:45; infinity; 0001-12-31 23:59:59.5 BC
      time              | 24:00; 01:02:03.5
      timetz            | 12:00:00.5-15:59:59
      interval          | 1 year -2 mons +3 days -04:05:06.7; -0.000001 sec; 0
      inet              | 1.2.3.4/8; ::1
      cidr              | 2001:db8::/32
      macaddr           | 08:00:2b:01:02:03
      macaddr8          | 08:00:2b:01:02:03:04:ff
      bit(3)            | 101
      bit varying       | 1010101011
      point             | (0.1,-2)
      lseg              | [(0.1,2),(3,4)]
      box               | (3,4),(0.1,2)
      line              | {0.1,2,3}
      path              | [(0.1,2),(3,4)]; ((1,2),(3,4),(5,6))
      polygon           | ((0.1,2),(3,4),(5,6))
      circle            | <(0.1,2),3>
      tid               | (4294967295,65535)
      tsvector          | 'a b' 'it''s':1A,2B 'x\\\\y':16383
      tsquery           | 'a b':*A & ( !'it''s' | 'x\\\\y' )
      pg_snapshot       | 10:20:10,14,15
      aclitem           | postgres=r/postgres
      int2vector        | 1 2 3
      oidvector         | 1 4294967295
      integer[]         | {1,NULL,-3}; {}
      text[]            | {"",NULL,"NULL","\\\\"}
      timestamptz[]     | {2001-02-03 04:05:06+00,NULL}
      bytea[]           | {"\\\\x00ff"}
      money[]           | {-1234,NULL}
      interval[]        | {1 mon -1 day}
      int4range         | [1,10); empty
      numrange          | (1.50,2.5]
      daterange         | [2001-02-03,infinity)
      tstzrange         | ["2001-02-03 04:05:06+00",)
      tsmultirange      | {["2001-02-03 04:05:06","2001-02-04 00:00:00")}
      mood              | ok; ö"\\
      amount            | 12.30
      span              | [1.00,2.50)
      hstore            | a=>1, "b \\"\\\\"=>NULL
      citext            | Ci
      ltree             | a.b
      inside            | ("ö""\\\\",12.30,"{""2001-02-03 04:05:06+00"",NULL}",-1234,0.1,1 mon,"\\\\x00ff")
      inside[]          | {"(ok,,,,,,)",NULL}
      outside           | ("(ok,,,7,,,)","a=>NULL",Ci,"{ok}","[1.00,2.50)")""";

  private final String record = UUID.randomUUID().toString();
  private final RequestedDumps requests = new RequestedDumps(record);
  private final List<Literal> literals = VALUES.lines().map(Literal::of).toList();
  private TestDatabase database;
  private TestDatabase.Role role;
  private int version;

  /** A type, and texts of it. */
  private record Literal(String type, List<String> texts) {
    static Literal of(String line) {
      String[] parts = line.split(" *\\| ", 2);
      return new Literal(parts[0], List.of(parts[1].split("; ", -1)));
    }

    String sql(int row) {
      return Sql.literal(texts.get(row % texts.size())) + "::" + type;
    }
  }

  private void makeEverything() throws SQLException {
    database = POSTGRES.database();
    version = (int) database.queryLong("SHOW server_version_num");
    role = database.createCaptureRole();
    settings();
    String columns =
        IntStream.range(0, literals.size())
            .mapToObj(i -> column(i) + " " + literals.get(i).type())
            .collect(Collectors.joining(", "));
    try (Connection session = database.connect()) {
      execute(
          session,
          "CREATE SCHEMA elsewhere",
          // Whoever trusts the search path finds nothing.
          "CREATE TABLE elsewhere.pg_class (oid oid)",
          "CREATE TABLE elsewhere.pg_type (oid oid)",
          "CREATE EXTENSION hstore",
          "CREATE EXTENSION citext",
          "CREATE EXTENSION ltree",
          "CREATE TYPE mood AS ENUM ('ok', 'ö\"\\')",
          "CREATE DOMAIN amount AS numeric(12, 2)",
          "CREATE TYPE span AS RANGE (subtype = amount)",
          """
          CREATE TYPE inside AS
            (m mood, a amount, at timestamptz[], p money, r real, i interval, b bytea)""",
          "CREATE TYPE outside AS (i inside, h hstore, c citext, ms mood[], s span)",
          """
          CREATE TABLE everything (id int, at timestamptz, f float8, b bytea, d date, i interval, %s,
            PRIMARY KEY (id, at, f, b, d, i))"""
              .formatted(columns),
          "CREATE PUBLICATION tidemark FOR TABLE everything" + rowFilter(),
          "GRANT USAGE ON SCHEMA public, elsewhere TO " + role.name(),
          "GRANT SELECT ON everything TO " + role.name());
      insert(session, 0, ROWS);
    }
    POSTGRES.cluster().awaitReplay();
  }

  /** All rows fit, but not those of a filter whose text lost a digit or took another zone. */
  private String rowFilter() {
    return version < ROW_FILTERS_SINCE
        ? ""
        : " WHERE (f <> 0.30000000000000004::float8 AND at >= '2001-02-03 04:05:06+00'"
            + " AND d <> '2001-03-02' AND b <> '\\x5c')";
  }

  private static String column(int i) {
    return "c" + i;
  }

  private void settings() throws SQLException {
    String in = " IN DATABASE " + database.name();
    for (Setting each :
        Stream.concat(OF_VALUES.stream(), OF_SESSIONS.stream())
            .filter(
                setting ->
                    version >= TRANSACTION_TIMEOUT_SINCE
                        || !setting.name().equals("transaction_timeout"))
            .toList()) {
      String set = " SET " + each.name() + " = ";
      boolean isList = each.adverse().contains(", ");
      String adverse = isList ? each.adverse() : Sql.literal(each.adverse());
      // The locale of its money is the database's to say.
      boolean money = each.name().equals("lc_monetary");
      database.execute(
          "ALTER DATABASE " + database.name() + set + (money ? "'yen'" : adverse),
          "ALTER ROLE " + role.name() + set + adverse,
          "ALTER ROLE " + role.name() + in + set + adverse,
          "ALTER ROLE "
              + database.user()
              + in
              + set
              + (isList ? each.indifferent() : Sql.literal(each.indifferent())));
    }
  }

  private static void execute(Connection session, String... statements) throws SQLException {
    try (Statement statement = session.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Inserts rows, each with the next value of each type, and one of nulls. */
  private void insert(Connection session, int from, int to) throws SQLException {
    for (int id = from; id < to; id++) {
      int row = id;
      String values =
          literals.stream()
              .map(each -> row % ROWS == ROWS - 1 ? "NULL" : each.sql(row))
              .collect(Collectors.joining(", "));
      execute(
          session,
          "INSERT INTO everything VALUES (%d, '2001-02-03 04:05:06+00', 0.3, '\\x27', '2001-02-03', '1 mon', %s)"
              .formatted(id, values));
    }
  }

  @Test
  void rowsOfEveryTypeAreWhatAnIndifferentSessionReads() throws Exception {
    makeEverything();
    try (CaptureRun run =
            CaptureRun.of(database)
                .record(record)
                .capture(
                    c ->
                        c.user(role.name())
                            .password(Password.of(role.password()))
                            .createPublication(false)
                            .replica(database.standbyUrl(0))
                            .dumpRequests(requests))
                .start();
        Connection session = database.connect()) {
      run.awaitCaughtUp();
      run.awaitDumped();
      execute(session, "UPDATE everything SET id = id");
      insert(session, ROWS, 2 * ROWS);
      // What the stream tells once they are asked for is not read as well.
      run.awaitCaughtUp();
      requests.ask(
          DumpRequest.ofKeys(
              11,
              EVERYTHING,
              new KeyTexts(
                  List.of(
                      List.of("6", "2001-02-03 04:05:06", "0.3", "\\x27", "2001-02-03", "P1M"),
                      List.of("7", "2001-02-03 04:05:06", "0.3", "'", "01/02/03", "1 mon")))));
      run.await("what was asked for", () -> requests.read().containsKey(11L));
      assertThat(requests.failed()).isEmpty();
      run.awaitDumped();
      run.awaitCaughtUp();
      check(session, run.changes());
    }
  }

  @Test
  void textsOfADatabaseOfAnotherEncodingAreTheirCharacters() throws Exception {
    String options = "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0";
    try (TestDatabase latin = TestDatabase.create(POSTGRES.cluster(), options)) {
      latin.execute(
          "CREATE TYPE \"güte\" AS ENUM ('schön')",
          "CREATE TABLE \"größe\" (\"schlüssel\" text PRIMARY KEY, g \"güte\", j json, x xml)",
          "INSERT INTO \"größe\" VALUES ('ä', 'schön', '\"ö\"', '<ü/>')");
      try (CaptureRun run =
          CaptureRun.of(latin)
              .record(record)
              .capture(c -> c.replica(latin.standbyUrl(0)).dumpRequests(requests))
              .start()) {
        run.awaitCaughtUp();
        run.awaitDumped();
        latin.execute("INSERT INTO \"größe\" SELECT 'ß', g, j, x FROM \"größe\"");
        run.awaitCaughtUp();
        TableName table = new TableName("public", "größe");
        requests.ask(DumpRequest.ofKeys(12, table, new KeyTexts(List.of(List.of("ß")))));
        run.await("what was asked for", () -> requests.read().containsKey(12L));
        assertThat(run.changes().stream().filter(RowChange.class::isInstance))
            .extracting(change -> ChangeJson.toJson(change).replaceFirst(".*\"key\"", ""))
            .containsExactly(row("ä"), row("ß"), row("ß"));
      }
    }
  }

  private static String row(String key) {
    return ":{'schlüssel':'%1$s'},'new':{'schlüssel':'%1$s','g':'schön','j':'ö','x':'<ü/>'}}"
        .formatted(key)
        .replace('\'', '"');
  }

  private void check(Connection session, List<Change> changes) throws Exception {
    Map<Integer, List<String>> texts = texts(session);
    Map<Integer, String> rows = new HashMap<>();
    Map<Op, Integer> seen = new HashMap<>();
    for (Change change : changes) {
      if (change instanceof RowChange row) {
        int id = row.getInt("id");
        assertRow(session, row, texts.get(id));
        String json = ChangeJson.toJson(row);
        // Stream and dumps agree.
        assertThat(json.substring(json.indexOf("\"key\"")))
            .isEqualTo(rows.computeIfAbsent(id, first -> json.substring(json.indexOf("\"key\""))));
        seen.merge(row.op(), 1, Integer::sum);
      }
    }
    assertThat(rows).hasSize(2 * ROWS);
    assertThat(seen).isEqualTo(Map.of(Op.READ, ROWS + 2, Op.UPDATE, ROWS, Op.INSERT, ROWS));
  }

  private void assertRow(Connection session, RowChange row, List<String> expected)
      throws SQLException {
    for (int i = 0; i < literals.size(); i++) {
      Column column = row.schema().columns().get(row.schema().ordinal(column(i)));
      Object value = row.get(column(i));
      String text = null;
      if (value != null) {
        try (PreparedStatement statement =
            session.prepareStatement("SELECT (?::" + literals.get(i).type() + ")::text")) {
          statement.setObject(1, Literals.of(value, column.type()), Types.OTHER);
          try (ResultSet read = statement.executeQuery()) {
            read.next();
            text = read.getString(1);
          }
        }
      }
      assertThat(text).as("%s of %s", literals.get(i).type(), row).isEqualTo(expected.get(i));
    }
  }

  /** The rows by their ids, each value as the session reads it. */
  private Map<Integer, List<String>> texts(Connection session) throws SQLException {
    String columns =
        IntStream.range(0, literals.size())
            .mapToObj(i -> column(i) + "::text")
            .collect(Collectors.joining(", "));
    Map<Integer, List<String>> texts = new HashMap<>();
    try (Statement statement = session.createStatement();
        ResultSet row = statement.executeQuery("SELECT id, " + columns + " FROM everything")) {
      while (row.next()) {
        String[] values = new String[literals.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = row.getString(i + 2);
        }
        texts.put(row.getInt(1), Arrays.asList(values));
      }
    }
    return texts;
  }
}
