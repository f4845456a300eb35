package io.tidemark.postgres.setup;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.Sql;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Replication slots of the server at the other end of a connection. Slots outlive everything that
 * uses them, and hold WAL for as long as they exist: nothing here makes or drops one unless told.
 */
public final class Slots {
  private static final int FAILOVER_SLOTS = 170000;
  private static final int OPTIONS_OF_SLOTS = 150000;

  /**
   * All transactions before a slot's catalog_xmin had ended where it stands, so what they wrote was
   * there. What was frozen since long may look newer than it is.
   */
  private static final String CHANGED =
      """
      SELECT c.oid::int8
        FROM pg_catalog.pg_replication_slots s, pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE s.slot_name = ? AND c.oid = ANY (?::int8[]::oid[])
         AND pg_catalog.age(s.catalog_xmin) >= LEAST(
               pg_catalog.age(c.xmin), pg_catalog.age(n.xmin),
               (SELECT min(pg_catalog.age(a.xmin)) FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0),
               (SELECT min(pg_catalog.age(i.xmin)) FROM pg_catalog.pg_index i
                 WHERE i.indrelid = c.oid))
      """;

  private static final String WAL_END =
      "CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()"
          + " ELSE pg_catalog.pg_current_wal_lsn() END";

  private Slots() {}

  /** Up to where the server has written WAL, or as a standby replayed it. */
  public static Lsn walEnd(Connection connection) throws SQLException {
    return lsn(connection, WAL_END);
  }

  /**
   * Where all WAL ends that a snapshot can see which the server has given by now: a commit is seen
   * before it is written, if it does not wait for that, and on a standby before its replay shows.
   */
  public static Lsn visibleEnd(Connection connection) throws SQLException {
    return lsn(
        connection,
        "CASE WHEN pg_catalog.pg_is_in_recovery()"
            + " THEN GREATEST(pg_catalog.pg_last_wal_replay_lsn(),"
            + " pg_catalog.pg_last_wal_receive_lsn())"
            + " ELSE pg_catalog.pg_current_wal_insert_lsn() END");
  }

  private static Lsn lsn(Connection connection, String expression) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT " + expression)) {
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
   * A slot that was made.
   *
   * @param start where its stream starts
   * @param snapshot the database as it is there, for {@code SET TRANSACTION SNAPSHOT} of other
   *     sessions, until the one that made the slot does anything else
   */
  public record Made(Lsn start, String snapshot) {}

  /**
   * Makes a logical slot for pgoutput. Waits for the transactions that are open in the database,
   * and needs its publication to exist already: decoding looks at the catalog as of each change.
   *
   * @param walsender see {@link Walsender}
   * @param failover whether standbys keep it too; ignored before PostgreSQL 17
   */
  public static Made create(Connection walsender, String name, boolean failover)
      throws SQLException {
    int version = serverVersion(walsender);
    String options = version >= OPTIONS_OF_SLOTS ? "(SNAPSHOT 'export')" : "EXPORT_SNAPSHOT";
    if (version >= FAILOVER_SLOTS && failover) {
      options = "(SNAPSHOT 'export', FAILOVER)";
    }
    try (Statement statement = walsender.createStatement();
        ResultSet row =
            statement.executeQuery(
                "CREATE_REPLICATION_SLOT %s LOGICAL %s %s"
                    .formatted(Sql.identifier(name), SlotStatus.PLUGIN, options))) {
      row.next();
      return new Made(Lsn.parse(row.getString("consistent_point")), row.getString("snapshot_name"));
    }
  }

  /**
   * Which of these tables are perhaps not any more as they were where the slot stands: of another
   * name, with other columns or another key.
   *
   * @param tables oids
   */
  public static Set<Integer> changedSince(
      Connection connection, String name, Collection<Integer> tables) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CHANGED)) {
      Long[] oids = tables.stream().map(Integer::toUnsignedLong).toArray(Long[]::new);
      statement.setString(1, name);
      statement.setArray(2, connection.createArrayOf("int8", oids));
      Set<Integer> changed = new HashSet<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          changed.add((int) row.getLong(1));
        }
      }
      return changed;
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
    List<SlotStatus> slots = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT slot_name, coalesce(database, ''), coalesce(plugin, ''), temporary,"
                    + " coalesce(active_pid, 0), coalesce(confirmed_flush_lsn, '0/0'),"
                    + " coalesce(restart_lsn, '0/0'), coalesce(wal_status, ''), "
                    + invalidation
                    + ", coalesce(pg_catalog.pg_wal_lsn_diff("
                    + WAL_END
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
