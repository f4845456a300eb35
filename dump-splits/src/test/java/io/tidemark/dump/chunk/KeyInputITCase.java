package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What texts are no keys, and what is said of them; {@link KeyChunksITCase} has those that are. */
class KeyInputITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  private TestDatabase database;
  private Dumps dumps;

  @BeforeEach
  void makeTables() throws Exception {
    database = POSTGRES.database();
    dumps = new Dumps(POSTGRES.cluster(), database);
    database.execute(
        "CREATE DOMAIN few AS int CHECK (VALUE < 10)",
        "CREATE TYPE mood AS ENUM ('good', 'bad')",
        "CREATE TABLE t (a int, b text, \"C\"\"c\" mood, PRIMARY KEY (a, b, \"C\"\"c\"))",
        "INSERT INTO t SELECT i, 'k' || i, 'good' FROM generate_series(1, 1200) i",
        "CREATE TABLE short (v varchar(3), c char(3), n numeric(5, 1), b bit(4), f few,"
            + " PRIMARY KEY (v, c, n, b, f))",
        "INSERT INTO short VALUES ('abc', 'ab', 1.2, '0110', 5)",
        "CREATE TABLE loose (a int)",
        "CREATE PUBLICATION p FOR TABLE t, short, loose");
  }

  private List<RowKey> read(PhysicalTable table, List<List<String>> texts) throws Exception {
    try (Connection standby = dumps.connect()) {
      return KeyInput.read(standby, table.schema(), new KeyTexts(texts));
    }
  }

  private void refused(PhysicalTable table, List<List<String>> texts, String why) {
    assertThatThrownBy(() -> read(table, texts))
        .isInstanceOf(KeyInputException.class)
        .hasMessageContaining(why)
        .hasMessageContaining("public." + table.physical().name())
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  @Test
  void keysThatComeTwiceAreReadOnce() throws Exception {
    PhysicalTable t = dumps.planOne("t");
    List<List<String>> texts = new ArrayList<>();
    IntStream.rangeClosed(1, 1200).forEach(i -> texts.add(List.of(i + "", "k" + i, "good")));
    texts.add(List.of(" 0007 ", "k7", "good"));
    List<RowKey> keys = read(t, texts);
    assertThat(keys).hasSize(1200);
    List<String> rows = new ArrayList<>();
    try (ChunkSession session = dumps.open(dumps.standby())) {
      Dumps.read(session, t, new ChunkRequest.Keys(keys), rows);
    }
    assertThat(rows).hasSize(1200);
  }

  @Test
  void aTextThatIsNoValueIsToldByItsColumn() throws Exception {
    PhysicalTable t = dumps.planOne("t");
    List<String> good = List.of("1", "k1", "good");
    refused(t, List.of(good, List.of("secret", "b", "good")), "column a of public.t, of type int");
    refused(t, List.of(good, List.of("99999999999", "secret", "good")), "column a of public.t");
    refused(t, List.of(good, List.of("1", "b", "secret")), "column C\"c of public.t, of type");
    assertThatThrownBy(() -> read(t, List.of(List.of("x", "b", "good"))))
        .hasMessageContaining("SQLSTATE 22P02");
    List<List<String>> late = new ArrayList<>(Collections.nCopies(900, good));
    late.add(List.of("1", "", "secret"));
    refused(t, late, "column C\"c of public.t");
  }

  @Test
  void aTextIsNotSql() throws Exception {
    PhysicalTable t = dumps.planOne("t");
    String tricky = "'; DROP TABLE t; -- \\' ?";
    database.execute("INSERT INTO t VALUES (0, '" + tricky.replace("'", "''") + "', 'bad')");
    POSTGRES.cluster().awaitReplay();
    List<RowKey> keys = read(t, List.of(List.of("0", tricky, "bad")));
    List<String> rows = new ArrayList<>();
    try (ChunkSession session = dumps.open(dumps.standby())) {
      Dumps.read(session, t, new ChunkRequest.Keys(keys), rows);
    }
    assertThat(rows).containsExactly("0|" + tricky + "|bad");
  }

  @Test
  void theNumberOfColumnsIsTheKeys() throws Exception {
    PhysicalTable t = dumps.planOne("t");
    refused(
        t,
        List.of(List.of("1", "k1", "good"), List.of("secret")),
        "key 2 of 2 has 1 column, and the key of public.t has 3: a, b, C\"c");
    refused(dumps.planOne("loose"), List.of(List.of("1")), "public.loose has no key");
  }

  @Test
  void whatDoesNotFitTheColumnIsTheKeyOfNoRow() throws Exception {
    PhysicalTable table = dumps.planOne("short");
    List<List<String>> texts =
        List.of(
            List.of("abcd", "ab", "1.2", "0110", "5"),
            List.of("abc", "abcd", "1.2", "0110", "5"),
            List.of("abc", "ab", "1.21", "0110", "5"),
            List.of("abc", "ab", "1.2", "01101", "5"),
            List.of("abc", "ab", "1.2", "0110", "50"));
    List<RowKey> keys = read(table, texts);
    assertThat(keys).hasSize(5);
    List<String> rows = new ArrayList<>();
    try (ChunkSession session = dumps.open(dumps.standby())) {
      Dumps.read(session, table, new ChunkRequest.Keys(keys), rows);
      assertThat(rows).isEmpty();
      keys = read(table, List.of(List.of("abc", "ab ", "1.20", "0110", "5")));
      Dumps.read(session, table, new ChunkRequest.Keys(keys), rows);
    }
    assertThat(rows).hasSize(1);
  }

  @Test
  void shortTextsOfLargeValuesAreRefused() throws Exception {
    database.execute("CREATE TABLE n (a int[] PRIMARY KEY)", "ALTER PUBLICATION p ADD TABLE n");
    String array = "{1" + ",1".repeat(600_000) + "}";
    refused(dumps.planOne("n"), List.of(List.of(array)), "come to more than 4194304 bytes");
  }

  @Test
  void aServerThatIsGoneIsNoTextsFault() throws Exception {
    PhysicalTable t = dumps.planOne("t");
    Connection standby = dumps.connect();
    standby.close();
    KeyTexts texts = new KeyTexts(List.of(List.of("1", "k1", "good")));
    assertThatThrownBy(() -> KeyInput.read(standby, t.schema(), texts))
        .isInstanceOf(SQLException.class);
  }
}
