package io.tidemark.postgres.setup;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Replication slots of the server at the other end of a connection. Slots outlive everything that
 * uses them, and hold WAL for as long as they exist: nothing here makes or drops one unless told.
 */
public final class Slots {
  private static final int FAILOVER_SLOTS = 170000;

  private Slots() {}

  /** Up to where the server has written WAL. */
  public static Lsn walEnd(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_current_wal_lsn()")) {
      row.next();
      return Lsn.parse(row.getString(1));
    }
  }

  /** All slots of the server, by name. */
  public static List<SlotStatus> list(Connection connection) throws SQLException {
    return query(connection, "");
  }

  /** The slot of this name, if there is one. */
  public static Optional<SlotStatus> find(Connection connection, String name) throws SQLException {
    return query(connection, " WHERE slot_name = " + Sql.literal(name)).stream().findFirst();
  }

  /**
   * The slot of this name.
   *
   * @throws RefusedException if there is none
   */
  public static SlotStatus require(Connection connection, String name) throws SQLException {
    return find(connection, name)
        .orElseThrow(
            () ->
                new RefusedException(
                    "slot '"
                        + name
                        + "' does not exist; if it was dropped, changes since then are lost: start"
                        + " without a checkpoint, letting the slot be made, and dump the tables"
                        + " again"));
  }

  /**
   * Makes a logical slot for pgoutput. Waits for the transactions that are open in the database,
   * and needs its publication to exist already: decoding looks at the catalog as of each change.
   *
   * @param failover whether standbys keep it too; ignored before PostgreSQL 17
   * @return where its stream starts
   */
  public static Lsn create(Connection connection, String name, boolean failover)
      throws SQLException {
    String more = "";
    if (serverVersion(connection) >= FAILOVER_SLOTS && failover) {
      more = ", failover => true";
    }
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot("
                    + Sql.literal(name)
                    + ", '"
                    + SlotStatus.PLUGIN
                    + "'"
                    + more
                    + ")")) {
      row.next();
      return Lsn.parse(row.getString(1));
    }
  }

  /**
   * Drops a slot.
   *
   * @param force whether to end the connection that uses it first
   * @throws RefusedException if there is none, or it is in use and not forced
   */
  public static void drop(Connection connection, String name, boolean force) throws SQLException {
    SlotStatus slot =
        find(connection, name)
            .orElseThrow(
                () ->
                    new RefusedException(
                        "slot '" + name + "' does not exist; list the slots to see the names"));
    if (slot.isActive() && !force) {
      throw new RefusedException(
          "slot '%s' is in use by the server process with pid %d; stop that capture first, or force"
                  .formatted(name, slot.activePid())
              + " it");
    }
    try (Statement statement = connection.createStatement()) {
      if (slot.isActive()) {
        // Returns when the process is gone, so that the slot is free.
        statement.execute(
            "SELECT pg_catalog.pg_terminate_backend(" + slot.activePid() + ", 10000)");
      }
      statement.execute("SELECT pg_catalog.pg_drop_replication_slot(" + Sql.literal(name) + ")");
    }
  }

  static int serverVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW server_version_num")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static List<SlotStatus> query(Connection connection, String where) throws SQLException {
    int version = serverVersion(connection);
    String invalidation =
        version >= FAILOVER_SLOTS
            ? "invalidation_reason"
            : version >= 160000
                ? "CASE WHEN conflicting THEN 'conflict with recovery' END"
                : "NULL";
    String end =
        "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()"
            + " ELSE pg_catalog.pg_current_wal_lsn() END";
    List<SlotStatus> slots = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT slot_name, coalesce(database, ''), coalesce(plugin, ''), temporary,"
                    + " coalesce(active_pid, 0), coalesce(confirmed_flush_lsn, '0/0'),"
                    + " coalesce(restart_lsn, '0/0'), coalesce(wal_status, ''), "
                    + invalidation
                    + ", coalesce(pg_catalog.pg_wal_lsn_diff("
                    + end
                    + ", restart_lsn), 0)::bigint FROM pg_catalog.pg_replication_slots"
                    + where
                    + " ORDER BY slot_name")) {
      while (row.next()) {
        slots.add(
            new SlotStatus(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getBoolean(4),
                row.getInt(5),
                Lsn.parse(row.getString(6)),
                Lsn.parse(row.getString(7)),
                row.getString(8),
                Optional.ofNullable(row.getString(9)),
                Math.max(0, row.getLong(10))));
      }
    }
    return slots;
  }
}
