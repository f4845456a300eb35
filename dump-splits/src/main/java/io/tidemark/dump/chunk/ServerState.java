package io.tidemark.dump.chunk;

import io.tidemark.postgres.Lsn;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What a server says of itself, in one row.
 *
 * @param timeline the newest that any source knows of: the control file lags behind a promotion,
 *     what the walreceiver follows is hidden from unprivileged roles
 * @param applied the LSN, unsigned, up to which WAL is applied: replayed on a standby, written on a
 *     primary
 * @param received 0 if the standby has received nothing since its start
 * @param backend the process that serves the session, with its postmaster's start: another one
 *     behind the same session is a pooler's or a balancer's doing
 */
record ServerState(
    boolean inRecovery,
    long systemId,
    int timeline,
    long applied,
    long received,
    int backend,
    long startedMicros) {
  static final int COLUMNS = 7;

  static final String SELECT =
      """
      SELECT pg_is_in_recovery(), s.system_identifier,
             greatest(c.timeline_id, r.min_recovery_end_timeline,
               (SELECT w.received_tli FROM pg_stat_wal_receiver w)),
             CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
               ELSE pg_current_wal_insert_lsn() END,
             pg_last_wal_receive_lsn(), pg_backend_pid(),
             (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8""";

  static final String FROM =
      """

        FROM pg_control_system() s, pg_control_checkpoint() c, pg_control_recovery() r""";

  static ServerState of(ResultSet row) throws SQLException {
    return new ServerState(
        row.getBoolean(1),
        row.getLong(2),
        row.getInt(3),
        lsn(row.getString(4)),
        lsn(row.getString(5)),
        row.getInt(6),
        row.getLong(7));
  }

  /** Asks outside of a chunk. */
  static ServerState read(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery(SELECT + FROM)) {
      row.next();
      return of(row);
    }
  }

  /** Whether both came from one backend of one server. */
  boolean isSameBackend(ServerState other) {
    return backend == other.backend
        && startedMicros == other.startedMicros
        && systemId == other.systemId;
  }

  private static long lsn(String text) {
    return text == null ? 0 : Lsn.parse(text).value();
  }
}
