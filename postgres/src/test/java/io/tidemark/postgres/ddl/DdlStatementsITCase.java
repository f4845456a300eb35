package io.tidemark.postgres.ddl;

import static io.tidemark.postgres.ddl.DdlDatabase.EXTENSION;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.ddl.DdlDatabase.Described;
import io.tidemark.postgres.ddl.DdlDatabase.Entry;
import io.tidemark.postgres.ddl.DdlDatabase.Other;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Message;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The extension's SQL describes each statement of its regression tests, on every major version. */
@Tag("once") // runs on all of them
class DdlStatementsITCase {
  private static final int REGRESSED = 15;
  private static final String DATABASE = "contrib_regression";
  private static final int LISTED = 4;

  /** Prefix of the message behind what a string has done. */
  private static final String END = "end of string";

  /** What is described from a major version on: a constraint is what NOT NULL is in 18. */
  private static final Map<String, Integer> SINCE =
      Map.of(
          "end|REINDEX|t|0|reindex table a",
          17,
          "drop|ALTER TABLE|t|0|alter table li alter v drop not null",
          18);

  /**
   * A description and where it came.
   *
   * @param string what the client sent, null but for the first description of it
   * @param place of the transaction among those of the string, from 1, and rows before and after it
   */
  private record Line(String string, Described described, String place) {}

  @ParameterizedTest
  @ValueSource(ints = {14, 16, 17, 18})
  void sqlAloneTellsTheTextsThatItClaimsToKnow(int major) throws Exception {
    List<String> expected = RegressOutput.bySql().stream().map(line -> text(line)).toList();
    List<String> described = new ArrayList<>();
    for (Line line : run(major)) {
      assertThat(line.described().signed()).as(line.described().json()).isTrue();
      String text = text(RegressLine.of(line.described()));
      if (major < SINCE.getOrDefault(text, Integer.MAX_VALUE)) {
        described.add(text);
      }
    }
    assertThat(described).isEqualTo(expected);
  }

  @Test
  void theTableOfStatementsIsWhatIsDescribed() throws Exception {
    List<Line> lines = run(REGRESSED);
    assertThat(lines.stream().map(line -> RegressLine.of(line.described())).toList())
        .isEqualTo(RegressOutput.bySql());
    Path file = EXTENSION.resolveSibling("docs").resolve("ddl-statements.md");
    String document = document(lines, RegressOutput.byLibrary());
    if (Boolean.getBoolean("tidemark.docs.write")) {
      Files.writeString(file, document);
      return;
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as("%s; write it anew with -Dtidemark.docs.write=true", file)
        .isEqualTo(document);
  }

  /** Event, tag, whether the text is exact, depth and text: what the major version leaves alone. */
  private static String text(String line) {
    return String.join("|", List.of(line.split("\\|", -1)).subList(0, 5));
  }

  private static List<Line> run(int major) throws SQLException, IOException {
    try (PostgresCluster cluster =
            PostgresCluster.builder()
                .major(major)
                .setting("max_prepared_transactions", "5")
                .start();
        TestDatabase database = TestDatabase.create(cluster)) {
      return run(DdlDatabase.install(database));
    }
  }

  private static List<Line> run(DdlDatabase database) throws SQLException, IOException {
    List<Line> lines = new ArrayList<>();
    String file = Files.readString(EXTENSION.resolve("sql").resolve("statements.psql"));
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      List<String> strings = PsqlFile.strings(file);
      for (String string : strings) {
        try {
          statement.execute(string.replace(DATABASE, database.database().name()));
        } catch (SQLException e) {
          // As in the regression tests: what fails is not described.
          assertThat(e.getMessage()).matches("(?s).*(replica identity|security label).*");
        }
        // By another session: a transaction can go on.
        database
            .database()
            .execute("SELECT pg_logical_emit_message(true, '%s', '')".formatted(END));
      }
      List<List<Entry>> ofString = new ArrayList<>();
      int string = 0;
      // At once: each look decodes all WAL since the slot was made.
      for (List<Entry> transaction : database.take()) {
        if (transaction.stream().anyMatch(DdlStatementsITCase::isEnd)) {
          lines(strings.get(string++), ofString, lines);
          ofString.clear();
        } else {
          ofString.add(transaction);
        }
      }
      assertThat(string).isEqualTo(strings.size());
    }
    return lines;
  }

  private static boolean isEnd(Entry entry) {
    return entry instanceof Other other
        && other.message() instanceof Message message
        && message.prefix().equals(END);
  }

  private static void lines(String string, List<List<Entry>> transactions, List<Line> lines) {
    String sent = string;
    for (int t = 0; t < transactions.size(); t++) {
      List<Entry> entries = transactions.get(t);
      for (int i = 0; i < entries.size(); i++) {
        if (entries.get(i) instanceof Described described) {
          String place =
              "%d: %d, %d"
                  .formatted(
                      t + 1, rows(entries.subList(0, i)), rows(entries.subList(i, entries.size())));
          lines.add(new Line(sent, described, place));
          sent = null;
        }
      }
    }
  }

  private static long rows(List<Entry> entries) {
    return entries.stream().filter(Other.class::isInstance).count();
  }

  private static String document(List<Line> lines, Map<Integer, String> byLibrary) {
    StringBuilder rows = new StringBuilder();
    int sql = 0;
    int library = 0;
    int withheld = 0;
    for (int i = 0; i < lines.size(); i++) {
      DdlStatement statement = lines.get(i).described().statement();
      String text = byLibrary.getOrDefault(i, statement.text().orElse(""));
      sql += statement.text().isPresent() ? 1 : 0;
      library += text.isEmpty() ? 0 : 1;
      withheld += statement.isWithheld() ? 1 : 0;
      String sent = lines.get(i).string();
      rows.append(
          "| %s | %s %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  sent == null ? "" : sent.equals(text) ? "the text" : code(sent),
                  statement.event().name().toLowerCase(Locale.ROOT),
                  statement.tag(),
                  code(text),
                  known(statement, statement.text().isPresent()),
                  known(statement, !text.isEmpty()),
                  structure(lines.get(i)),
                  lines.get(i).place()));
    }
    return """
        # Statements and what is captured of them

        Written by `DdlStatementsITCase` of what the extension describes on PostgreSQL 15: %d descriptions, of which the text is told of %d by SQL alone and of %d with the library; of %d it is withheld by both, as it may hold a password. Where SQL alone does not know a text it says so, and what the statement did is told all the same. The library's column is what the extension's regression tests expect (`pg-extension/expected`). On PostgreSQL 14 and 16 to 18 the texts are the same, which the test tries; 17 has events of REINDEX, 18 drops of NOT NULL.

        A string that the client sent is there once, with the first description of it. The structure is that of the tables concerned, as they are then, with a dash for a column that was dropped before others. The place is which of the string's transactions the message is in, and how many rows and truncations it has before and after it.

        | sent | event | text | by SQL | by the library | what was dropped, and the structure | place |
        |---|---|---|---|---|---|---|
        %s"""
        .formatted(lines.size(), sql, library, withheld, rows);
  }

  private static String known(DdlStatement statement, boolean known) {
    return statement.isWithheld() ? "withheld" : known ? "yes" : "`exact: false`";
  }

  private static String structure(Line line) {
    String[] columns = RegressLine.of(line.described()).split("\\|", -1);
    String tables = columns[columns.length - 2];
    String dropped = columns[columns.length - 3];
    return Stream.of(shortened(dropped), tables.replace("dropped", "-"))
        .filter(text -> !text.isEmpty())
        .map(DdlStatementsITCase::code)
        .collect(joining("<br>"));
  }

  private static String shortened(String objects) {
    String[] each = objects.split(", ");
    if (each.length <= LISTED) {
      return objects;
    }
    return Arrays.stream(each).limit(LISTED).collect(joining(", "))
        + " and %d more".formatted(each.length - LISTED);
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text.replace("\n", " ").replace("|", "\\|") + "`";
  }
}
