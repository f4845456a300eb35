package io.tidemark.testkit.postgres;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.Watchdog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A running PostgreSQL primary and its physical standbys, on ports of this machine.
 *
 * <p>The binaries are the archives in {@code -Dtidemark.postgres.archives=DIR} or an installation,
 * {@code -Dtidemark.postgres.home=DIR} or {@code -Dtidemark.postgres.home.<major>=DIR}. All files
 * and processes are gone after {@link #close()}, and also after this JVM ended in any other way.
 */
public final class PostgresCluster implements AutoCloseable {
  /** Of all clusters of the JVM: tests keep by a database's name what outlives its cluster. */
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private static final Duration REPLAY_TIMEOUT = Duration.ofMinutes(1);
  private static final String OBJECT_IN_USE = "55006";

  private final Path directory;
  private final Watchdog watchdog;
  private final PostgresServer primary;
  private final List<PostgresStandby> standbys;

  PostgresCluster(
      Path directory, Watchdog watchdog, PostgresServer primary, List<PostgresStandby> standbys) {
    this.directory = directory;
    this.watchdog = watchdog;
    this.primary = primary;
    this.standbys = List.copyOf(standbys);
  }

  /** A cluster of one primary of the major version in {@code -Dtidemark.postgres.major}, or 18. */
  public static Builder builder() {
    return new Builder();
  }

  /** The server that takes writes. */
  public PostgresServer primary() {
    return primary;
  }

  /** The standby with that index, from 0. */
  public PostgresStandby standby(int index) {
    return standbys.get(index);
  }

  /** All standbys, by index. */
  public List<PostgresStandby> standbys() {
    return standbys;
  }

  /**
   * Returns when every standby shows all that the primary's sessions wrote before the call. It
   * writes a message to the WAL of database {@code postgres}, which other databases' slots skip.
   *
   * @throws IllegalStateException when a standby does not get there in a minute
   */
  public void awaitReplay() throws SQLException {
    // The commit flushes what open transactions wrote, too: walsenders send only what is flushed.
    primary.session().execute("SELECT pg_logical_emit_message(true, 'testkit', '')");
    String target = primary.session().query("SELECT pg_current_wal_flush_lsn()");
    String reached = "SELECT pg_last_wal_replay_lsn() >= '%s'".formatted(target);
    for (PostgresStandby standby : standbys) {
      Await.until(
          "%s to replay %s".formatted(standby, target),
          REPLAY_TIMEOUT,
          () -> standby.session().query(reached).equals("t"),
          standby::logTail);
    }
  }

  /** Makes a database with a name of its own on the primary and returns the name. */
  public String createDatabase() throws SQLException {
    return createDatabase("");
  }

  String createDatabase(String options) throws SQLException {
    String name = "db_" + DATABASES.incrementAndGet();
    primary.session().execute("CREATE DATABASE " + name + " " + options);
    return name;
  }

  /** Drops a database with its slots, and ends the sessions that use them. */
  public void dropDatabase(String name) throws SQLException {
    dropSlots(name);
    primary.session().execute("DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)".formatted(name));
  }

  private void dropSlots(String database) throws SQLException {
    String slots = " FROM pg_replication_slots WHERE database = '%s'".formatted(database);
    Await.until(
        "the slots of database %s to be free".formatted(database),
        PostgresServer.TIMEOUT,
        () -> {
          try {
            primary
                .session()
                .execute(
                    "SELECT pg_terminate_backend(active_pid)" + slots + " AND active",
                    "SELECT pg_drop_replication_slot(slot_name)" + slots + " AND NOT active");
          } catch (SQLException e) {
            // A client that reconnects may take a slot between the two statements' looks at it.
            if (!OBJECT_IN_USE.equals(e.getSQLState())) {
              throw e;
            }
          }
          return primary.session().query("SELECT count(*)" + slots).equals("0");
        });
  }

  /** Starts what is stopped and lets every standby replay again; a promoted one stays promoted. */
  void recover() throws SQLException {
    if (!primary.isRunning()) {
      primary.start();
    }
    for (PostgresStandby standby : standbys) {
      standby.recover();
    }
  }

  /** Stops the servers at once and deletes all their files. */
  @Override
  public void close() {
    try {
      primary.session().close();
      for (PostgresStandby standby : standbys) {
        standby.session().close();
      }
    } catch (SQLException e) {
      throw new IllegalStateException("Cannot close the superuser's sessions", e);
    } finally {
      watchdog.close();
    }
    if (Files.exists(directory)) {
      throw new IllegalStateException("Could not stop the servers and delete " + directory);
    }
  }

  /** Describes a cluster; methods return the builder. */
  public static final class Builder {
    private int major = Integer.getInteger("tidemark.postgres.major", 18);
    private int standbys;
    private boolean dataChecksums = true;
    private long nextXid;
    private final Map<String, Integer> moneyLocales = new HashMap<>();
    private final Map<String, String> settings = new HashMap<>();
    private final Map<String, String> primarySettings = new HashMap<>();
    private final Map<String, String> standbySettings = new HashMap<>();

    private Builder() {}

    /** The major version, 14 or later. */
    public Builder major(int version) {
      major = version;
      return this;
    }

    /** How many standbys follow the primary; none by default. */
    public Builder standbys(int count) {
      standbys = count;
      return this;
    }

    /** Whether pages carry checksums, as by default they do. */
    public Builder dataChecksums(boolean enabled) {
      dataChecksums = enabled;
      return this;
    }

    /**
     * The primary's next transaction id at its start, less than 2^32: just below it, tests see the
     * 32-bit ids begin anew. Takes some seconds, as all rows are frozen on the way.
     */
    public Builder nextXid(long xid) {
      nextXid = xid;
      return this;
    }

    /** A locale for {@code lc_monetary} whose money has so many fractional digits; Linux alone. */
    public Builder moneyLocale(String name, int fractionalDigits) {
      moneyLocales.put(name, fractionalDigits);
      return this;
    }

    /** A setting of all servers, as in postgresql.conf; fsync is off unless it is set here. */
    public Builder setting(String name, String value) {
      settings.put(name, value);
      return this;
    }

    /** A setting of the primary alone. */
    public Builder primarySetting(String name, String value) {
      primarySettings.put(name, value);
      return this;
    }

    /** A setting of the standbys alone. */
    public Builder standbySetting(String name, String value) {
      standbySettings.put(name, value);
      return this;
    }

    /** Standbys keep the primary from removing rows that their queries can still see. */
    public Builder hotStandbyFeedback() {
      return standbySetting("hot_standby_feedback", "on");
    }

    /** All servers log every statement and replication command: see {@link PostgresServer#log}. */
    public Builder logStatements() {
      return setting("log_statement", "all").setting("log_replication_commands", "on");
    }

    /**
     * Makes the servers and starts them.
     *
     * @throws IllegalStateException when there are no binaries, or a server does not start
     */
    public PostgresCluster start() {
      return ClusterSetup.start(options());
    }

    ClusterOptions options() {
      return new ClusterOptions(
          major,
          standbys,
          dataChecksums,
          nextXid,
          moneyLocales,
          settings,
          primarySettings,
          standbySettings);
    }
  }
}
