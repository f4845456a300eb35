package io.tidemark.postgres.setup;

import io.tidemark.postgres.connection.Endpoint;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Connections that understand replication commands beside SQL. */
public final class Walsender {
  static final Map<String, String> PROPERTIES =
      Map.of(
          "replication", "database",
          "assumeMinServerVersion", "14",
          "preferQueryMode", "simple");

  private Walsender() {}

  /** Connects to the endpoint's database as a walsender; the role needs REPLICATION. */
  public static Connection connect(Endpoint endpoint) throws SQLException, IOException {
    return endpoint.connect(PROPERTIES);
  }

  /**
   * As {@link #connect(Endpoint)}, with a limit for how long a message that has begun may stand
   * still, unless the endpoint's own properties have one.
   */
  public static Connection connect(Endpoint endpoint, Duration socketTimeout)
      throws SQLException, IOException {
    Map<String, String> properties = new HashMap<>(PROPERTIES);
    if (!endpoint.properties().containsKey(Endpoint.SOCKET_TIMEOUT)) {
      long seconds = Math.max(1, socketTimeout.toSeconds());
      properties.put(Endpoint.SOCKET_TIMEOUT, Long.toString(seconds));
    }
    return endpoint.connect(properties);
  }
}
