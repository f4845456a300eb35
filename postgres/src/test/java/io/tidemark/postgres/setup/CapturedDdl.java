package io.tidemark.postgres.setup;

import io.tidemark.testkit.postgres.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What the DDL capture of a database writes. */
final class CapturedDdl {
  private static final String MESSAGES =
      """
      SELECT data FROM pg_logical_slot_get_binary_changes('%s', NULL, NULL,
        'proto_version', '1', 'publication_names', 'captured_ddl', 'messages', 'true')
      """;

  private CapturedDdl() {}

  /** The messages that a statement leaves, each as its prefix and content. */
  static List<String> of(TestDatabase database, String sql) throws SQLException {
    List<String> messages = new ArrayList<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP PUBLICATION IF EXISTS captured_ddl");
      statement.execute("CREATE PUBLICATION captured_ddl");
      statement.execute(
          "SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(database.slot()));
      try {
        statement.execute(sql);
        try (ResultSet row = statement.executeQuery(MESSAGES.formatted(database.slot()))) {
          while (row.next()) {
            String text = new String(row.getBytes(1), StandardCharsets.UTF_8);
            if (text.contains("tidemark.ddl")) {
              messages.add(text);
            }
          }
        }
      } finally {
        statement.execute("SELECT pg_drop_replication_slot('%s')".formatted(database.slot()));
      }
    }
    return messages;
  }
}
