package io.tidemark.source;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.settings.SettingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A capture of a PostgreSQL database: its replication stream, merged with dumps of its tables that
 * are read from replicas.
 *
 * <pre>{@code
 * DataStream<Change> changes = PostgresCapture.builder()
 *     .url("jdbc:postgresql://primary/shop").user("tidemark").password(Password.fromEnvironment("PGPASSWORD"))
 *     .replica("jdbc:postgresql://standby/shop")
 *     .tables("public.*")
 *     .build().from(env);
 * }</pre>
 */
public final class PostgresCapture {
  private final CaptureConfig config;

  private PostgresCapture(CaptureConfig config) {
    this.config = config;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What was configured. */
  public CaptureConfig config() {
    return config;
  }

  /**
   * Adds the capture to a job. Checkpointing must be enabled: the slot is confirmed, and so frees
   * WAL, only as checkpoints complete.
   *
   * @throws IllegalArgumentException if the environment does not fit, listing all problems
   */
  public DataStream<Change> from(StreamExecutionEnvironment env) {
    return CaptureTopology.build(env, config);
  }

  /** Collects a configuration; {@link #build} checks it as a whole. */
  public static final class Builder {
    private Endpoint primary;
    private final List<Endpoint> replicas = new ArrayList<>();
    private final List<String> replicaUrls = new ArrayList<>();
    private final List<String> tables = new ArrayList<>();
    private Password password;
    private DumpRequests dumpRequests;
    private final Configuration options = new Configuration();

    private Builder() {}

    /** The primary, as any pgjdbc URL: {@code jdbc:postgresql://host:port/database?...}. */
    public Builder url(String primaryUrl) {
      return set(CaptureOptions.URL, primaryUrl);
    }

    /** The role, on the primary and on replicas given by URL. */
    public Builder user(String role) {
      return set(CaptureOptions.USER, role);
    }

    /** Where the role's password comes from; instead of the options {@code password-...}. */
    public Builder password(Password source) {
      this.password = source;
      return this;
    }

    /** A pgjdbc connection property, such as {@code sslmode}; for all servers given by URL. */
    public Builder property(String name, String value) {
      options.setString(CaptureOptions.PROPERTY.key() + "." + name, value);
      return this;
    }

    /** The primary, whole; instead of {@link #url}, {@link #user} and so on. */
    public Builder primary(Endpoint endpoint) {
      this.primary = endpoint;
      return this;
    }

    /** A physical standby to read dumps from; repeatable. Role and properties are the primary's. */
    public Builder replica(String replicaUrl) {
      replicaUrls.add(replicaUrl);
      return this;
    }

    /** A physical standby to read dumps from; repeatable. */
    public Builder replica(Endpoint endpoint) {
      replicas.add(endpoint);
      return this;
    }

    /** Reads dumps from the primary: for development, or where there is no replica. */
    public Builder dumpFromPrimary() {
      return set(CaptureOptions.DUMP_FROM_PRIMARY, true);
    }

    /**
     * Tables to capture, by patterns of {@code schema.table} with {@code *} for any text;
     * repeatable. A pattern without a dot is of the schema public.
     */
    public Builder tables(String... patterns) {
      tables.addAll(List.of(patterns));
      return this;
    }

    /** The replication slot; created where the start mode allows. Default {@code tidemark}. */
    public Builder slot(String name) {
      return set(CaptureOptions.SLOT, name);
    }

    /** The publication. Default {@code tidemark}. */
    public Builder publication(String name) {
      return set(CaptureOptions.PUBLICATION, name);
    }

    /** Whether to create the publication where it is missing. Default true. */
    public Builder createPublication(boolean create) {
      return set(CaptureOptions.CREATE_PUBLICATION, create);
    }

    /** What a fresh start emits. Default {@link StartMode#dumpThenStream}. */
    public Builder startMode(StartMode mode) {
      return set(CaptureOptions.START, mode.text());
    }

    /**
     * Where dumps on demand come from, and what pauses the capture. Default: nothing does. Needs a
     * dump source and an unbounded start mode; any number of lanes.
     */
    public Builder dumpRequests(DumpRequests requests) {
      this.dumpRequests = requests;
      return this;
    }

    /** How many lanes the merge has: see {@link CaptureOptions#LANES}. */
    public Builder lanes(int lanes) {
      return set(CaptureOptions.LANES, lanes);
    }

    /** Sets one of {@link CaptureOptions}. */
    public <T> Builder set(ConfigOption<T> option, T value) {
      options.set(option, value);
      return this;
    }

    /**
     * Sets all of {@link CaptureOptions} that are in a configuration; others of Flink's may be in
     * it, too. Tables and replicas are beside those that {@link #tables} and {@link #replica} give.
     */
    public Builder setAll(Configuration configuration) {
      options.addAll(configuration);
      return this;
    }

    /**
     * Checks the configuration as far as it can be without a connection.
     *
     * @throws SettingsException listing everything that is wrong
     */
    public PostgresCapture build() {
      return new PostgresCapture(
          CaptureSettings.read(
              options,
              new CaptureSettings.Given(
                  Optional.ofNullable(primary),
                  replicas,
                  replicaUrls,
                  tables,
                  Optional.ofNullable(password),
                  Optional.ofNullable(dumpRequests))));
    }
  }
}
