package io.tidemark.testkit.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A database of one test's own on a cluster's primary, dropped with its slots and roles. */
public final class TestDatabase implements AutoCloseable {
  private final PostgresCluster cluster;
  private final String name;
  private final KeptSession session;
  private final List<Role> roles = new ArrayList<>();

  private TestDatabase(PostgresCluster cluster, String name) {
    this.cluster = cluster;
    this.name = name;
    this.session = new KeptSession(cluster.primary(), name);
  }

  /** Makes a database that all standbys have, too. */
  public static TestDatabase create(PostgresCluster cluster) throws SQLException {
    return create(cluster, "");
  }

  /**
   * Makes a database that all standbys have, too; the caller closes it.
   *
   * @param options of CREATE DATABASE
   */
  public static TestDatabase create(PostgresCluster cluster, String options) throws SQLException {
    TestDatabase database = new TestDatabase(cluster, cluster.createDatabase(options));
    cluster.awaitReplay();
    return database;
  }

  /** A role that can log in, with its password. */
  public record Role(String name, String password) {}

  /** The database's name. */
  public String name() {
    return name;
  }

  /** The JDBC URL on the primary, without user and password. */
  public String primaryUrl() {
    return cluster.primary().url(name);
  }

  /** The JDBC URL on a standby, without user and password. */
  public String standbyUrl(int index) {
    return cluster.standby(index).url(name);
  }

  /** The superuser. */
  public String user() {
    return cluster.primary().user();
  }

  /** The superuser's password. */
  public String password() {
    return cluster.primary().password();
  }

  /** A valid name for a replication slot, one per database; whoever uses it makes the slot. */
  public String slot() {
    return name + "_slot";
  }

  /** Connects to the primary as the superuser; the caller closes the connection. */
  public Connection connect() throws SQLException {
    return cluster.primary().connect(name);
  }

  /**
   * Runs statements on the primary as the superuser, each in a transaction of its own. Settings of
   * the session would hold for the next ones, too: for those {@link #connect()}.
   */
  public void execute(String... statements) throws SQLException {
    session.execute(statements);
  }

  /** Runs a query on the primary and returns the first row's first column as text, or null. */
  public String query(String sql) throws SQLException {
    return session.query(sql);
  }

  /** Runs a query on the primary and returns the first row's first column, which is a number. */
  public long queryLong(String sql) throws SQLException {
    return Long.parseLong(query(sql));
  }

  /** The lines that a server of the cluster has logged so far in sessions of this database. */
  public Stream<String> log(PostgresServer server) {
    String ours = "db=" + name + ",";
    return server.log().lines().filter(line -> line.contains(ours));
  }

  /** Makes a role that may log in and replicate and nothing more, to try least privileges. */
  public Role createCaptureRole() throws SQLException {
    Role role =
        new Role("%s_capture_%d".formatted(name, roles.size() + 1), UUID.randomUUID().toString());
    execute(
        "CREATE ROLE %s LOGIN REPLICATION PASSWORD '%s'".formatted(role.name(), role.password()));
    roles.add(role);
    return role;
  }

  /** Ends all sessions, drops the slots, the database and the roles. */
  @Override
  public void close() throws SQLException {
    session.close();
    cluster.dropDatabase(name);
    for (Role role : roles) {
      cluster.primary().session().execute("DROP ROLE IF EXISTS " + role.name());
    }
  }
}
