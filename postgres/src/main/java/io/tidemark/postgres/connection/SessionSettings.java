package io.tidemark.postgres.connection;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.Driver;

/**
 * What every session of ours has, whatever its role, its database or its server has set: nothing
 * that is read depends on these, and nothing ends in the middle.
 */
final class SessionSettings {
  /** As PostgreSQL's {@code options} have them, and the first statement runs under them already. */
  private static final String OPTION = "options";

  /** Those that all supported major versions have. */
  private static final Map<String, String> SETTINGS = new LinkedHashMap<>();

  static {
    SETTINGS.put("default_transaction_isolation", "read committed");
    SETTINGS.put("default_transaction_read_only", "off");
    SETTINGS.put("default_transaction_deferrable", "off");
    SETTINGS.put("statement_timeout", "0");
    SETTINGS.put("lock_timeout", "0");
    SETTINGS.put("idle_in_transaction_session_timeout", "0");
    SETTINGS.put("idle_session_timeout", "0");
    SETTINGS.put("search_path", "");
    SETTINGS.put("IntervalStyle", "postgres");
    SETTINGS.put("extra_float_digits", "1");
    SETTINGS.put("bytea_output", "hex");
    SETTINGS.put("standard_conforming_strings", "on");
    SETTINGS.put("quote_all_identifiers", "off");
    SETTINGS.put("array_nulls", "on");
    SETTINGS.put("row_security", "on");
    SETTINGS.put("jit", "off");
  }

  private static final int TRANSACTION_TIMEOUT_SINCE = 17;

  private SessionSettings() {}

  /** Adds the settings to those that a URL and properties ask for, and prevails over them. */
  static void addTo(String url, Properties properties) {
    Properties parsed = Driver.parseURL(url, properties);
    String given = parsed == null ? null : parsed.getProperty(OPTION);
    String ours =
        SETTINGS.entrySet().stream()
            .map(each -> "-c " + each.getKey() + "=" + each.getValue().replace(" ", "\\ "))
            .collect(Collectors.joining(" "));
    properties.setProperty(OPTION, given == null ? ours : given + " " + ours);
  }

  /** The URL without its options, which would prevail over those of the properties. */
  static String withoutOptions(String url) {
    int parameters = url.indexOf('?');
    if (parameters < 0) {
      return url;
    }
    String kept =
        Arrays.stream(url.substring(parameters + 1).split("&"))
            .filter(each -> !each.startsWith(OPTION + "=") && !each.equals(OPTION))
            .collect(Collectors.joining("&"));
    return url.substring(0, parameters) + (kept.isEmpty() ? "" : "?" + kept);
  }

  /** Sets what pgjdbc has asked for otherwise, and what older servers do not know. */
  static void complete(Connection connection) throws SQLException {
    int major = connection.getMetaData().getDatabaseMajorVersion();
    String newer = major < TRANSACTION_TIMEOUT_SINCE ? "" : "; SET transaction_timeout = 0";
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'" + newer);
    }
  }
}
