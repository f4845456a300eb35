package io.tidemark.postgres.setup;

import io.tidemark.postgres.connection.Endpoint;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session that waits for as long as it takes, and meanwhile tells what for: a slot is made once
 * all transactions have ended that were open before, and a publication once nobody holds its tables
 * any more. Whoever tells looks by a connection of its own, from a thread of its own.
 */
public final class PatientSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PatientSession.class);
  private static final Duration FIRST = Duration.ofSeconds(5);
  private static final Duration AGAIN = Duration.ofMinutes(1);

  /** Of sessions of others a role without pg_read_all_stats sees the pid, the user and no more. */
  private static final String BLOCKERS =
      """
      SELECT b.pid, a.usename, nullif(a.application_name, ''), a.state,
             (date_trunc('second', clock_timestamp() - a.xact_start))::text
        FROM unnest(pg_blocking_pids(?)) b (pid)
        LEFT JOIN pg_stat_activity a ON a.pid = b.pid
       WHERE b.pid <> 0
       ORDER BY a.xact_start, b.pid
      """;

  /** How the columns of {@link #BLOCKERS} are told, from the second on, where they are not null. */
  private static final List<String> DETAILS = List.of("user %s", "application %s", "%s", "%s old");

  /** A prepared transaction has no process; {@code pg_blocking_pids} has it as 0. */
  private static final String PREPARED =
      """
      SELECT p.gid, p.owner, (date_trunc('second', clock_timestamp() - p.prepared))::text
        FROM pg_locks w
        JOIN pg_locks h ON h.granted AND h.pid IS NULL AND h.locktype = w.locktype
         AND h.database IS NOT DISTINCT FROM w.database
         AND h.relation IS NOT DISTINCT FROM w.relation
         AND h.transactionid IS NOT DISTINCT FROM w.transactionid
        JOIN pg_locks x ON x.virtualtransaction = h.virtualtransaction AND x.pid IS NULL
         AND x.locktype = 'transactionid'
        JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
       WHERE w.pid = ? AND NOT w.granted
       ORDER BY p.prepared
      """;

  private final Endpoint endpoint;
  private final Connection connection;
  private final int pid;
  private final Consumer<String> told;
  private final CountDownLatch closed = new CountDownLatch(1);

  private PatientSession(
      Endpoint endpoint, Connection connection, Duration first, Consumer<String> told)
      throws SQLException {
    this.endpoint = endpoint;
    this.connection = connection;
    this.pid = connection.unwrap(PGConnection.class).getBackendPID();
    this.told = told;
    Thread thread = new Thread(() -> run(first), "tidemark-patient-session");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Opens one.
   *
   * @param told gets a sentence when the session has waited for 5 s, and once a minute from then on
   */
  public static PatientSession open(Endpoint endpoint, Consumer<String> told)
      throws SQLException, IOException {
    return open(endpoint, Map.of(), FIRST, told);
  }

  /** As {@link #open(Endpoint, Consumer)}, of a {@link Walsender}. */
  public static PatientSession ofWalsender(Endpoint endpoint, Consumer<String> told)
      throws SQLException, IOException {
    return open(endpoint, Walsender.PROPERTIES, FIRST, told);
  }

  static PatientSession open(
      Endpoint endpoint, Map<String, String> properties, Duration first, Consumer<String> told)
      throws SQLException, IOException {
    Map<String, String> all = new HashMap<>(properties);
    all.put(Endpoint.SOCKET_TIMEOUT, "0");
    return new PatientSession(endpoint, endpoint.connect(all), first, told);
  }

  /** The session; closed with this. */
  public Connection connection() {
    return connection;
  }

  private void run(Duration first) {
    Duration wait = first;
    try {
      while (!closed.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        List<String> blockers = blockers();
        wait = first;
        if (!blockers.isEmpty()) {
          told.accept(
              "waiting for %s; WAL is not the matter: it goes on by itself as soon as that has"
                      .formatted(String.join(" and for ", blockers))
                  + " ended");
          wait = AGAIN;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> blockers() {
    try {
      return look();
    } catch (SQLException | IOException e) {
      LOG.debug("Cannot tell now what process {} waits for", pid, e);
      return List.of();
    }
  }

  private List<String> look() throws SQLException, IOException {
    List<String> blockers = new ArrayList<>();
    try (Connection other = endpoint.connect();
        PreparedStatement processes = other.prepareStatement(BLOCKERS);
        PreparedStatement prepared = other.prepareStatement(PREPARED)) {
      processes.setInt(1, pid);
      try (ResultSet row = processes.executeQuery()) {
        while (row.next()) {
          blockers.add(process(row));
        }
      }
      prepared.setInt(1, pid);
      try (ResultSet row = prepared.executeQuery()) {
        while (row.next()) {
          blockers.add(
              "the prepared transaction '%s' of %s, %s old (COMMIT PREPARED or ROLLBACK PREPARED)"
                  .formatted(row.getString(1), row.getString(2), row.getString(3)));
        }
      }
    }
    return blockers;
  }

  private static String process(ResultSet row) throws SQLException {
    List<String> known = new ArrayList<>();
    for (int i = 0; i < DETAILS.size(); i++) {
      String value = row.getString(i + 2);
      if (value != null) {
        known.add(DETAILS.get(i).formatted(value));
      }
    }
    return "the transaction of process %d%s"
        .formatted(row.getInt(1), known.isEmpty() ? "" : " (" + String.join(", ", known) + ")");
  }

  /** Ends the session. A look that is under way ends by itself. */
  @Override
  public void close() throws SQLException {
    closed.countDown();
    connection.close();
  }
}
