package io.tidemark.testkit.postgres;

import io.tidemark.testkit.Await;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/** A physical standby of a {@link PostgresCluster}, whose replay can be held back. */
public final class PostgresStandby extends PostgresServer {
  PostgresStandby(String name, PostgresInstallation installation, Path data, String password) {
    super(name, installation, data, password);
  }

  /** Stops replay; returns when the standby applies nothing more. It goes on receiving. */
  public void pauseReplay() throws SQLException {
    session().execute("SELECT pg_wal_replay_pause()");
    Await.until(
        this + " to pause its replay",
        TIMEOUT,
        () -> session().query("SELECT pg_get_wal_replay_pause_state()").equals("paused"));
  }

  /** Lets a paused replay go on; does nothing when it is not paused. */
  public void resumeReplay() throws SQLException {
    session().execute("SELECT pg_wal_replay_resume()");
  }

  /** From now on, applies each commit this delay after it was made; zero ends the delay. */
  public void delayReplay(Duration delay) throws SQLException {
    session()
        .execute(
            "ALTER SYSTEM SET recovery_min_apply_delay = " + delay.toMillis(),
            "SELECT pg_reload_conf()");
    Await.until(
        this + " to take a replay delay of " + delay,
        TIMEOUT,
        () -> delay.toMillis() == replayDelayMillis());
  }

  /** From now on, replicates from another server: what a standby is told after a promotion. */
  public void follow(PostgresServer server) throws SQLException {
    session()
        .execute(
            "ALTER SYSTEM SET primary_conninfo = '%s'".formatted(server.replicationConnection()),
            "SELECT pg_reload_conf()");
  }

  /** Ends recovery: the server becomes a primary of its own, and follows no more. */
  public void promote() {
    control("promote");
  }

  /** Undoes pause and delay, and starts the server if it is stopped. */
  void recover() throws SQLException {
    if (!isRunning()) {
      start();
    }
    resumeReplay();
    if (replayDelayMillis() != 0) {
      delayReplay(Duration.ZERO);
    }
  }

  private long replayDelayMillis() throws SQLException {
    return Long.parseLong(
        session().query("SELECT setting FROM pg_settings WHERE name = 'recovery_min_apply_delay'"));
  }
}
