package io.tidemark.benchmarks;

import io.tidemark.postgres.setup.DdlOptions;
import io.tidemark.postgres.setup.DdlSetup;
import io.tidemark.testkit.postgres.PostgresServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A database with the DDL capture, or without, and the loads that it is measured under. */
final class DdlDatabase {
  private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+) \\(without");
  private static final int PARTITIONS = 100;
  private static final String LIBRARY_FUNCTION =
      """
      CREATE OR REPLACE FUNCTION tidemark.running_statement() RETURNS text
      LANGUAGE c STABLE AS '%s', 'tidemark_running_statement'
      """;

  /** What a migration does, of which each statement is measured. */
  private static final List<String> ON_A_TABLE =
      List.of(
          "CREATE TABLE made (id bigserial PRIMARY KEY, a text NOT NULL, b int DEFAULT 1, c text,"
              + " d numeric(10,2), e timestamptz DEFAULT now(), f boolean, g jsonb, h uuid, i int[])",
          "ALTER TABLE made ADD COLUMN j text DEFAULT 'new'",
          "ALTER TABLE made ALTER COLUMN c SET NOT NULL",
          "CREATE INDEX ON made (b)",
          "ALTER TABLE made RENAME COLUMN d TO k",
          "ALTER TABLE made DROP COLUMN f",
          "DROP TABLE made");

  /** None of them leaves a dropped column behind, of which each would add to the next ones. */
  private static final List<String> ON_PARTITIONS =
      List.of(
          "ALTER TABLE parts ALTER COLUMN a SET DEFAULT 'new'",
          "ALTER TABLE parts RENAME COLUMN d TO k",
          "ALTER TABLE parts ALTER COLUMN a DROP DEFAULT",
          "ALTER TABLE parts RENAME COLUMN k TO d");

  private final PostgresServer server;
  private final String name;

  private DdlDatabase(PostgresServer server, String name) {
    this.server = server;
    this.name = name;
  }

  /** What was measured in a run: statements or transactions a second, kB of WAL for each. */
  record Rate(double perSecond, double walKilobytes) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.0f/s, %.1f kB of WAL each", perSecond, walKilobytes);
    }
  }

  /** Makes a database without the capture. */
  static DdlDatabase without(PostgresServer server) throws SQLException {
    server.execute("postgres", "CREATE DATABASE without");
    return new DdlDatabase(server, "without");
  }

  /**
   * Makes a database with the capture.
   *
   * @param library the library that sessions preload, if any
   */
  static DdlDatabase with(PostgresServer server, Optional<Path> library) throws SQLException {
    String name = library.isPresent() ? "library" : "captured";
    server.execute("postgres", "CREATE DATABASE " + name);
    try (Connection connection = server.connect(name)) {
      DdlSetup.install(
          connection, new DdlOptions(DdlOptions.Means.SCRIPT, Optional.empty(), Optional.empty()));
      if (library.isPresent()) {
        Path file = library.get().toAbsolutePath();
        connection.createStatement().execute(LIBRARY_FUNCTION.formatted(file));
        connection
            .createStatement()
            .execute(
                "ALTER DATABASE %s SET session_preload_libraries = '%s'".formatted(name, file));
      }
    }
    return new DdlDatabase(server, name);
  }

  /** Makes the tables that the loads need. */
  void fill(Path pgbench) throws SQLException, IOException, InterruptedException {
    server.execute(
        name,
        "CREATE TABLE parts (id int, a text, b int, c text, d numeric(10,2), e timestamptz, f boolean,"
            + " g jsonb, h uuid, i int[]) PARTITION BY LIST (id)",
        """
        DO $$ BEGIN
          FOR i IN 1..%d LOOP
            EXECUTE format('CREATE TABLE part_%%s PARTITION OF parts FOR VALUES IN (%%s)', i, i);
          END LOOP;
        END $$"""
            .formatted(PARTITIONS));
    PeerProcess.pgbench(pgbench, server, "--initialize", "--quiet", "--scale=5", name);
  }

  /** Statements on a table of ten columns, one after the other. */
  Rate tables(double seconds) throws SQLException {
    return statements(ON_A_TABLE, seconds);
  }

  /** Statements on a table of a hundred partitions. */
  Rate partitions(double seconds) throws SQLException {
    return statements(ON_PARTITIONS, seconds);
  }

  private Rate statements(List<String> statements, double seconds) throws SQLException {
    try (Connection connection = server.connect(name);
        Statement statement = connection.createStatement()) {
      statement.execute("VACUUM");
      for (String sql : statements) {
        statement.execute(sql);
      }
      String start = end();
      long began = System.nanoTime();
      long count = 0;
      double passed;
      do {
        for (String sql : statements) {
          statement.execute(sql);
          count++;
        }
        passed = (double) (System.nanoTime() - began) / TimeUnit.SECONDS.toNanos(1);
      } while (passed < seconds);
      return new Rate(count / passed, kilobytesSince(start) / count);
    }
  }

  /** The transactions of pgbench: three updates of a row, a query, an insert. */
  Rate rows(Path pgbench, double seconds) throws SQLException, IOException, InterruptedException {
    server.execute(name, "VACUUM pgbench_branches, pgbench_tellers", "TRUNCATE pgbench_history");
    String start = end();
    String said =
        PeerProcess.pgbench(
            pgbench,
            server,
            "--no-vacuum",
            "--client=2",
            "--protocol=prepared",
            "--time=" + Math.max(1, Math.round(seconds)),
            name);
    Matcher tps = TPS.matcher(said);
    if (!tps.find()) {
      throw new IllegalStateException("pgbench tells no rate: " + said);
    }
    double rate = Double.parseDouble(tps.group(1));
    return new Rate(rate, kilobytesSince(start) / (rate * Math.max(1, Math.round(seconds))));
  }

  private String end() throws SQLException {
    return server.query(name, "SELECT pg_current_wal_insert_lsn()");
  }

  private double kilobytesSince(String start) throws SQLException {
    return Double.parseDouble(
        server.query(
            name,
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '%s') / 1000.0".formatted(start)));
  }
}
