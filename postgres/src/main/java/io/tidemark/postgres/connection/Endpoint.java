package io.tidemark.postgres.connection;

import java.io.IOException;
import java.io.Serializable;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.postgresql.Driver;

/**
 * One PostgreSQL server and how to log in.
 *
 * @param url any pgjdbc URL, {@code jdbc:postgresql://host:port/database?...}
 * @param user the role; empty if the URL names it
 * @param password where its password comes from
 * @param properties further pgjdbc connection properties, TLS among them
 */
public record Endpoint(String url, String user, Password password, Map<String, String> properties)
    implements Serializable {
  /** pgjdbc's property of how many seconds a read may take; 0 is for ever. */
  public static final String SOCKET_TIMEOUT = "socketTimeout";

  /** Longer than the lock timeout of those who read here. Without it a dead network is for ever. */
  private static final String SECONDS_OF_SILENCE = "120";

  public Endpoint {
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    properties = new TreeMap<>(properties);
    if (!isWellFormed(url)) {
      throw new IllegalArgumentException(
          "not a PostgreSQL JDBC URL: '"
              + withoutSecrets(url)
              + "'; expected jdbc:postgresql://host:port/database?parameter=value, and user and"
              + " password apart from it");
    }
  }

  /** Whether pgjdbc takes it: what it says otherwise quotes the URL, passwords included. */
  private static boolean isWellFormed(String url) {
    String bare = withoutSecrets(url);
    if (!url.startsWith("jdbc:postgresql:")
        || !url.startsWith(bare)
        || Driver.parseURL(bare, new Properties()) == null) {
      return false;
    }
    try {
      URLDecoder.decode(url.substring(bare.length()), StandardCharsets.UTF_8);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The database's name; empty if the URL does not name it. */
  public Optional<String> database() {
    Properties parsed = Driver.parseURL(url, new Properties());
    return Optional.ofNullable(parsed).map(each -> each.getProperty("PGDBNAME"));
  }

  /**
   * Opens an ordinary connection; one that is silent for two minutes within a query is lost. As of
   * all connections of an endpoint, its settings are ours, whatever role, database and server have:
   * an empty search path, no timeouts, UTC and ISO dates, year first, among others.
   */
  public Connection connect() throws SQLException, IOException {
    return connect(Map.of());
  }

  /**
   * Opens a connection.
   *
   * @param more pgjdbc properties that prevail over the endpoint's own
   */
  public Connection connect(Map<String, String> more) throws SQLException, IOException {
    Properties properties = properties(more);
    SessionSettings.addTo(url, properties);
    Connection connection = new Driver().connect(SessionSettings.withoutOptions(url), properties);
    if (connection == null) {
      throw new SQLException("pgjdbc does not accept the URL '" + withoutSecrets(url) + "'");
    }
    try {
      SessionSettings.complete(connection);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  Properties properties(Map<String, String> more) throws IOException {
    Properties all = new Properties();
    all.setProperty("ApplicationName", "tidemark");
    all.setProperty("tcpKeepAlive", "true");
    all.setProperty("connectTimeout", "10");
    all.setProperty(SOCKET_TIMEOUT, SECONDS_OF_SILENCE);
    all.putAll(properties);
    if (!user.isEmpty()) {
      all.setProperty("user", user);
    }
    String secret = password.read();
    if (!secret.isEmpty()) {
      all.setProperty("password", secret);
    }
    all.putAll(more);
    return all;
  }

  /** The server for people: the URL without its parameters, which may hold secrets. */
  @Override
  public String toString() {
    return withoutSecrets(url);
  }

  private static String withoutSecrets(String url) {
    int parameters = url.indexOf('?');
    String bare = parameters < 0 ? url : url.substring(0, parameters);
    return bare.replaceFirst("//[^/]*@", "//");
  }
}
