package io.tidemark.postgres.setup;

import io.tidemark.postgres.connection.Endpoint;
import java.io.IOException;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Which server, and which of its histories, LSNs are of: those of another mean nothing here.
 *
 * @param systemId made by initdb, unsigned, the same on all physical copies
 * @param timeline grows by one with each promotion
 */
public record ServerIdentity(long systemId, int timeline) implements Serializable {
  /** Asks an endpoint. */
  public static ServerIdentity of(Endpoint endpoint) throws SQLException, IOException {
    try (Connection connection = Walsender.connect(endpoint)) {
      return of(connection);
    }
  }

  /** Asks over a {@link Walsender} connection. */
  public static ServerIdentity of(Connection walsender) throws SQLException {
    try (Statement statement = walsender.createStatement();
        ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
      row.next();
      return new ServerIdentity(
          Long.parseUnsignedLong(row.getString("systemid")), row.getInt("timeline"));
    }
  }

  /**
   * Checks that this is the server that a checkpoint is of.
   *
   * @throws RefusedException if it is another one or has another history
   */
  public void requireSame(ServerIdentity expected, Endpoint endpoint) {
    if (systemId != expected.systemId) {
      throw new RefusedException(
          "%s is another server than the checkpoint's: its system identifier is %s, not %s. Give the"
                  .formatted(
                      endpoint,
                      Long.toUnsignedString(systemId),
                      Long.toUnsignedString(expected.systemId))
              + " URL of the server that was captured, or start without the checkpoint");
    }
    if (timeline != expected.timeline) {
      throw new RefusedException(
          "%s is on timeline %d, the checkpoint on %d: a standby was promoted or a backup restored,"
                  .formatted(endpoint, timeline, expected.timeline)
              + " so the checkpoint's changes may not exist there. Start without the checkpoint and"
              + " dump the tables again");
    }
  }
}
