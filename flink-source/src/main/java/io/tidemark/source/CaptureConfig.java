package io.tidemark.source;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.setup.PreflightOptions;
import io.tidemark.postgres.setup.TablePattern;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.apache.flink.configuration.Configuration;

/**
 * A whole configuration, as the builder checked it. Goes to JobManager and TaskManagers.
 *
 * @param primary the server that is streamed from
 * @param replicas the servers that dumps are read from; empty with {@code dumpFromPrimary} or where
 *     nothing is dumped
 * @param dumpFromPrimary whether dumps are read from the primary
 * @param tables patterns of published names, {@code schema.table} with {@code *} for any text
 * @param slot the replication slot
 * @param publication the publication
 * @param createPublication whether to create the publication where it is missing
 * @param startMode what a fresh start emits
 * @param dumpRequests where dumps on demand come from; null if from nowhere
 * @param options values of {@link CaptureOptions}
 */
public record CaptureConfig(
    Endpoint primary,
    List<Endpoint> replicas,
    boolean dumpFromPrimary,
    List<TablePattern> tables,
    String slot,
    String publication,
    boolean createPublication,
    StartMode startMode,
    DumpRequests dumpRequests,
    Configuration options)
    implements Serializable {
  public CaptureConfig {
    Objects.requireNonNull(primary, "primary");
    replicas = List.copyOf(replicas);
    tables = List.copyOf(tables);
    Objects.requireNonNull(startMode, "startMode");
    Objects.requireNonNull(options, "options");
  }

  /** Whether the table is to be captured. */
  public boolean captures(TableName table) {
    return tables.stream().anyMatch(pattern -> pattern.matches(table));
  }

  /** What to check before anything is created. */
  public PreflightOptions preflight() {
    return new PreflightOptions(
        primary,
        replicas,
        dumpFromPrimary,
        slot,
        !startMode.needsSlot(),
        publication,
        createPublication,
        viaRoot(),
        tables,
        options.get(CaptureOptions.TABLES_WITHOUT_IDENTITY),
        options.get(CaptureOptions.DDL_REQUIRED));
  }

  /** Whether a publication that is created has the rows of partitions under their root's name. */
  public boolean viaRoot() {
    return options.get(CaptureOptions.PUBLICATION_VIA_ROOT);
  }

  /** How many lanes the merge has. */
  public int lanes() {
    return options.get(CaptureOptions.LANES);
  }

  /** Where dumps and repairs are read; empty if nowhere. */
  public List<Endpoint> dumpSources() {
    return dumpFromPrimary ? List.of(primary) : replicas;
  }
}
