package io.tidemark.postgres.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;

/**
 * PostgreSQL is the oracle: it sends a value in binary, and reads the text of what was decoded. It
 * must find the same value, with the same text.
 */
class TypesITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .cluster(cluster -> cluster.moneyLocale("yen", 0).moneyLocale("dinar", 3))
          .build();

  /** A COPY's signature, flags and length of the header's extension. */
  private static final int HEADER = 19;

  private final TypeCatalog catalog = new TypeCatalog();
  private Connection connection;

  @BeforeEach
  void connect() throws Exception {
    POSTGRES
        .database()
        .execute(
            "CREATE EXTENSION hstore",
            "CREATE EXTENSION citext",
            "CREATE EXTENSION ltree",
            "CREATE TYPE mood AS ENUM ('ok', 'so so', 'ö\"\\')",
            "CREATE DOMAIN amount AS numeric(12, 2)",
            "CREATE DOMAIN tip AS amount CHECK (value >= 0)",
            "CREATE DOMAIN moods AS mood[]",
            "CREATE TYPE pair AS (a int, b text, c timestamptz, d int[])",
            "CREATE TYPE span AS RANGE (subtype = amount)",
            "CREATE TYPE acl AS (a int, b aclitem)",
            "CREATE SCHEMA \"Odd one\"",
            "CREATE TYPE \"Odd one\".\"Mood\" AS ENUM ('x')",
            "CREATE TYPE inside AS (m mood, t tip, p pair, price money)",
            "CREATE DOMAIN somewhere AS inside CHECK ((VALUE).m <> 'so so')",
            """
            CREATE TYPE outside AS (i inside, h hstore, c citext, l ltree, ms mood[], s span,
                o "Odd one"."Mood", d somewhere, ps pair[], prices money[], none moods)""",
            "CREATE TABLE of_all (o outside[], s span)");
    connection = POSTGRES.database().connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET intervalstyle = 'iso_8601'");
      statement.execute("SET timezone = 'Asia/Kathmandu'");
    }
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
  }

  @Test
  void numbersSurvive() throws Exception {
    survive("bool", "true", "false");
    survive("int2", "0", "-1", "32767", "-32768");
    survive("int4", "0", "-1", "2147483647", "-2147483648");
    survive("int8", "0", "-1", "9223372036854775807", "-9223372036854775808");
    survive("float4", "0", "-0", "1.5", "1e-45", "3.4028235e38", "NaN", "Infinity", "-Infinity");
    survive("float8", "0", "-0", "0.1", "5e-324", "1.7976931348623157e308", "NaN", "-Infinity");
    survive("oid", "0", "4294967295");
    survive("xid", "4294967295");
    survive("xid8", "18446744073709551615");
    survive("regclass", "pg_class");
    survive("pg_lsn", "0/0", "FFFFFFFF/FFFFFFFF");
    survive("xid", "0");
    survive("amount", "1.5", "-0.01", "NaN");
    survive("tip", "0", "9999999999.99");
    survive("money", "0", "-12.34", "92233720368547758.07");
  }

  @Test
  void moneyIsOfTheDatabasesLocaleWhateverARoleHas() throws Exception {
    assertThat(decode("12.34", "money")).isEqualTo(new BigDecimal("12.34"));
    POSTGRES
        .database()
        .execute("ALTER DATABASE " + POSTGRES.database().name() + " SET lc_monetary = 'yen'");
    TestDatabase.Role role = POSTGRES.database().createCaptureRole();
    POSTGRES.database().execute("ALTER ROLE " + role.name() + " SET lc_monetary = 'dinar'");
    Endpoint endpoint =
        new Endpoint(
            POSTGRES.database().primaryUrl(), role.name(), Password.of(role.password()), Map.of());
    try (Connection session = endpoint.connect()) {
      TypeCatalog types = new TypeCatalog();
      assertThat(MoneyScale.isHidden(session)).isFalse();
      assertThat(types.known(PgType.MONEY)).isNull();
      assertThat(types.resolve(session, PgType.MONEY).scale()).isZero();
      assertThat(types.resolve(session, oid("money[]")).inner().scale()).isZero();
      POSTGRES
          .database()
          .execute("ALTER DATABASE " + POSTGRES.database().name() + " RESET lc_monetary");
      assertThat(types.resolve(session, PgType.MONEY).scale()).isZero();
    }
    try (Connection session = endpoint.connect()) {
      assertThat(MoneyScale.isHidden(session)).isTrue();
      assertThat(new TypeCatalog().resolve(session, PgType.MONEY).scale()).isEqualTo(3);
    }
    assertThat(MoneyScale.isHidden(connection)).isFalse();
  }

  @Test
  void numericsSurvive() throws Exception {
    survive("numeric", "0", "0.00", "1", "-1", "1.50", "10000", "100000000", "0.0001", "0.00001");
    survive("numeric", "1234567890123456789012345678901234567890.12345678901234567890");
    survive("numeric", "9".repeat(40), "0." + "0".repeat(40) + "1", "0." + "9".repeat(16));
    survive("numeric", "NaN", "Infinity", "-Infinity");
    survive("numeric", "1" + "0".repeat(900), "9".repeat(131_072), "0." + "7".repeat(16_383));
    survive("numeric(10,4)", "1", "12.3400", "-999999.9999");
    survive("numeric(1000,0)", "1" + "0".repeat(998));
    assertThat((BigDecimal) decode("1" + "0".repeat(131_000), "numeric"))
        .isEqualByComparingTo("1E131000");
  }

  @Test
  void textsSurvive() throws Exception {
    String odd = "äöü ☃ 🂡 \"\\ ' , {} \t\n NULL";
    survive("text", "", " ", odd, "x".repeat(100_000));
    survive("varchar(9)", "", "ä");
    survive("char(5)", "", "a", "abcde");
    survive("name", "a name");
    survive("\"char\"", "", "a", "\\344");
    survive("json", "{\"a\": [1,  2.0, null], \"a\": 1e400}", "\"\\u0041\"");
    survive("jsonb", "{\"a\": [1, 2.0, null]}", "12345678901234567890.1234567890", "null");
    survive("xml", "<a>ö</a>", "<?xml version=\"1.0\" standalone=\"yes\"?><a/>");
    // As PostgreSQL's output, though not its cast to text, it names no encoding, being of ours.
    assertThat(decode("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>ö</a>", "xml"))
        .isEqualTo("<a>ö</a>");
    survive("bytea", "\\x", "\\x00ff5c");
    survive("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ffffffff-ffff-ffff-ffff-ffffffffffff");
    survive("mood", "ok", "ö\"\\");
    survive("\"Odd one\".\"Mood\"", "x");
    survive("jsonpath", "$.\"a\"[*]?(@ > 1)");
    survive("hstore", "", "a=>1, \"b \\\"\"=>NULL");
  }

  @Test
  void datesAndTimesSurvive() throws Exception {
    survive("date", "2000-01-01", "1970-01-01", "0001-01-01", "0001-12-31 BC", "0044-03-15 BC");
    survive("date", "4714-11-24 BC", "5874897-12-31", "infinity", "-infinity", "2024-02-29");
    String[] times = {
      "2000-01-01", "1999-12-31 23:59:59.999999", "0001-01-01", "0001-12-31 23:59:59.5 BC",
      "4713-01-01 BC", "294276-12-31 23:59:59.999999", "infinity", "-infinity"
    };
    survive("timestamp", times);
    survive("timestamptz", times);
    survive("timestamptz(3)", "2024-02-29 12:00:00.1236+14:00");
    survive("time", "00:00", "23:59:59.999999", "24:00");
    survive("timetz", "00:00+00", "12:00:00.5-15:59:59", "24:00+05:45");
    survive("interval", "0", "1 mon -1 day", "-1 mon 1 day", "178000000 years", "-0.000001 sec");
    survive("interval", "100:59:59.999999", "-1 year -2 mons +3 days -04:05:06.7", "1 min");
    if (POSTGRES.database().queryLong("SHOW server_version_num") >= 170_000) {
      survive("interval", "2147483647 months 2147483646 days 2562047788:00:54.775807");
      survive("interval", "infinity", "-infinity");
    }
  }

  @Test
  void netsBitsAndShapesSurvive() throws Exception {
    survive(
        "inet", "1.2.3.4", "1.2.3.4/8", "0.0.0.0/0", "::", "::1", "::ffff:1.2.3.4", "::1.2.3.4");
    survive("inet", "1::", "1:0:0:2::3", "1:2:3:4:5:6:7:8/64", "1:0:2:0:3:0:4:0", "::2", "0:0:1::");
    survive("cidr", "10.0.0.0/8", "1.2.3.4/32", "2001:db8::/32", "::/0", "::1/128");
    survive("macaddr", "08:00:2b:01:02:03");
    survive("macaddr8", "08:00:2b:01:02:03:04:ff");
    survive("bit(3)", "101");
    survive("bit varying", "", "1", "10101010", "1010101011");
    survive("point", "(1.5,-2)", "(NaN,Infinity)");
    survive("lseg", "[(1,2),(3,4)]");
    survive("box", "(3,4),(1,2)");
    survive("line", "{1,2,3}");
    survive("path", "[(1,2),(3,4)]", "((1,2),(3,4),(5,6))");
    survive("polygon", "((1,2),(3,4),(5,6))");
    survive("circle", "<(1,2),3>");
    survive("tid", "(4294967295,65535)");
    survive("tsvector", "", "'a b' 'it''s':1A,2B,3C,4 'x\\\\y':16383");
    survive("pg_snapshot", "10:20:10,14,15", "7:7:");
  }

  @Test
  void textQueriesSurvive() throws Exception {
    survive("tsquery", "", "'a b'", "'it''s \\\\'", "a:*", "a:AD & b:*BC", "!a", "!!a");
    survive(
        "tsquery", "a | b & c", "(a | b) & c", "!(a & b) | !c", "a & b | c & !d", "(a & b) & c");
    survive("tsquery", "a <-> b", "a <3> b <0> c", "a <-> (b <2> c)", "(a | b) <-> !(c & d)");
    survive(
        "tsquery", "(a <-> b) & c", "!(a <-> b)", "a <-> !b", "(a & b) | (c | d)", "a & (b & c)");
    survive("tsquery", "!".repeat(20) + "a", "(!".repeat(9) + "a" + "& b)".repeat(9));
    survive("tsquery[]", "{\"'a' & 'b'\"}");
  }

  @Test
  void containersSurvive() throws Exception {
    survive(
        "int4[]", "{}", "{1,NULL,-3}", "{{1,2},{3,NULL}}", "[0:1]={1,2}", "[-2:-1][5:5]={{1},{2}}");
    survive("int8[]", "{{{{{{1,2}}}}}}");
    survive("text[]", "{\"\",NULL,\"NULL\",\"a,b\",\"{\\\"\\\\}\"}");
    survive("numeric[]", "{1.50,NaN,-Infinity}");
    survive("timestamptz[]", "{infinity,0044-03-15 BC,NULL}");
    survive("bytea[]", "{\"\\\\x00ff\"}");
    survive("json[]", "{\"{\\\"a\\\": [1]}\"}");
    survive("box[]", "{(3,4),(1,2);(1,1),(0,0)}");
    survive("mood[]", "{ok,NULL,\"so so\"}");
    survive("moods", "{{ok},{\"so so\"}}");
    survive("tip[]", "{1.00,NULL}");
    survive("int2vector", "", "1 2 3");
    survive("oidvector", "1 4294967295");
    survive("int4range", "empty", "[1,10)", "(,5)", "[7,)", "(,)");
    survive("numrange", "(1.50,2.5]", "[1,1]", "[-Infinity,NaN]");
    survive("daterange", "[2000-01-01,infinity)", "[-infinity,0044-03-15 BC)");
    survive("tstzrange", "[\"2000-01-01 00:00:00.5+00\",infinity]");
    survive("tsrange[]", "{\"[2000-01-01,2000-01-02)\",empty,NULL}");
    survive("span", "[1.00,2.50)");
    survive("int4multirange", "{}", "{[1,3),[5,7),[9,)}");
    survive("nummultirange[]", "{\"{[1.5,2.5]}\",\"{}\"}");
    survive(
        "pair", "(1,\"a \\\"b\\\\\",2000-01-01 00:00:00+00,\"{1,NULL}\")", "(,,,)", "(,\"\",,{})");
    survive("pair[]", "{\"(1,a,,)\",NULL}");
  }

  @Test
  void whatCompositesHoldSurvives() throws Exception {
    String inside = "ROW('ö\"\\', 1.5, ROW(1, 'a \"b\" + \\', now(), '{1,NULL}'), -12.34)::inside";
    String outside =
        "ROW("
            + inside
            + """
            , 'a=>1, "b c"=>NULL', 'Ci, (t)', 'a.b', '{ok,NULL,"so so"}', '[1.00,2.50)', 'x',
            ROW('ok', 2, NULL, NULL)::inside, ARRAY[ROW(1, '', NULL, NULL)::pair, NULL],
            '{1.5,NULL}', '{{ok},{"so so"}}')::outside""";
    survive("inside", inside + " + ", "(,,,)", "(ok,,\"(,,,)\",)");
    survive("outside", "(" + outside + ") + ", "(,,,,,,,,,,)", "(,\"\",,,{},empty,,,{},{},)");
    survive("outside[]", "ARRAY[" + outside + ", NULL] + ");
    survive("of_all", "ROW(ARRAY[" + outside + "], NULL)::of_all + ");
  }

  @Test
  void randomValuesSurvive() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try {
      survive("int8", random.longs(200).mapToObj(Long::toString));
      survive("float8", random.longs(200).mapToObj(bits -> "" + Double.longBitsToDouble(bits)));
      survive("float4", random.ints(200).mapToObj(bits -> "" + Float.intBitsToFloat(bits)));
      survive(
          "numeric",
          Stream.generate(
                  () ->
                      new BigDecimal(
                              new BigInteger(1 + random.nextInt(200), random), random.nextInt(60))
                          .multiply(BigDecimal.valueOf(random.nextBoolean() ? 1 : -1))
                          .toPlainString())
              .limit(300));
      survive(
          "timestamptz",
          Stream.generate(
                  () ->
                      "(timestamptz '2000-01-01 UTC' + interval '%d days %d ms')"
                          .formatted(days(random, 106_000_000), random.nextInt()))
              .limit(200));
      survive(
          "date",
          Stream.generate(() -> "(date '2000-01-01' + %d)".formatted(days(random, 2_000_000_000)))
              .limit(200));
      survive(
          "interval",
          Stream.generate(
                  () ->
                      "%d mons %d days %d hours %d ms"
                          .formatted(
                              random.nextInt(),
                              random.nextInt(),
                              random.nextInt(),
                              random.nextInt()))
              .limit(200));
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  @Test
  void builtInTypesAreTheServers() throws Exception {
    Map<Integer, PgType> read = TypeCatalog.read(connection, BuiltinTypes.all().keySet());
    assertThat(read).hasSizeGreaterThan(130);
    read.forEach(
        (oid, type) -> {
          assertThat(type).isEqualTo(BuiltinTypes.find(oid));
          assertThat(type.name()).isEqualTo(BuiltinTypes.find(oid).name());
        });
  }

  @Test
  void typesResolveAllTheWayDown() throws Exception {
    int moods = oid("moods");
    int odd = oid("\"Odd one\".\"Mood\"[]");
    int acls = oid("acl[]");
    Map<Integer, PgType> types =
        catalog.resolve(connection, List.of(moods, odd, acls, 23, 4_000_000));
    PgType domain = types.get(moods);
    assertThat(domain.kind()).isEqualTo(Kind.DOMAIN);
    assertThat(domain.underlying().kind()).isEqualTo(Kind.ARRAY);
    assertThat(domain.underlying().inner().kind()).isEqualTo(Kind.ENUM);
    assertThat(domain.underlying().name()).isEqualTo("public.mood[]");
    assertThat(types.get(odd).name()).isEqualTo("\"Odd one\".\"Mood\"[]");
    assertThat(types.get(acls).binary()).isFalse();
    assertThat(types.get(23)).isSameAs(BuiltinTypes.find(23));
    assertThat(types.get(4_000_000).kind()).isEqualTo(Kind.UNKNOWN);
    assertThat(catalog.known(moods)).isSameAs(domain);
    assertThat(catalog.known(4_000_000)).isNull();
    assertThat(catalog.resolve(connection, oid("span")).inner().kind()).isEqualTo(Kind.DOMAIN);
    assertThat(catalog.resolve(connection, oid("acl")).binary()).isFalse();
    assertThat(catalog.resolve(connection, oid("pair")).binary()).isTrue();
  }

  @Test
  void aTypeOutOfSightIsAskedForAgain() throws Exception {
    connection.setAutoCommit(false);
    int oid = oid("mood");
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TYPE mood CASCADE");
      assertThat(catalog.resolve(connection, oid).kind()).isEqualTo(Kind.UNKNOWN);
      connection.rollback();
    }
    assertThat(catalog.resolve(connection, oid).kind()).isEqualTo(Kind.ENUM);
  }

  private static int days(Random random, int most) {
    return random.nextInt(-2_400_000, most);
  }

  private void survive(String type, Stream<String> values) throws Exception {
    survive(type, values.toArray(String[]::new));
  }

  private void survive(String type, String... values) throws Exception {
    PgType resolved = catalog.resolve(connection, oid(type));
    String rows =
        Arrays.stream(values)
            .map(value -> "(" + sql(value, type) + ")")
            .collect(Collectors.joining(","));
    List<Tuple> tuples = copy("SELECT v, v::text FROM (VALUES " + rows + ") AS t (v)");
    assertThat(tuples).hasSize(values.length);
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT (?::" + type + ")::text")) {
      for (Tuple tuple : tuples) {
        Object decoded = Values.decode(tuple, 0, resolved);
        statement.setObject(1, Literals.of(decoded, resolved), Types.OTHER);
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          assertThat(row.getString(1))
              .as("%s as %s", type, decoded.getClass())
              .isEqualTo(new String(tuple.value(1), UTF_8));
        }
      }
    }
  }

  private Object decode(String value, String type) throws Exception {
    Tuple tuple = copy("SELECT " + sql(value, type)).get(0);
    return Values.decode(tuple, 0, catalog.resolve(connection, oid(type)));
  }

  /** A value may be an expression of the type, with a plus in it or at its end. */
  private static String sql(String value, String type) {
    return value.endsWith(" + ")
        ? value.substring(0, value.length() - 3)
        : value.contains(" + ") ? value : "'" + value.replace("'", "''") + "'::" + type;
  }

  private List<Tuple> copy(String query) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    connection
        .unwrap(PGConnection.class)
        .getCopyAPI()
        .copyOut("COPY (" + query + ") TO STDOUT (FORMAT binary)", out);
    byte[] bytes = out.toByteArray();
    List<Tuple> tuples = new ArrayList<>();
    int at = HEADER;
    while (bytes[at] != -1) {
      int start = at;
      int columns = bytes[at + 1];
      at += 2;
      for (int i = 0; i < columns; i++) {
        at += 4 + new BigInteger(Arrays.copyOfRange(bytes, at, at + 4)).intValue();
      }
      tuples.add(new Tuple(bytes, start, at - start, Tuple.Layout.COPY));
    }
    return tuples;
  }

  private int oid(String type) throws Exception {
    return (int)
        POSTGRES
            .database()
            .queryLong("SELECT '" + type.replace("'", "''") + "'::regtype::oid::int8");
  }
}
