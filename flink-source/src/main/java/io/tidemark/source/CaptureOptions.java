package io.tidemark.source;

import io.tidemark.source.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;

/**
 * All options of a capture, by the keys that files, the command line and {@link
 * PostgresCapture.Builder#setAll} have in common. What an option means is said once, in its
 * description; read it in {@code docs/configuration.md}, whose table is written from the
 * descriptions and compared with them by a test, or from {@link ConfigOption#description}. Lists in
 * a text are between white space or commas, or as YAML has them.
 */
public final class CaptureOptions {
  private CaptureOptions() {}

  public static final ConfigOption<String> URL =
      ConfigOptions.key("url")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The primary: any pgjdbc URL, jdbc:postgresql://host:port/database. Must be given.");

  public static final ConfigOption<String> USER =
      ConfigOptions.key("user")
          .stringType()
          .defaultValue("")
          .withDescription("The role, on the primary and on replicas, unless their URLs name it.");

  public static final ConfigOption<String> PASSWORD_ENV =
      ConfigOptions.key("password-env")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The environment variable with the role's password, on each machine that connects.");

  public static final ConfigOption<String> PASSWORD_FILE =
      ConfigOptions.key("password-file")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The file whose first line is the role's password, on each machine that connects;"
                  + " instead of a variable.");

  public static final ConfigOption<Map<String, String>> PROPERTY =
      ConfigOptions.key("property")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "A further pgjdbc connection property, such as property.sslmode=verify-full, for the"
                  + " primary and the replicas.");

  public static final ConfigOption<List<String>> REPLICAS =
      ConfigOptions.key("replicas")
          .stringType()
          .asList()
          .defaultValues()
          .withDescription("URLs of the physical standbys that dumps are read from.");

  public static final ConfigOption<Boolean> DUMP_FROM_PRIMARY =
      ConfigOptions.key("dump-from-primary")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Whether dumps are read from the primary: for development, or where there is no"
                  + " replica.");

  public static final ConfigOption<List<String>> TABLES =
      ConfigOptions.key("tables")
          .stringType()
          .asList()
          .noDefaultValue()
          .withDescription(
              "Patterns of schema.table, in which * is any text. The schema ends at the first dot; a"
                  + " pattern without a dot is of public. Must be given.");

  public static final ConfigOption<String> SLOT =
      ConfigOptions.key("slot")
          .stringType()
          .defaultValue("tidemark")
          .withDescription(
              "The replication slot, 1 to 63 of a-z, 0-9 and _; created where the start mode"
                  + " allows.");

  public static final ConfigOption<String> PUBLICATION =
      ConfigOptions.key("publication")
          .stringType()
          .defaultValue("tidemark")
          .withDescription("The publication. Several are not combined.");

  public static final ConfigOption<Boolean> CREATE_PUBLICATION =
      ConfigOptions.key("publication.create")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether to create the publication where it is missing. Its tables must then be the"
                  + " role's own.");

  public static final ConfigOption<Boolean> PUBLICATION_VIA_ROOT =
      ConfigOptions.key("publication.via-root")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether a publication that is created has the rows of partitions under their root's"
                  + " name; else each leaf is a table of its own, and has to be among the tables. One"
                  + " that exists stays as it is.");

  public static final ConfigOption<Boolean> TABLES_WITHOUT_IDENTITY =
      ConfigOptions.key("publication.tables-without-identity")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Whether a publication that is created may have tables without replica identity."
                  + " PostgreSQL then refuses to update and delete their rows.");

  public static final ConfigOption<String> START =
      ConfigOptions.key("start")
          .stringType()
          .defaultValue("dump")
          .withDescription(
              "What a fresh start emits: dump, stream, an LSN, slot or dump-only, as below. A"
                  + " restored job goes on instead.");

  public static final ConfigOption<Integer> LANES =
      ConfigOptions.key("lanes")
          .intType()
          .defaultValue(1)
          .withDescription(
              "Partitions of the merge, by hash of the row's key, fixed when the job first starts."
                  + " One lane keeps the total order and the transactions; more keep the order per"
                  + " key.");

  public static final ConfigOption<Duration> MARK_INTERVAL =
      ConfigOptions.key("mark-interval")
          .durationType()
          .defaultValue(Duration.ofMillis(100))
          .withDescription("How long after a mark the next one is due.");

  public static final ConfigOption<Duration> RECEIVE_TIMEOUT =
      ConfigOptions.key("receive-timeout")
          .durationType()
          .defaultValue(Duration.ofMinutes(10))
          .withDescription(
              "How long the primary may be silent on the stream, although asked for an answer, before"
                  + " the connection counts as lost.");

  public static final ConfigOption<Integer> DUMP_CONNECTIONS =
      ConfigOptions.key("dump.connections")
          .intType()
          .defaultValue(2)
          .withDescription("Connections with which each subtask of the source reads dumps.");

  public static final ConfigOption<MemorySize> DUMP_CHUNK_SIZE =
      ConfigOptions.key("dump.chunk-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(8))
          .withDescription(
              "Bytes of rows that a chunk is made to hold, by adapting its number of pages.");

  public static final ConfigOption<Integer> DUMP_UNEVALUATED_CHUNKS =
      ConfigOptions.key("dump.unevaluated-chunks")
          .intType()
          .defaultValue(3)
          .withDescription(
              "Chunks of a connection that may wait in the lanes for the stream to catch up.");

  public static final ConfigOption<MemorySize> DUMP_QUEUE_SIZE =
      ConfigOptions.key("dump.queue-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(8))
          .withDescription(
              "Bytes of rows that wait in each subtask between its dump threads and its output.");

  public static final ConfigOption<MemorySize> DUMP_MAX_LEAD =
      ConfigOptions.key("dump.max-lead")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(64))
          .withDescription(
              "No chunk starts while its replica is further ahead of the emitted stream than this.");

  public static final ConfigOption<MemorySize> MAX_TOUCH_SIZE =
      ConfigOptions.key("merge.max-touch-size")
          .memoryType()
          .defaultValue(MemorySize.ofMebiBytes(128))
          .withDescription(
              "Bytes of touched keys and values per table under dump; beyond, its unevaluated"
                  + " chunks are read again.");

  public static final ConfigOption<Integer> MAX_PARTIAL_KEYS =
      ConfigOptions.key("merge.max-partial-keys")
          .intType()
          .defaultValue(50_000)
          .withDescription(
              "Keys per table under dump that may wait for their repair; beyond, they are repaired"
                  + " before the dump's end.");

  public static final ConfigOption<Boolean> DDL_REQUIRED =
      ConfigOptions.key("ddl.required")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Whether the database must have the DDL capture, and nothing be wrong with it, for the"
                  + " capture to start; else it is used where it is there, and what is wrong is a"
                  + " warning.");

  public static final ConfigOption<Boolean> DUMP_REWRITTEN =
      ConfigOptions.key("dump.rewritten-tables")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "Whether a table is dumped again that has got rows or values unseen by the stream: by"
                  + " an ALTER TABLE with USING or a volatile default, by a partition that is attached,"
                  + " or under another key. Needs DDL capture but for the last.");

  public static final ConfigOption<Duration> DISCOVERY_INTERVAL =
      ConfigOptions.key("discovery-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(10))
          .withDescription(
              "How often the publication is looked at for tables that have come or gone.");

  /** What is set for readers and merge by itself, apart from servers, tables and start. */
  private static final List<ConfigOption<?>> TUNING =
      List.of(
          LANES,
          PUBLICATION_VIA_ROOT,
          TABLES_WITHOUT_IDENTITY,
          MARK_INTERVAL,
          RECEIVE_TIMEOUT,
          DUMP_CONNECTIONS,
          DUMP_CHUNK_SIZE,
          DUMP_UNEVALUATED_CHUNKS,
          DUMP_QUEUE_SIZE,
          DUMP_MAX_LEAD,
          MAX_TOUCH_SIZE,
          MAX_PARTIAL_KEYS,
          DDL_REQUIRED,
          DUMP_REWRITTEN,
          DISCOVERY_INTERVAL);

  private static final List<ConfigOption<?>> ALL =
      Stream.concat(
              Stream.of(
                  URL,
                  USER,
                  PASSWORD_ENV,
                  PASSWORD_FILE,
                  PROPERTY,
                  REPLICAS,
                  DUMP_FROM_PRIMARY,
                  TABLES,
                  SLOT,
                  PUBLICATION,
                  CREATE_PUBLICATION,
                  START),
              TUNING.stream())
          .toList();

  /** All of them: what else a file of settings has is not of the capture. */
  public static List<ConfigOption<?>> all() {
    return ALL;
  }

  /** The values that readers and merge go by, defaults included; nothing secret is among them. */
  static Configuration tuning(Settings settings) {
    Configuration tuning = new Configuration();
    TUNING.forEach(option -> copy(option, settings, tuning));
    return tuning;
  }

  private static <T> void copy(ConfigOption<T> option, Settings from, Configuration to) {
    to.set(option, from.get(option));
  }
}
