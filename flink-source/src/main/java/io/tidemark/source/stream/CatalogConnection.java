package io.tidemark.source.stream;

import io.tidemark.dump.postgres.Endpoint;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * An ordinary connection to the primary, for looks into its catalog: opened when first needed, kept
 * open, and opened again if it was lost. Not thread-safe.
 */
final class CatalogConnection implements AutoCloseable {
  private static final int VALIDITY_SECONDS = 5;

  private final Endpoint primary;
  private Connection connection;

  CatalogConnection(Endpoint primary) {
    this.primary = primary;
  }

  /** A connection that works; not to be closed by the caller. */
  Connection get() throws SQLException, IOException {
    if (connection != null && !connection.isValid(VALIDITY_SECONDS)) {
      close();
    }
    if (connection == null) {
      connection = primary.connect();
    }
    return connection;
  }

  /** Ends the connection, if there is one. */
  @Override
  public void close() throws SQLException {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
