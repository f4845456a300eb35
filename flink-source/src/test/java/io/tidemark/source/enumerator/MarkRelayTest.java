package io.tidemark.source.enumerator;

import static io.tidemark.source.enumerator.CoordinatorHarness.ATTEMPT;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.StartMode;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.EnumeratorEvent.LeastPromise;
import io.tidemark.source.event.EnumeratorEvent.MarkRequest;
import io.tidemark.source.event.EnumeratorEvent.Marks;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.Mark;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the enumerator passes on between the stream reader and the others, and what it does not. */
class MarkRelayTest extends EnumeratorFixture {
  private static final long NEXT_ATTEMPT = ATTEMPT + 1;

  @Test
  void aReaderThatComesLaterIsToldThePictureAndThenTheMarks() {
    start(StartMode.dumpThenStream());
    register(0);
    startStream(0);
    say(0, new ReaderEvent.TableArmed(ATTEMPT, 1, 1));
    mark(ATTEMPT, 1);
    mark(ATTEMPT, 2);
    register(1);
    assertThat(coordinator.told(1))
        .containsExactly(
            picture(0), new Marks(List.of(mark(ATTEMPT, 1, 100), mark(ATTEMPT, 2, 200))));
    assertThat(dump(1).armCounter()).isEqualTo(1);
  }

  @Test
  void beforeTheFirstMarkThereIsThePictureAlone() {
    start(StartMode.dumpThenStream());
    register(0, 1);
    assertThat(coordinator.told(1)).hasSize(1).allMatch(Dumps.class::isInstance);
  }

  @Test
  void ofVeryManyMarksALateReaderIsToldTheNewest() {
    startDump(StartMode.dumpThenStream());
    int count = 10_000;
    for (int counter = 1; counter <= count; counter++) {
      mark(ATTEMPT, counter);
    }
    fail(1);
    coordinator.told(1).clear();
    register(1);
    List<Mark> marks = told(1, Marks.class).get(0).marks();
    assertThat(marks).hasSizeBetween(1_000, count / 2);
    assertThat(marks.get(marks.size() - 1).counter()).isEqualTo(count);
    assertThat(marks.get(0).counter()).isEqualTo(count + 1 - marks.size());
  }

  @Test
  void marksOfAnotherAttemptAreNotRelayed() {
    startDump(StartMode.dumpThenStream());
    mark(NEXT_ATTEMPT, 1);
    assertThat(told(1, Marks.class)).isEmpty();
    mark(ATTEMPT, 2);
    assertThat(told(1, Marks.class)).containsExactly(new Marks(List.of(mark(ATTEMPT, 2, 200))));
    assertThat(told(0, Marks.class)).as("it reads dumps as well").hasSize(1);
  }

  @Test
  void aNewAttemptMakesTheMarksOfTheLastVoid() {
    startDump(StartMode.dumpThenStream());
    mark(ATTEMPT, 6);
    say(0, new ReaderEvent.StreamStarted(NEXT_ATTEMPT, 0, List.of(), List.of()));
    mark(ATTEMPT, 7);
    fail(1);
    coordinator.told(1).clear();
    register(1);
    assertThat(told(1, Marks.class)).isEmpty();
    assertThat(picture(1).attempt()).isEqualTo(NEXT_ATTEMPT);
  }

  @Test
  void marksOfAStreamReaderThatIsGoneAreVoidBeforeThereIsAnother() {
    startDump(StartMode.dumpThenStream());
    mark(ATTEMPT, 6);
    fail(0);
    coordinator.told(1).clear();
    mark(ATTEMPT, 7);
    assertThat(told(1, Marks.class)).isEmpty();
    fail(1);
    register(1);
    assertThat(told(1, Marks.class)).isEmpty();
  }

  @Test
  void aMarkIsAskedOfTheStreamReaderAlone() {
    start(StartMode.dumpThenStream());
    register(0, 1);
    say(1, new ReaderEvent.MarkWanted(300));
    startStream(0);
    assertThat(told(0, MarkRequest.class)).as("nobody had the stream").isEmpty();
    say(1, new ReaderEvent.MarkWanted(400));
    assertThat(told(0, MarkRequest.class)).containsExactly(new MarkRequest(400));
    assertThat(told(1, MarkRequest.class)).isEmpty();
  }

  @Test
  void theLeastPromiseIsRelayedOnceAllReadersHaveMadeOne() {
    startDump(StartMode.dumpThenStream());
    say(0, new ReaderEvent.Promised(ATTEMPT, 9));
    assertThat(told(0, LeastPromise.class)).isEmpty();
    say(1, new ReaderEvent.Promised(ATTEMPT, 6));
    say(1, new ReaderEvent.Promised(ATTEMPT, 8));
    assertThat(told(0, LeastPromise.class))
        .containsExactly(new LeastPromise(ATTEMPT, 6), new LeastPromise(ATTEMPT, 8));
    assertThat(told(1, LeastPromise.class)).as("it has no stream").isEmpty();
  }

  @Test
  void promisesOfAnotherAttemptCountNoMore() {
    startDump(StartMode.dumpThenStream());
    say(0, new ReaderEvent.Promised(ATTEMPT, 9));
    say(1, new ReaderEvent.Promised(NEXT_ATTEMPT, 9));
    assertThat(told(0, LeastPromise.class)).isEmpty();
    say(0, new ReaderEvent.StreamStarted(NEXT_ATTEMPT, 0, List.of(), List.of()));
    say(1, new ReaderEvent.Promised(NEXT_ATTEMPT, 9));
    assertThat(told(0, LeastPromise.class)).as("subtask 0 promised the last one").isEmpty();
    say(0, new ReaderEvent.Promised(NEXT_ATTEMPT, 9));
    assertThat(told(0, LeastPromise.class)).containsExactly(new LeastPromise(NEXT_ATTEMPT, 9));
  }
}
