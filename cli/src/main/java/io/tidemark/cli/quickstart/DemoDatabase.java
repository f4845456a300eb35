package io.tidemark.cli.quickstart;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.DdlOptions;
import io.tidemark.postgres.setup.DdlSetup;
import io.tidemark.testkit.postgres.PostgresCluster;
import io.tidemark.testkit.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The demo database on a primary and standbys of its own, with a publication and a role for the
 * capture that may do no more than it needs.
 */
final class DemoDatabase implements AutoCloseable {
  static final String PUBLICATION = "tidemark";
  static final String SLOT = "tidemark";

  private static final String NAME = "demo";
  private static final String ROLE = "tidemark";

  private final PostgresCluster cluster;
  private final Password password = Password.of(UUID.randomUUID().toString());

  private DemoDatabase(PostgresCluster cluster) {
    this.cluster = cluster;
  }

  static DemoDatabase start(int major, int standbys) {
    return new DemoDatabase(
        PostgresCluster.builder()
            .major(major)
            .standbys(standbys)
            .setting("shared_buffers", "256MB")
            .setting("max_wal_size", "4GB")
            .start());
  }

  /** Makes the tables, fills them, and returns when the standbys have them, too. */
  void load(DemoSchema schema) throws Exception {
    PostgresServer primary = cluster.primary();
    primary.execute("postgres", "CREATE DATABASE " + NAME);
    primary.execute(NAME, schema.statements().toArray(String[]::new));
    primary.execute(
        NAME,
        "CREATE PUBLICATION %s FOR TABLE orders, documents, measurements, events, sessions, items WITH (publish_via_partition_root = true)"
            .formatted(PUBLICATION),
        "CREATE ROLE %s LOGIN REPLICATION PASSWORD '%s'".formatted(ROLE, password.read()),
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + ROLE,
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO " + ROLE);
    captureDdl();
    cluster.awaitReplay();
  }

  /** Has the database tell its DDL statements in the stream. */
  private void captureDdl() throws SQLException {
    try (Connection connection = connect()) {
      DdlSetup.install(
          connection, new DdlOptions(DdlOptions.Means.SCRIPT, Optional.empty(), Optional.of(ROLE)));
    }
  }

  /** The tables that are captured, as they are called now. */
  List<TableName> published() throws SQLException {
    List<TableName> tables = new ArrayList<>();
    try (Connection connection = connect();
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ?"
                    + " ORDER BY 1, 2")) {
      statement.setString(1, PUBLICATION);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          tables.add(new TableName(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return tables;
  }

  /** The primary, as the capture's role. */
  Endpoint primary() {
    return endpoint(cluster.primary());
  }

  /** The standbys, as the capture's role. */
  List<Endpoint> standbys() {
    return cluster.standbys().stream().map(this::endpoint).toList();
  }

  /** A session on the primary as its superuser. */
  Connection connect() throws SQLException {
    return cluster.primary().connect(NAME);
  }

  /** Where the primary's WAL ends. */
  Lsn walPosition() throws SQLException {
    return Lsn.parse(cluster.primary().query(NAME, "SELECT pg_current_wal_lsn()"));
  }

  /** Writes a logical message that every consumer gets. */
  void message(String content) throws SQLException {
    cluster
        .primary()
        .execute(
            NAME,
            "SELECT pg_logical_emit_message(true, '%s', '%s')"
                .formatted(HeldState.PREFIX, content));
  }

  private Endpoint endpoint(PostgresServer server) {
    return new Endpoint(server.url(NAME), ROLE, password, Map.of());
  }

  @Override
  public void close() {
    cluster.close();
  }
}
