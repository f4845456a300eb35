package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.Position;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.split.StreamSplit;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The ends of dumps that are over. */
class StreamEmitterDumpEndsTest extends EmitterFixture {
  @Test
  void eachLaneGetsAnEndOfEachRequestAndTheTableIsDisarmed() {
    emitter = emitter(2, START);
    arm();
    follow(over(4, 7, 0));
    Position here = new Position(lsn, 0);
    assertThat(ends())
        .containsExactly(
            new DumpEnd(here, NAME, 7, 0, 2),
            new DumpEnd(here, NAME, 7, 1, 2),
            new DumpEnd(here, NAME, 0, 0, 2),
            new DumpEnd(here, NAME, 0, 1, 2));
    assertThat(events).contains(new ReaderEvent.DumpEnded(ATTEMPT, 4));
    assertThat(emitted).contains(new LaneRecord.Disarm(0, NAME), new LaneRecord.Disarm(1, NAME));
  }

  @Test
  void anEndIsToldOnceInARunAndAgainAfterARestore() {
    arm();
    follow(over(4, 7));
    follow(over(4, 7));
    assertThat(ends()).hasSize(1);
    assertThat(events).filteredOn(ReaderEvent.DumpEnded.class::isInstance).hasSize(1);
    StreamSplit split = emitter.snapshot(1);
    emitted.clear();
    emitter = emitter(1, split);
    follow(over(4, 7));
    assertThat(ends()).hasSize(1);
    assertThat(emitted).as("it was disarmed before").noneMatch(LaneRecord.Disarm.class::isInstance);
  }

  @Test
  void anEndWaitsForTheTransactionsEnd() {
    arm();
    begin();
    update(1, false);
    emitter.wish(over(4, 7));
    assertThat(ends()).isEmpty();
    commit();
    assertThat(ends()).hasSize(1);
  }

  @Test
  void aDumpThatIsToBeReadAnewHasNoEnd() {
    arm();
    transaction(() -> insert(1, true), this::updateByBoth);
    follow(over(4, 7));
    assertThat(ends()).isEmpty();
    assertThat(events).noneMatch(ReaderEvent.DumpEnded.class::isInstance);
  }

  @Test
  void keysThatCameTooLateAreAskedForBehindTheEnd() {
    arm();
    follow(dumps(repair(1, false, 0, 0)));
    transaction(() -> insert(1, true));
    events.clear();
    follow(over(4, 7));
    assertThat(events)
        .containsExactly(new ReaderEvent.DumpEnded(ATTEMPT, 4), new ReaderEvent.RepairWanted(NAME));
  }

  private static Dumps over(long dump, long... ends) {
    List<Long> requests = LongStream.of(ends).boxed().toList();
    return dumps(
        new ActiveDump(dump, Grants.plan(SCHEMA), 2, 0, 1, false, 1, false, 0, true, 0, requests));
  }

  private List<Change> ends() {
    return emitted.stream()
        .filter(LaneRecord.Stream.class::isInstance)
        .map(each -> ((LaneRecord.Stream) each).change())
        .filter(DumpEnd.class::isInstance)
        .toList();
  }
}
