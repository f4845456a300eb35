package io.tidemark.testkit.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One server of a {@link PostgresCluster}, reached over TCP with a password.
 *
 * <p>Methods that start and stop the server return when it is done, and throw {@link
 * IllegalStateException} with the end of its log when it fails. Not safe for use by several
 * threads.
 */
public class PostgresServer {
  static final String HOST = "127.0.0.1";
  static final String SUPERUSER = "postgres";
  static final Duration TIMEOUT = Duration.ofMinutes(1);

  private static final int START_ATTEMPTS = 5;
  private static final int LOG_TAIL_LINES = 20;

  private final String name;
  private final PostgresInstallation installation;
  private final Path data;
  private final String password;
  private final KeptSession session = new KeptSession(this, SUPERUSER);
  private int port;

  PostgresServer(String name, PostgresInstallation installation, Path data, String password) {
    this.name = name;
    this.installation = installation;
    this.data = data;
    this.password = password;
  }

  /** The address to connect to. */
  public String host() {
    return HOST;
  }

  /** The port, which stays the same through restarts. */
  public int port() {
    return port;
  }

  /** The JDBC URL of a database, without user and password. */
  public String url(String database) {
    return "jdbc:postgresql://%s:%d/%s".formatted(HOST, port, database);
  }

  /** The superuser. */
  public String user() {
    return SUPERUSER;
  }

  /** The superuser's password, the same on all servers of the cluster. */
  public String password() {
    return password;
  }

  /** The data directory. */
  public Path dataDirectory() {
    return data;
  }

  /** The file that holds all the server has logged since the cluster was made. */
  public Path logFile() {
    return data.resolveSibling(name + ".log");
  }

  /** All the server has logged so far. */
  public String log() {
    try {
      return Files.exists(logFile()) ? Files.readString(logFile(), StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the log of " + this, e);
    }
  }

  /**
   * The log entries about one role so far: its statements and replication commands where {@link
   * PostgresCluster.Builder#logStatements()} is set, its errors always. Without the line prefix;
   * statements of several lines are one entry.
   */
  public List<String> log(String role) {
    return PostgresLog.entries(log(), role);
  }

  /** Connects as the superuser; the caller closes the connection. */
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), SUPERUSER, password);
  }

  /** What a standby of it is given as {@code primary_conninfo}. */
  String replicationConnection() {
    return "host=%s port=%d user=%s password=%s".formatted(host(), port(), user(), password());
  }

  /** Runs statements as the superuser, each in a transaction of its own. */
  public void execute(String database, String... statements) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Runs a query as the superuser and returns the first row's first column as text, or null. */
  public String query(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      if (!rows.next()) {
        throw new SQLException("No row from " + sql);
      }
      return rows.getString(1);
    }
  }

  /** The superuser's session in its own database, for statements that leave nothing in it. */
  KeptSession session() {
    return session;
  }

  /** Whether the server's process runs. */
  public boolean isRunning() {
    try {
      String pid = Files.readString(data.resolve("postmaster.pid")).lines().findFirst().orElse("");
      return !pid.isEmpty()
          && ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isPresent();
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot tell whether %s runs".formatted(this), e);
    }
  }

  /** Starts the server on its port and waits until it takes connections. */
  public void start() {
    // pg_ctl gives the server a session of its own, so Ctrl-C in a terminal does not reach it.
    control("start", "-l", logFile().toString(), "-o", "-p " + port);
  }

  /** The first start: another process may take the port that was free a moment ago. */
  void startOnFreePort() {
    for (int attempt = 1; ; attempt++) {
      port = freePort();
      try {
        start();
        return;
      } catch (IllegalStateException e) {
        if (attempt == START_ATTEMPTS || !logTail().contains("Address already in use")) {
          throw e;
        }
      }
    }
  }

  /** Ends all sessions and stops the server with a last checkpoint. */
  public void stop() {
    control("stop", "-m", "fast");
  }

  /** Stops the server without a checkpoint: the next start recovers from the WAL. */
  public void crash() {
    control("stop", "-m", "immediate");
  }

  /** {@link #stop()}, then {@link #start()}. */
  public void restart() {
    stop();
    start();
  }

  @Override
  public String toString() {
    return "%s (PostgreSQL %d, port %d)".formatted(name, installation.major(), port);
  }

  void control(String action, String... options) {
    List<String> arguments = new ArrayList<>(List.of(action, "-D", data.toString(), "-w"));
    arguments.addAll(List.of("-t", Long.toString(TIMEOUT.toSeconds())));
    arguments.addAll(List.of(options));
    try {
      installation.run(data.getParent(), "pg_ctl", arguments.toArray(String[]::new));
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "Cannot %s %s. %s%nIts log ends:%n%s".formatted(action, this, e.getMessage(), logTail()),
          e);
    }
  }

  String logTail() {
    List<String> lines = log().lines().toList();
    int from = Math.max(0, lines.size() - LOG_TAIL_LINES);
    return String.join(System.lineSeparator(), lines.subList(from, lines.size()));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("No port is free on " + HOST, e);
    }
  }
}
