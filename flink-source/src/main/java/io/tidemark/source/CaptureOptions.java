package io.tidemark.source;

import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** The options of a capture that have defaults. Connections and tables are the builder's own. */
public final class CaptureOptions {
  private CaptureOptions() {}

  public static final ConfigOption<Integer> LANES =
      ConfigOptions.key("lanes")
          .intType()
          .defaultValue(1)
          .withDescription(
              "Partitions of the merge, by hash of the row's key, fixed when the job first starts."
                  + " One lane keeps the total order and the transactions; more keep the order per"
                  + " key.");

  public static final ConfigOption<Boolean> TABLES_WITHOUT_IDENTITY =
      ConfigOptions.key("publication.tables-without-identity")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Whether a publication that is created may have tables without replica identity."
                  + " PostgreSQL then refuses to update and delete their rows.");

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

  /** All of them. */
  static final List<ConfigOption<?>> ALL =
      List.of(
          LANES,
          TABLES_WITHOUT_IDENTITY,
          MARK_INTERVAL,
          RECEIVE_TIMEOUT,
          DUMP_CONNECTIONS,
          DUMP_CHUNK_SIZE,
          DUMP_UNEVALUATED_CHUNKS,
          DUMP_QUEUE_SIZE,
          DUMP_MAX_LEAD,
          MAX_TOUCH_SIZE,
          MAX_PARTIAL_KEYS);
}
