package io.tidemark.source.enumerator;

import static io.tidemark.source.enumerator.CoordinatorHarness.ATTEMPT;

import io.tidemark.source.StartMode;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.split.CaptureSplit;
import io.tidemark.source.split.DumpSplit;
import java.time.Duration;
import java.util.List;

/** An enumerator of two readers, its coordinator and its database, moved by hand. */
abstract class EnumeratorFixture {
  final CoordinatorByHand coordinator = new CoordinatorByHand(2);
  final WorldByHand world = new WorldByHand();
  RequestsByHand requests;
  CaptureEnumerator enumerator;

  void create(StartMode mode, EnumeratorState restored) {
    enumerator =
        new CaptureEnumerator(
            coordinator,
            world,
            new CaptureEnumerator.Options(mode, requests, Duration.ofSeconds(10)),
            restored,
            new EnumeratorMetrics());
    enumerator.start();
  }

  void start(StartMode mode) {
    create(mode, null);
    coordinator.settle();
  }

  /** The enumerator of another run of the job. */
  void restore(StartMode mode) {
    create(mode, enumerator.snapshotState(1));
    coordinator.settle();
  }

  /** Readers that start without the stream, which they may be given at once. */
  void register(int... subtasks) {
    for (int subtask : subtasks) {
      coordinator.register(subtask);
      enumerator.addReader(subtask);
      say(subtask, new ReaderEvent.WithoutStream());
    }
  }

  /** A reader that has the stream in its state. */
  void registerWithStream(int subtask) {
    coordinator.register(subtask);
    enumerator.addReader(subtask);
    coordinator.settle();
  }

  /** As Flink does when a subtask fails that has got these splits since its checkpoint. */
  void fail(int subtask, CaptureSplit... lost) {
    coordinator.unregister(subtask);
    enumerator.addSplitsBack(List.of(lost), subtask);
    coordinator.settle();
  }

  void say(int subtask, ReaderEvent event) {
    enumerator.handleSourceEvent(subtask, event);
    coordinator.settle();
  }

  void startStream(int subtask) {
    say(subtask, new ReaderEvent.StreamStarted(ATTEMPT, 0, List.of(), List.of()));
  }

  void mark(long attempt, long counter) {
    say(0, new ReaderEvent.MarkEmitted(mark(attempt, counter, 100 * counter)));
  }

  static Mark mark(long attempt, long counter, long lsn) {
    return new Mark(attempt, counter, lsn);
  }

  void askForSplit(int subtask) {
    enumerator.handleSplitRequest(subtask, "host");
    coordinator.settle();
  }

  /** Both readers run, subtask 0 has the stream, and dump 1 is armed at mark 5. */
  void startDump(StartMode mode) {
    start(mode);
    register(0, 1);
    startStream(0);
    say(0, new ReaderEvent.TableArmed(ATTEMPT, 1, 5));
  }

  <T> List<T> told(int subtask, Class<T> type) {
    return coordinator.told(subtask).stream().filter(type::isInstance).map(type::cast).toList();
  }

  List<String> dumpSplits(int subtask) {
    return told(subtask, DumpSplit.class).stream().map(DumpSplit::splitId).toList();
  }

  /** The last picture that the subtask was told. */
  Dumps picture(int subtask) {
    List<Dumps> all = told(subtask, Dumps.class);
    return all.get(all.size() - 1);
  }

  ActiveDump dump(int subtask) {
    return picture(subtask).dumps().get(0);
  }
}
