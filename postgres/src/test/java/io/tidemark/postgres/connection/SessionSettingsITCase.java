package io.tidemark.postgres.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.setup.Walsender;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever a role, a database or a URL sets: our sessions are alike. */
class SessionSettingsITCase {
  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  /** What each setting is set to, and what our sessions have. */
  private static final Map<String, List<String>> SETTINGS = new LinkedHashMap<>();

  static {
    SETTINGS.put("default_transaction_isolation", List.of("serializable", "read committed"));
    SETTINGS.put("default_transaction_read_only", List.of("on", "off"));
    SETTINGS.put("default_transaction_deferrable", List.of("on", "off"));
    SETTINGS.put("statement_timeout", List.of("1ms", "0"));
    SETTINGS.put("lock_timeout", List.of("1ms", "0"));
    SETTINGS.put("idle_in_transaction_session_timeout", List.of("1ms", "0"));
    SETTINGS.put("idle_session_timeout", List.of("1ms", "0"));
    SETTINGS.put("search_path", List.of("elsewhere", ""));
    SETTINGS.put("IntervalStyle", List.of("sql_standard", "postgres"));
    SETTINGS.put("DateStyle", List.of("SQL, DMY", "ISO, YMD"));
    SETTINGS.put("extra_float_digits", List.of("-3", "1"));
    SETTINGS.put("bytea_output", List.of("escape", "hex"));
    SETTINGS.put("standard_conforming_strings", List.of("off", "on"));
    SETTINGS.put("quote_all_identifiers", List.of("on", "off"));
    SETTINGS.put("TimeZone", List.of("Asia/Kathmandu", "UTC"));
    SETTINGS.put("array_nulls", List.of("off", "on"));
    SETTINGS.put("row_security", List.of("off", "on"));
    SETTINGS.put("jit", List.of("on", "off"));
    SETTINGS.put("client_encoding", List.of("LATIN1", "UTF8"));
  }

  private TestDatabase database;
  private TestDatabase.Role role;

  @BeforeEach
  void makeRole() throws SQLException {
    database = POSTGRES.database();
    role = database.createCaptureRole();
    if (database.queryLong("SHOW server_version_num") >= 170_000) {
      // Older servers do not know it, so that it is not set before a session's first statement.
      SETTINGS.put("transaction_timeout", List.of("1min", "0"));
    }
  }

  private void check(String url) throws Exception {
    Endpoint endpoint = new Endpoint(url, role.name(), Password.of(role.password()), Map.of());
    try (Connection connection = endpoint.connect();
        Connection walsender = Walsender.connect(endpoint)) {
      for (Map.Entry<String, List<String>> each : SETTINGS.entrySet()) {
        for (Connection session : List.of(connection, walsender)) {
          assertThat(show(session, each.getKey()))
              .as("%s at %s", each.getKey(), url)
              .isEqualTo(each.getValue().get(1));
        }
      }
    }
  }

  private static String show(Connection connection, String setting) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + setting)) {
      row.next();
      return row.getString(1);
    }
  }

  @Test
  void whatARoleHasSetDoesNotCount() throws Exception {
    for (Map.Entry<String, List<String>> each : SETTINGS.entrySet()) {
      database.execute(
          "ALTER ROLE %s SET %s = %s".formatted(role.name(), each.getKey(), quoted(each)));
    }
    POSTGRES.cluster().awaitReplay();
    check(database.primaryUrl());
    check(database.standbyUrl(0));
  }

  @Test
  void norWhatItHasSetForTheDatabase() throws Exception {
    for (Map.Entry<String, List<String>> each : SETTINGS.entrySet()) {
      database.execute(
          "ALTER ROLE %s IN DATABASE %s SET %s = %s"
              .formatted(
                  role.name(),
                  database.query("SELECT current_database()"),
                  each.getKey(),
                  quoted(each)));
    }
    POSTGRES.cluster().awaitReplay();
    check(database.primaryUrl());
    check(database.standbyUrl(0));
  }

  private static String quoted(Map.Entry<String, List<String>> setting) {
    String value = setting.getValue().get(0);
    return setting.getKey().equals("DateStyle") ? value : "'" + value + "'";
  }

  @Test
  void aUrlsOwnOptionsAreKeptWhereTheyDoNoHarm() throws Exception {
    String url = database.primaryUrl();
    String options = "options=-c%20statement_timeout=1ms%20-c%20work_mem=5MB";
    String with = url + (url.contains("?") ? "&" : "?") + options + "&ApplicationName=mine";
    check(with);
    Endpoint endpoint = new Endpoint(with, role.name(), Password.of(role.password()), Map.of());
    try (Connection connection = endpoint.connect()) {
      assertThat(show(connection, "work_mem")).isEqualTo("5MB");
      assertThat(show(connection, "application_name")).isEqualTo("mine");
    }
  }
}
