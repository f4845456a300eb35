package io.tidemark.postgres.stream;

import io.tidemark.postgres.connection.Endpoint;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An ordinary connection to the primary, for looks into its catalog: opened when first needed, kept
 * open, and opened again if it was lost. Not thread-safe.
 */
final class CatalogConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogConnection.class);
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

  /** Ends the connection, if there is one, whether or not the server is still there to be told. */
  @Override
  public void close() {
    if (connection == null) {
      return;
    }
    try {
      connection.close();
    } catch (SQLException e) {
      // Thrown out of a task's end it would end the whole TaskManager.
      LOG.debug("cannot say goodbye to {}", primary, e);
    }
    connection = null;
  }
}
