package io.tidemark.postgres.setup;

import io.tidemark.postgres.connection.Endpoint;
import java.io.IOException;
import java.sql.SQLException;

/** Says why a server did not let us in. */
final class ConnectionProblems {
  private ConnectionProblems() {}

  /** For a server of which people speak as {@code what}: "primary" or "dump source". */
  static Problem of(String what, Endpoint endpoint, Exception e) {
    String found = "cannot connect to the %s %s: %s".formatted(what, endpoint, e.getMessage());
    if (e instanceof IOException) {
      return new Problem(found, "make the password's source readable where the job runs");
    }
    String state =
        e instanceof SQLException sql && sql.getSQLState() != null ? sql.getSQLState() : "";
    return new Problem(found, todo(state));
  }

  private static String todo(String state) {
    return switch (state) {
      case "08001", "08004", "08006" ->
          "check host and port of the URL, that the server runs, and that listen_addresses,"
              + " pg_hba.conf and firewalls let this machine in";
      case "28P01" -> "check user and password";
      case "28000" -> "check the user, and that pg_hba.conf lets it in from this machine";
      case "3D000" -> "check the database name in the URL";
      case "42501" -> "give the role what it lacks: ALTER ROLE ... REPLICATION";
      case "53300" -> "raise max_connections or max_wal_senders, or close other connections";
      default -> "see the server's log";
    };
  }
}
