package io.tidemark.source.setup;

import io.tidemark.dump.postgres.Endpoint;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** Connections that understand replication commands beside SQL. */
public final class Walsender {
  private Walsender() {}

  /** Connects to the endpoint's database as a walsender; the role needs REPLICATION. */
  public static Connection connect(Endpoint endpoint) throws SQLException, IOException {
    return endpoint.connect(
        Map.of(
            "replication", "database",
            "assumeMinServerVersion", "14",
            "preferQueryMode", "simple"));
  }
}
