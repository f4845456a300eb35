package io.tidemark.postgres.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.postgres.setup.Walsender;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Random transactions on a real server; a consumer of the stream must end with its tables. */
class StreamContentITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder().setting("wal_level", "logical").build();

  private static final int TRANSACTIONS = 10_000;
  private static final List<String> TABLES = List.of("by_key", "by_row", "by_toast");

  private final List<String> messages = new ArrayList<>();
  private final Map<String, Map<String, List<String>>> tables = new HashMap<>();
  private final Map<Op, Integer> seen = new EnumMap<>(Op.class);
  private int truncates;
  private int moves;
  private int unchanged;

  @Test
  void tenThousandMixedTransactionsDecodeToWhatTheServerHolds() throws Exception {
    long seed = System.nanoTime();
    System.out.println("tenThousandMixedTransactions seed " + seed);
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE by_key (k text PRIMARY KEY, n int, big text)",
        "CREATE TABLE by_row (k text PRIMARY KEY, n int, big text)",
        "ALTER TABLE by_row REPLICA IDENTITY FULL",
        "CREATE TABLE by_toast (k text PRIMARY KEY, n int, big text)",
        "ALTER TABLE by_key ALTER big SET STORAGE EXTERNAL",
        "ALTER TABLE by_row ALTER big SET STORAGE EXTERNAL",
        "ALTER TABLE by_toast ALTER big SET STORAGE EXTERNAL, ALTER k SET STORAGE EXTERNAL",
        "CREATE PUBLICATION tidemark FOR ALL TABLES");
    List<String> expectedMessages = new ArrayList<>();
    try (Connection connection = database.connect();
        Connection walsender = Walsender.connect(endpoint(database))) {
      Slots.create(walsender, database.slot(), false);
      write(connection, new Random(seed), expectedMessages);
    }

    capture(database);

    for (String table : TABLES) {
      assertThat(tables.getOrDefault(table, Map.of())).as(table).isEqualTo(rows(database, table));
    }
    assertThat(messages).isEqualTo(expectedMessages);
    assertThat(seen).containsOnlyKeys(Op.INSERT, Op.UPDATE, Op.DELETE);
    assertThat(List.of(truncates, moves, unchanged)).allMatch(count -> count > 20);
  }

  private static void write(Connection connection, Random random, List<String> messages)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (int i = 0; i < TRANSACTIONS; i++) {
        StringBuilder sql = new StringBuilder("BEGIN;");
        List<String> mine = new ArrayList<>();
        for (int n = 1 + random.nextInt(6); n > 0; n--) {
          sql.append(change(random, mine)).append(';');
        }
        boolean commit = random.nextInt(10) > 0;
        if (commit) {
          messages.addAll(mine);
        }
        statement.execute(sql.append(commit ? "COMMIT" : "ROLLBACK").toString());
        if (random.nextInt(50) == 0) {
          statement.execute("SELECT pg_logical_emit_message(false, 'plain', 'x" + i + "')");
          messages.add("false plain x" + i);
        }
      }
      statement.execute("SELECT pg_logical_emit_message(true, 'end', '')");
      messages.add("true end ");
    }
  }

  private static String change(Random random, List<String> messages) {
    String table = TABLES.get(random.nextInt(TABLES.size()));
    String key = key(table, random);
    String big = "repeat('%c', %d)".formatted('a' + random.nextInt(26), random.nextInt(6000));
    return switch (random.nextInt(40)) {
      case 0 -> {
        String prefix = "m" + random.nextInt(9);
        messages.add("true " + prefix + " größe");
        yield "SELECT pg_logical_emit_message(true, '" + prefix + "', 'größe')";
      }
      case 1 -> random.nextInt(5) > 0 ? "SELECT 1" : "TRUNCATE " + table + ", by_row";
      case 2, 3, 4, 5, 6, 7 -> "DELETE FROM " + table + " WHERE k = " + key;
      case 8, 9, 10, 11 ->
          "UPDATE %s SET k = k || '%d' WHERE k = %s".formatted(table, random.nextInt(), key);
      case 12, 13, 14, 15, 16, 17, 18, 19 ->
          "UPDATE %s SET n = n + 1 WHERE k = %s".formatted(table, key);
      case 20, 21 -> "UPDATE %s SET big = NULL, n = NULL WHERE k = %s".formatted(table, key);
      default ->
          "INSERT INTO %s VALUES (%s, %d, %s) ON CONFLICT (k) DO UPDATE SET big = excluded.big"
              .formatted(table, key, random.nextInt(), big);
    };
  }

  /** Keys of by_toast are so long that they lie out of line. */
  private static String key(String table, Random random) {
    int number = random.nextInt(60);
    return table.equals("by_toast") ? "repeat('k%d ', 520)".formatted(number) : "'k" + number + "'";
  }

  private static Endpoint endpoint(TestDatabase database) {
    return new Endpoint(
        database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
  }

  private void capture(TestDatabase database) throws Exception {
    Endpoint endpoint = endpoint(database);
    StreamOptions options = StreamOptions.of(endpoint, database.slot(), "tidemark");
    try (CatalogSchemaResolver resolver =
            new CatalogSchemaResolver(endpoint, "tidemark", new TypeCatalog());
        StreamFetcher fetcher =
            StreamFetcher.start(options, StreamPosition.at(0), List.of(), resolver)) {
      Position last = new Position(0, 0);
      boolean open = false;
      while (messages.isEmpty() || open || !messages.get(messages.size() - 1).contains(" end ")) {
        StreamBatch batch = fetcher.poll();
        if (batch == null) {
          fetcher.available().get(30, TimeUnit.SECONDS);
          continue;
        }
        for (int i = 0; i < batch.size(); i++) {
          Change change = batch.change(i);
          assertThat(change.position()).isGreaterThan(last);
          last = change.position();
          open = change instanceof Begin || (open && !(change instanceof Commit));
          apply(change);
        }
        assertThat(batch.heartbeatLsn() == 0).isEqualTo(open);
      }
    }
  }

  private void apply(Change change) {
    if (change instanceof Truncate truncate) {
      truncates++;
      tables.remove(truncate.schema().name().name());
    } else if (change instanceof LogicalMessage message) {
      String content = new String(message.content(), StandardCharsets.UTF_8);
      messages.add(message.transactional() + " " + message.prefix() + " " + content);
    } else if (change instanceof RowChange row) {
      seen.merge(row.op(), 1, Integer::sum);
      apply(row);
    }
  }

  private void apply(RowChange row) {
    Map<String, List<String>> table =
        tables.computeIfAbsent(row.schema().name().name(), name -> new TreeMap<>());
    Tuple keyed = row.oldTuple() == null ? row.newTuple() : row.oldTuple();
    String oldKey = text(keyed, 0);
    List<String> old = row.op() == Op.INSERT ? null : table.remove(oldKey);
    assertThat(old == null).as(row.toString()).isEqualTo(row.op() == Op.INSERT);
    if (row.newTuple() == null) {
      return;
    }
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      if (row.newTuple().isUnchanged(i)) {
        assertThat(row.schema().name().name()).as("full rows lack nothing").isNotEqualTo("by_row");
        unchanged++;
        values.add(old.get(i));
      } else {
        values.add(i == 1 ? number(row.newTuple()) : text(row.newTuple(), i));
      }
    }
    boolean moved = !values.get(0).equals(oldKey);
    moves += moved ? 1 : 0;
    if (row.oldTuple() != null && !row.oldTupleIsFull()) {
      assertThat(moved).as("an old key means a move").isTrue();
    }
    assertThat(table.put(values.get(0), values)).isNull();
  }

  private static String text(Tuple tuple, int column) {
    byte[] value = tuple.value(column);
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  private static String number(Tuple tuple) {
    byte[] value = tuple.value(1);
    return value == null ? null : Integer.toString(ByteBuffer.wrap(value).getInt());
  }

  private static Map<String, List<String>> rows(TestDatabase database, String table)
      throws SQLException {
    Map<String, List<String>> rows = new TreeMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT k, n, big FROM " + table)) {
      while (row.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
          values.add(row.getString(i));
        }
        rows.put(values.get(0), values);
      }
    }
    return rows;
  }
}
