package io.tidemark.postgres.connection;

import java.sql.SQLException;

/** What an error of a server, or of the connection to it, asks for, by its SQLSTATE. */
public final class ServerErrors {
  private ServerErrors() {}

  /** An error's SQLSTATE; empty if it has none, as some of pgjdbc's own. */
  public static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }

  /**
   * Whether it may be gone, without anyone's doing, when tried again: the connection, the server's
   * resources, its shutdown and start-up.
   */
  public static boolean mayPass(String state) {
    return state.startsWith("08") || state.startsWith("53") || state.startsWith("57P");
  }

  /** What to do about one that came while connecting or later; empty if its text says all. */
  public static String todo(String state) {
    return switch (state) {
      case "08003", "08006" -> "the server's log may say why the connection was lost";
      case "08001", "08004" ->
          "check host and port of the URL, that the server runs, and that listen_addresses,"
              + " pg_hba.conf and firewalls let this machine in";
      case "28P01" -> "check user and password";
      case "28000" -> "check the user, and that pg_hba.conf lets it in from this machine";
      case "3D000" -> "check the database name in the URL";
      case "53100" -> "free disk space on the server";
      case "53300" -> "raise max_connections or max_wal_senders, or close other connections";
      case "57P01", "57P02", "57P03", "57P05" -> "try again when the server runs";
      default -> "";
    };
  }
}
