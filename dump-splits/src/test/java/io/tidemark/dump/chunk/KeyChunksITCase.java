package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A chunk by keys finds the rows of these keys and no others; their texts are the same keys. */
class KeyChunksITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  /** Each key is looked for by itself, and all together. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      textBlock =
          """
          int;            (-5), (0), (2147483647)
          bigint;         (-9223372036854775808), (0), (9223372036854775807)
          oid;            (0), (4294967295)
          boolean;        (true), (false)
          text;           (''), ('a''b'), ('a\\b'), ('\\x00'), ('"{},()'), ('ü€𝄞'), (' x '), (E'\\n')
          varchar(9);     ('a'), ('A'), ('a '), ('a''\\')
          char(5);        ('a'), ('ab   '), ('')
          name;           ('n'), ('N'' \\')
          uuid;           ('00000000-0000-0000-0000-000000000000'), ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')
          numeric;        (0), (1.50), (-0.0001), (1e300), (1e-300), ('NaN'), ('Infinity'), ('-Infinity'), (12345678901234567890.0123456789)
          real;           (0), (1.1), (-3.4028235e38), (1.4e-45), ('NaN'), ('Infinity'), ('-Infinity')
          float8;         (0.1), (1.7976931348623157e308), (5e-324), ('NaN'), ('-Infinity')
          date;           ('2024-02-29'), ('infinity'), ('-infinity'), ('0044-03-15 BC'), ('4713-01-01 BC'), ('5874897-12-31')
          time;           ('00:00'), ('24:00'), ('23:59:59.999999')
          timetz;         ('00:00+00'), ('24:00-12'), ('12:34:56.7+05:30:15')
          timestamp;      ('2024-02-29 12:00:00.000001'), ('infinity'), ('-infinity'), ('0001-12-31 23:59:59 BC'), ('294276-12-31 23:59:59.999999'), ('4713-01-01 BC')
          timestamptz;    ('2024-02-29 12:00:00.000001+03'), ('infinity'), ('-infinity'), ('0001-12-31 23:59:59+00 BC'), ('294276-12-31 23:59:59.999999+00'), ('1900-01-01 00:00:00+00:19:32')
          bytea;          (''), ('\\x00'), ('\\xdeadbeef5c27')
          inet;           ('10.0.0.1'), ('10.0.0.1/8'), ('::1'), ('fe80::1/64')
          cidr;           ('10.0.0.0/8'), ('::/0')
          macaddr;        ('08:00:2b:01:02:03')
          bit(4);         ('0101'), ('1111')
          varbit;         (''), ('1'), ('10')
          pg_lsn;         ('0/0'), ('FFFFFFFF/FFFFFFFF')
          jsonb;          ('{"a": "b\\\\c''"}'), ('null'), ('[1, 2]')
          mood;           ('good'), ('it''s \\ bad')
          positive;       (1), (2)
          "Odd ""type";   (1), (2)
          "char";         ('a'), (''), ('\\')
          interval;       ('1 month'), ('2 days 00:00:00.000001'), ('-1 year')
          int[];          ('{1,2}'), ('{}'), ('{NULL}')
          int4range;      ('[1,5)'), ('empty')
          pair;           ('(1,"a,b")'), ('(,)')
          money;          ('12.34'), ('-1')
          """)
  void everyTypeOfKeyIsFound(String type, String values, TestDatabase database) throws Exception {
    database.execute(
        "CREATE TYPE mood AS ENUM ('good', 'it''s \\ bad')",
        "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
        "CREATE DOMAIN \"Odd \"\"type\" AS positive",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE TABLE t (k %s PRIMARY KEY, n serial)".formatted(type),
        "INSERT INTO t VALUES " + values,
        "CREATE PUBLICATION p FOR TABLE t");
    assertFound(database);
  }

  @Test
  void compositeKeysAreFound(TestDatabase database) throws Exception {
    database.execute(
        "CREATE TABLE t (n serial, a text, b int, c timestamptz, PRIMARY KEY (c, a, b))",
        "INSERT INTO t (a, b, c) SELECT chr(39) || a, b, 'infinity'"
            + " FROM generate_series(1, 30) a, generate_series(1, 5) b",
        "CREATE PUBLICATION p FOR TABLE t");
    assertFound(database);
  }

  @Test
  void wholeRowsAreFoundWithTheirNullsAndTypesWithoutEquality(TestDatabase database)
      throws Exception {
    database.execute(
        "CREATE TABLE t (a int, j json, p point, x aclitem[])",
        "INSERT INTO t VALUES (NULL, '{\"b\": 1}', NULL, NULL), (1, NULL, '(1,2)', NULL),"
            + " (NULL, '{\"b\":  1}', '(1,2)', '{postgres=r/postgres}'), (NULL, NULL, NULL, NULL)",
        "CREATE PUBLICATION p FOR TABLE t");
    assertFound(database);
  }

  @Test
  void manyKeysAreFoundOnce(TestDatabase database) throws Exception {
    database.execute(
        "CREATE TABLE t (k text PRIMARY KEY)",
        "INSERT INTO t SELECT i || repeat('k', 300) FROM generate_series(1, 2500) i",
        "CREATE PUBLICATION p FOR TABLE t");
    assertFound(database);
  }

  @Test
  void keysThatAreGoneGiveNoRow(TestDatabase database) throws Exception {
    database.execute(
        "CREATE TABLE t (k int PRIMARY KEY)",
        "INSERT INTO t VALUES (1), (2), (3)",
        "CREATE PUBLICATION p FOR TABLE t");
    Dumps dumps = new Dumps(POSTGRES.cluster(), database);
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      List<RowKey> keys = Dumps.keys(session, table);
      database.execute("DELETE FROM t WHERE k = 2");
      POSTGRES.cluster().awaitReplay();
      List<String> found = new ArrayList<>();
      Dumps.read(session, table, new ChunkRequest.Keys(keys), found);
      assertThat(found).containsExactlyInAnyOrder("1", "3");
    }
  }

  private static void assertFound(TestDatabase database) throws Exception {
    Dumps dumps = new Dumps(POSTGRES.cluster(), database);
    PhysicalTable table = dumps.planOne("t");
    try (ChunkSession session = dumps.open(dumps.standby())) {
      List<String> rows = new ArrayList<>();
      Dumps.read(session, table, Dumps.all(), rows);
      List<RowKey> keys = Dumps.keys(session, table);
      assertThat(keys).isNotEmpty().hasSameSizeAs(rows);
      List<String> found = new ArrayList<>();
      Dumps.read(session, table, new ChunkRequest.Keys(keys), found);
      assertThat(found).containsExactlyInAnyOrderElementsOf(rows);
      for (int i = 0; i < Math.min(20, keys.size()); i++) {
        found.clear();
        Dumps.read(session, table, new ChunkRequest.Keys(List.of(keys.get(i))), found);
        assertThat(found).containsExactly(rows.get(i));
      }
      if (table.schema().hasKey()) {
        assertThat(readFromTexts(database, table)).containsExactlyInAnyOrderElementsOf(keys);
      }
    }
  }

  /** All keys of the table as text, and read from it again. */
  private static List<RowKey> readFromTexts(TestDatabase database, PhysicalTable table)
      throws Exception {
    List<String> columns = table.schema().keyNames();
    String select =
        columns.stream()
            .map(column -> Sql.identifier(column) + "::text")
            .collect(Collectors.joining(", ", "SELECT ", " FROM t"));
    List<List<String>> texts = new ArrayList<>();
    try (Connection primary = database.connect();
        Statement statement = primary.createStatement();
        ResultSet rows = statement.executeQuery(select)) {
      while (rows.next()) {
        List<String> key = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
          key.add(rows.getString(i + 1));
        }
        texts.add(key);
      }
    }
    try (Connection standby = new Dumps(POSTGRES.cluster(), database).connect()) {
      return KeyInput.read(standby, table.schema(), new KeyTexts(texts));
    }
  }
}
