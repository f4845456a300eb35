package io.tidemark.source.reader;

import io.tidemark.dump.chunk.DumpSource;
import io.tidemark.dump.chunk.ReplicaChoice;
import io.tidemark.dump.chunk.VisibilityCheck;
import io.tidemark.postgres.setup.ServerIdentity;
import io.tidemark.postgres.stream.CatalogSchemaResolver;
import io.tidemark.postgres.stream.StreamFetcher;
import io.tidemark.postgres.stream.StreamOptions;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.source.CaptureConfig;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.split.StreamSplit;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.metrics.MetricGroup;

/** Makes a reader's parts from the configuration: those that work on real servers. */
final class DatabaseParts implements ReaderParts {
  /** In every checkpoint of a capture that dumps from the primary and does not dump now. */
  private static final int MAX_UNSEEN_XIDS = 1 << 15;

  private final CaptureConfig config;
  private final SecureRandom random = new SecureRandom();
  private final EmittedXids emittedXids = new EmittedXids(MAX_UNSEEN_XIDS);

  /** Parts for this configuration. */
  DatabaseParts(CaptureConfig config) {
    this.config = config;
  }

  @Override
  public int lanes() {
    return config.lanes();
  }

  @Override
  public DumpScheduler newScheduler(int subtask) {
    return new DumpScheduler(
        new DumpScheduler.Limits(
            config.lanes(),
            config.options().get(CaptureOptions.DUMP_UNEVALUATED_CHUNKS)
                * config.options().get(CaptureOptions.DUMP_CONNECTIONS),
            config.options().get(CaptureOptions.DUMP_MAX_LEAD).getBytes()),
        subtask,
        random.nextLong());
  }

  @Override
  public DumpQueue newQueue() {
    return new DumpQueue(config.options().get(CaptureOptions.DUMP_QUEUE_SIZE).getBytes());
  }

  @Override
  public List<DumpWorker> startDumpThreads(DumpScheduler scheduler, DumpQueue queue, int subtask) {
    DumpSource.Kind kind =
        config.dumpFromPrimary() ? DumpSource.Kind.PRIMARY : DumpSource.Kind.STANDBY;
    List<DumpSource> servers =
        config.dumpSources().stream().map(endpoint -> new DumpSource(endpoint, kind)).toList();
    List<DumpWorker> threads = new ArrayList<>();
    if (servers.isEmpty()) {
      return threads;
    }
    DumpThread.Sources sources =
        new DumpThread.Sources(
            servers,
            new ReplicaChoice(servers.size(), subtask, System::nanoTime),
            config.dumpFromPrimary() ? emittedXids : VisibilityCheck.NONE,
            config.options().get(CaptureOptions.DUMP_CHUNK_SIZE).getBytes(),
            config.lanes());
    for (int i = 0; i < config.options().get(CaptureOptions.DUMP_CONNECTIONS); i++) {
      DumpThread thread =
          new DumpThread("tidemark-dump-" + subtask + "-" + i, scheduler, queue, sources);
      threads.add(thread);
      thread.start();
    }
    return threads;
  }

  @Override
  public StreamSide startStream(
      StreamSplit split, LaneOutput out, Consumer<ReaderEvent> events, MetricGroup metrics) {
    StreamEmitter.Options options =
        new StreamEmitter.Options(
            config.lanes(),
            config.options().get(CaptureOptions.MARK_INTERVAL).toNanos(),
            config.options().get(CaptureOptions.MAX_TOUCH_SIZE).getBytes(),
            config.options().get(CaptureOptions.MAX_PARTIAL_KEYS),
            !config.dumpSources().isEmpty(),
            config::captures,
            config.publication(),
            config.startMode().dumps(),
            config.options().get(CaptureOptions.DUMP_REWRITTEN));
    emittedXids.restore(split.unseenXids());
    StreamEmitter emitter =
        new StreamEmitter(
            options,
            split,
            random.nextLong() | 1,
            out,
            events,
            config.dumpFromPrimary() ? emittedXids : XidLog.NONE);
    CatalogSchemaResolver resolver =
        new CatalogSchemaResolver(config.primary(), config.publication(), new TypeCatalog());
    StreamFetcher fetcher =
        StreamFetcher.start(
            StreamOptions.of(config.primary(), config.slot(), config.publication())
                .expecting(
                    new ServerIdentity(split.systemId(), split.timeline()), split.publicationOid())
                .receiveTimeout(config.options().get(CaptureOptions.RECEIVE_TIMEOUT)),
            split.position(),
            emitter.tables(),
            resolver);
    return new StreamSide(fetcher, emitter, metrics, System::nanoTime);
  }
}
