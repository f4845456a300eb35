package io.tidemark.source.reader;

import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.KeptGauges;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.UnseenXids;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;

/** A reader of two dump threads and one lane, moved by hand, and what it emits and tells. */
abstract class ReaderFixture {
  static final long ATTEMPT = 9;
  static final StreamSplit START =
      new StreamSplit(StreamPosition.at(10), 1, 1, 0, 0, List.of(), UnseenXids.NONE, 0);

  final FeedByHand feed = new FeedByHand();
  final KeptGauges gauges = new KeptGauges();
  final DumpScheduler scheduler = new DumpScheduler(new DumpScheduler.Limits(1, 9, 1_000), 0, 77);
  final DumpQueue queue = new DumpQueue(1);
  final List<LaneRecord> emitted = new ArrayList<>();
  final List<ReaderEvent> events = new ArrayList<>();
  int splitsAskedFor;
  int threadsStarted;
  int threadsClosed;
  long nanos;
  final Task task = new Task();
  final CaptureReader reader = new CaptureReader(task, new Parts());

  /** Keeps what the reader tells. */
  final class Task extends TaskStub {
    Task() {
      super(new Place(0, 1), emitted::add);
    }

    @Override
    public SourceReaderMetricGroup metricGroup() {
      return gauges;
    }

    @Override
    public void sendSplitRequest() {
      splitsAskedFor++;
    }

    @Override
    public void sendSourceEventToCoordinator(SourceEvent event) {
      events.add((ReaderEvent) event);
    }
  }

  private final class Parts implements ReaderParts {
    @Override
    public int lanes() {
      return 1;
    }

    @Override
    public DumpScheduler newScheduler(int subtask) {
      return scheduler;
    }

    @Override
    public DumpQueue newQueue() {
      return queue;
    }

    @Override
    public List<DumpWorker> startDumpThreads(
        DumpScheduler itsScheduler, DumpQueue itsQueue, int subtask) {
      threadsStarted += 2;
      return List.of(() -> threadsClosed++, () -> threadsClosed++);
    }

    @Override
    public StreamSide startStream(
        StreamSplit split, LaneOutput out, Consumer<ReaderEvent> tell, MetricGroup metrics) {
      StreamEmitter.Options options =
          new StreamEmitter.Options(
              1, 100, 10_000, 1_000, true, table -> true, "tidemark", true, true);
      StreamEmitter emitter = new StreamEmitter(options, split, ATTEMPT, out, tell, XidLog.NONE);
      return new StreamSide(feed, emitter, metrics, () -> nanos);
    }
  }

  /** Another one that tells the same enumerator. */
  CaptureReader otherReader() {
    return new CaptureReader(task, new Parts());
  }

  void startWithStream() {
    reader.start();
    reader.addSplits(List.of(START));
  }

  InputStatus poll() throws Exception {
    return reader.pollNext(task);
  }

  /** Polls until the reader has nothing for now. */
  InputStatus drain() throws Exception {
    InputStatus status = poll();
    while (status == InputStatus.MORE_AVAILABLE) {
      status = poll();
    }
    return status;
  }

  /** A picture of these dumps of {@link Grants#SCHEMA}, all armed at mark 1. */
  static Dumps picture(long... ids) {
    List<ActiveDump> dumps = new ArrayList<>();
    for (long id : ids) {
      dumps.add(
          new ActiveDump(
              id, Grants.plan(Grants.SCHEMA), 1, 0, 0, false, 0, false, 0, true, 0, null));
    }
    return new Dumps(ATTEMPT, dumps, 1, 1, 0);
  }

  static Dumps endOffer(long number) {
    return new Dumps(ATTEMPT, List.of(), 1, 1, number);
  }

  <T> List<T> emitted(Class<T> type) {
    return emitted.stream().filter(type::isInstance).map(type::cast).toList();
  }
}
