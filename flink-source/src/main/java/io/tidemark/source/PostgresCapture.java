package io.tidemark.source;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.TablePattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
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
    private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");
    private static final int MAX_LANES = 4096;

    private String url = "";
    private String user = "";
    private Password password = Password.NONE;
    private final Map<String, String> properties = new LinkedHashMap<>();
    private Endpoint primary;
    private final List<String> replicaUrls = new ArrayList<>();
    private final List<Endpoint> replicas = new ArrayList<>();
    private boolean dumpFromPrimary;
    private final List<String> tables = new ArrayList<>();
    private final List<TablePattern> patterns = new ArrayList<>();
    private String slot = "tidemark";
    private String publication = "tidemark";
    private boolean createPublication = true;
    private StartMode startMode = StartMode.dumpThenStream();
    private DumpRequests dumpRequests;
    private final Configuration options = new Configuration();

    private Builder() {}

    /** The primary, as any pgjdbc URL: {@code jdbc:postgresql://host:port/database?...}. */
    public Builder url(String primaryUrl) {
      this.url = primaryUrl;
      return this;
    }

    /** The role, on the primary and on replicas given by URL. */
    public Builder user(String role) {
      this.user = role;
      return this;
    }

    /** Where the role's password comes from. */
    public Builder password(Password source) {
      this.password = source;
      return this;
    }

    /** A pgjdbc connection property, such as {@code sslmode}; for all servers given by URL. */
    public Builder property(String name, String value) {
      properties.put(name, value);
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
      this.dumpFromPrimary = true;
      return this;
    }

    /**
     * Tables to capture, by patterns of {@code schema.table} with {@code *} for any text;
     * repeatable. A pattern without a dot is of the schema public.
     */
    public Builder tables(String... patterns) {
      for (String pattern : patterns) {
        tables.add(pattern.indexOf('.') < 0 ? "public." + pattern : pattern);
      }
      return this;
    }

    /** The replication slot; created where the start mode allows. Default {@code tidemark}. */
    public Builder slot(String name) {
      this.slot = name;
      return this;
    }

    /** The publication. Default {@code tidemark}. */
    public Builder publication(String name) {
      this.publication = name;
      return this;
    }

    /** Whether to create the publication where it is missing. Default true. */
    public Builder createPublication(boolean create) {
      this.createPublication = create;
      return this;
    }

    /** What a fresh start emits. Default {@link StartMode#dumpThenStream}. */
    public Builder startMode(StartMode mode) {
      this.startMode = mode;
      return this;
    }

    /**
     * Where dumps on demand come from, and what pauses the capture. Default: nothing does. Needs a
     * dump source, one lane and an unbounded start mode.
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

    /** Sets all of {@link CaptureOptions} that are in a configuration. */
    public Builder setAll(Configuration configuration) {
      options.addAll(configuration);
      return this;
    }

    /**
     * Checks the configuration as far as it can be without a connection.
     *
     * @throws IllegalArgumentException listing everything that is wrong
     */
    public PostgresCapture build() {
      List<String> problems = new ArrayList<>();
      Endpoint main = primary;
      if (main == null) {
        main = endpoint("the primary's URL", url, problems);
      } else if (!url.isEmpty()) {
        problems.add("the primary is given as a URL and as an endpoint: give one");
      }
      List<Endpoint> standbys = new ArrayList<>(replicas);
      for (String replicaUrl : replicaUrls) {
        standbys.add(endpoint("a replica's URL", replicaUrl, problems));
      }
      check(standbys, problems);
      if (!problems.isEmpty()) {
        throw new IllegalArgumentException(
            "the capture cannot be configured so:\n  - " + String.join("\n  - ", problems));
      }
      return new PostgresCapture(
          new CaptureConfig(
              main,
              standbys,
              dumpFromPrimary,
              patterns,
              slot,
              publication,
              createPublication,
              startMode,
              dumpRequests,
              options));
    }

    private Endpoint endpoint(String what, String from, List<String> problems) {
      if (from.isEmpty()) {
        problems.add(what + " is missing; give jdbc:postgresql://host:port/database");
        return null;
      }
      try {
        return new Endpoint(from, user, password, properties);
      } catch (IllegalArgumentException e) {
        problems.add(what + ": " + e.getMessage());
        return null;
      }
    }

    private void check(List<Endpoint> standbys, List<String> problems) {
      patterns.clear();
      for (String table : tables) {
        try {
          patterns.add(new TablePattern(table));
        } catch (IllegalArgumentException e) {
          problems.add(e.getMessage());
        }
      }
      if (tables.isEmpty()) {
        problems.add("no table is given; give patterns such as public.* or sales.orders");
      }
      if (!SLOT_NAME.matcher(slot).matches()) {
        problems.add("slot '" + slot + "': a slot's name is 1 to 63 of a-z, 0-9 and underscores");
      }
      if (publication.isEmpty()) {
        problems.add("the publication's name is empty");
      }
      if (dumpFromPrimary && !standbys.isEmpty()) {
        problems.add(
            "dumps are to be read from the primary and from "
                + standbys.size()
                + " replicas: give one of the two");
      }
      boolean noSource = standbys.isEmpty() && !dumpFromPrimary;
      if (startMode.dumps() && noSource) {
        problems.add(
            "the start mode dumps tables, but there is nowhere to read them: give a replica, or"
                + " allow dumps from the primary");
      }
      OptionChecks.check(options, problems);
      int lanes = OptionChecks.intOrDefault(options, CaptureOptions.LANES);
      if (lanes > MAX_LANES) {
        problems.add("lanes: " + lanes + "; give at most " + MAX_LANES);
      } else if (lanes > 1 && noSource) {
        problems.add(
            "lanes: "
                + lanes
                + ", but there is no place to repair rows from (a key change can lack unchanged"
                + " TOAST values): give a replica, allow dumps from the primary, or use one lane");
      }
      if (dumpRequests != null) {
        checkDumpRequests(noSource, lanes, problems);
      }
    }

    private void checkDumpRequests(boolean noSource, int lanes, List<String> problems) {
      if (noSource) {
        problems.add(
            "dumps are to be requested, but there is nowhere to read them: give a replica, or allow"
                + " dumps from the primary");
      }
      if (startMode.isBounded()) {
        problems.add(
            "dumps are to be requested from a capture that ends: choose a start mode that streams"
                + " on");
      }
      if (lanes > 1) {
        problems.add(
            "lanes: "
                + lanes
                + ", but dumps are to be requested: when one is read is told out of band, which is"
                + " done for one lane alone so far; use one lane");
      }
    }
  }
}
