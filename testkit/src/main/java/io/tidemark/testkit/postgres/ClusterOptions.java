package io.tidemark.testkit.postgres;

import java.util.Map;
import java.util.TreeMap;

/**
 * What distinguishes one cluster from another; equal options may share a running cluster.
 *
 * @param major the major version, 14 or later
 * @param standbys how many physical standbys follow the primary
 * @param dataChecksums whether pages carry checksums
 * @param nextXid the first transaction id that is given out, with its epoch; 0 for what initdb
 *     leaves
 * @param moneyLocales locales of the cluster's own by name, with the fractional digits of their
 *     money
 * @param settings server settings by name, for all servers
 * @param primarySettings settings of the primary alone
 * @param standbySettings settings of the standbys alone
 */
record ClusterOptions(
    int major,
    int standbys,
    boolean dataChecksums,
    long nextXid,
    Map<String, Integer> moneyLocales,
    Map<String, String> settings,
    Map<String, String> primarySettings,
    Map<String, String> standbySettings) {

  ClusterOptions {
    if (major < 14) {
      throw new IllegalArgumentException("PostgreSQL %d is older than 14".formatted(major));
    }
    if (standbys < 0) {
      throw new IllegalArgumentException("A cluster cannot have %d standbys".formatted(standbys));
    }
    moneyLocales = Map.copyOf(moneyLocales);
    settings = Map.copyOf(settings);
    primarySettings = Map.copyOf(primarySettings);
    standbySettings = Map.copyOf(standbySettings);
  }

  /** The configuration file of the primary or of a standby, less what only that server has. */
  String configuration(boolean standby) {
    Map<String, String> merged = new TreeMap<>(defaults());
    merged.putAll(settings);
    merged.putAll(standby ? standbySettings : primarySettings);
    StringBuilder text = new StringBuilder();
    merged.forEach((name, value) -> text.append(line(name, value)));
    return text.toString();
  }

  static String line(String name, String value) {
    return "%s = '%s'%n".formatted(name, value.replace("'", "''"));
  }

  private static Map<String, String> defaults() {
    return Map.ofEntries(
        Map.entry("listen_addresses", PostgresServer.HOST),
        Map.entry("unix_socket_directories", ""),
        Map.entry("wal_level", "logical"),
        Map.entry("max_replication_slots", "64"),
        Map.entry("max_wal_senders", "64"),
        Map.entry("fsync", "off"),
        // A standby that was stopped for a while must find what it missed.
        Map.entry("wal_keep_size", "1GB"),
        Map.entry("wal_retrieve_retry_interval", "100ms"),
        Map.entry("log_line_prefix", PostgresLog.LINE_PREFIX));
  }
}
