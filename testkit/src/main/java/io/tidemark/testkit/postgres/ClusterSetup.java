package io.tidemark.testkit.postgres;

import io.tidemark.testkit.Directories;
import io.tidemark.testkit.Watchdog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Makes a cluster's directories and starts its servers.
 *
 * <p>What initdb leaves is a server that was shut down in order, so a copy of it with a {@code
 * standby.signal} is a standby: no base backup, and no start of the primary in between.
 */
final class ClusterSetup {
  /** Rows that are older than 2^31 transactions would look like rows of the future. */
  private static final long MAX_XID_JUMP = 1_050_000_000;

  private final ClusterOptions options;
  private final PostgresInstallation installation;
  private final Path directory;
  private final String password = UUID.randomUUID().toString();

  private ClusterSetup(ClusterOptions options, PostgresInstallation installation, Path directory) {
    this.options = options;
    this.installation = installation;
    this.directory = directory;
  }

  static PostgresCluster start(ClusterOptions options) {
    PostgresInstallation installation = PostgresInstallation.of(options.major());
    try {
      Path directory = Files.createTempDirectory("tidemark-postgres-");
      Watchdog watchdog = Watchdog.over(directory);
      try {
        return new ClusterSetup(options, installation, directory).start(watchdog);
      } catch (IOException | RuntimeException e) {
        watchdog.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot set up a PostgreSQL cluster", e);
    }
  }

  private PostgresCluster start(Watchdog watchdog) throws IOException {
    Path data = directory.resolve("primary");
    initialize(data);
    if (!options.moneyLocales().isEmpty()) {
      MoneyLocales.make(directory, options.moneyLocales());
    }
    if (options.nextXid() > 0) {
      advance(data);
    }
    List<PostgresStandby> standbys = new ArrayList<>();
    for (int i = 0; i < options.standbys(); i++) {
      Path copy = directory.resolve("standby-" + i);
      Directories.copy(data, copy);
      standbys.add(new PostgresStandby("standby-" + i, installation, copy, password));
    }
    configure(data, options.configuration(false));
    PostgresServer primary = new PostgresServer("primary", installation, data, password);
    primary.startOnFreePort();
    for (PostgresStandby standby : standbys) {
      Files.createFile(standby.dataDirectory().resolve("standby.signal"));
      configure(
          standby.dataDirectory(),
          options.configuration(true)
              + ClusterOptions.line("primary_conninfo", primary.replicationConnection()));
      standby.startOnFreePort();
    }
    return new PostgresCluster(directory, watchdog, primary, standbys);
  }

  private void initialize(Path data) throws IOException {
    Path passwordFile = Files.writeString(directory.resolve("password"), password);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--pgdata=" + data,
                "--username=" + PostgresServer.SUPERUSER,
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                // Older releases of macOS do not know C.UTF-8.
                "--locale=" + (Platform.isMac() ? "C" : "C.UTF-8"),
                "--no-sync"));
    if (options.dataChecksums()) {
      arguments.add("--data-checksums");
    } else if (options.major() >= 18) {
      arguments.add("--no-data-checksums");
    }
    installation.run(directory, "initdb", arguments.toArray(String[]::new));
    Files.delete(passwordFile);
  }

  /** Jumps to the next transaction id, no further at a time than rows may be old. */
  private void advance(Path data) throws IOException {
    Path configuration = data.resolve("postgresql.conf");
    String original = Files.readString(configuration);
    configure(data, options.configuration(false));
    PostgresServer server = new PostgresServer("primary", installation, data, password);
    XidJump jump = new XidJump(data);
    for (long xid = MAX_XID_JUMP; xid < options.nextXid(); xid += MAX_XID_JUMP) {
      jump.to(xid);
      server.startOnFreePort();
      try {
        server.execute(PostgresServer.SUPERUSER, "ALTER DATABASE template0 ALLOW_CONNECTIONS true");
        for (String database : List.of(PostgresServer.SUPERUSER, "template0", "template1")) {
          server.execute(database, "VACUUM FREEZE");
        }
        server.execute(
            PostgresServer.SUPERUSER, "ALTER DATABASE template0 ALLOW_CONNECTIONS false");
      } catch (SQLException e) {
        throw new IllegalStateException("Cannot freeze all rows of " + server, e);
      }
      server.stop();
    }
    jump.to(options.nextXid());
    Files.writeString(configuration, original);
  }

  private static void configure(Path data, String settings) throws IOException {
    Files.writeString(data.resolve("postgresql.conf"), "\n" + settings, StandardOpenOption.APPEND);
  }
}
