package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import org.junit.jupiter.api.Test;

/** Dumps that begin, replace one another and end, and what of theirs is void then. */
class StreamEmitterDumpsTest extends EmitterFixture {
  @Test
  void aDumpThatReplacesAnotherVoidsTheChunksOfThatOne() {
    arm();
    emitted.clear();
    follow(dumps(dump(5)));
    assertThat(emitted)
        .contains(
            new LaneRecord.Arm(0, NAME), new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()));
    assertThat(events)
        .contains(new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), false));
  }

  @Test
  void aDumpOfATableThatWasNotUnderDumpVoidsNothing() {
    transaction(() -> insert(1, true));
    follow(dumps(dump(4)));
    transaction(() -> update(1, false));
    assertThat(emitted).noneMatch(LaneRecord.VoidChunks.class::isInstance);
  }

  @Test
  void theReturnOfThePlannedColumnsVoidsWhatWasReadBefore() {
    TableSchema later = schema("later");
    arm();
    transaction(() -> update(1, false));
    follow(dumps(dump(5, later)));
    emitted.clear();
    transaction(() -> insertOf(later));
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()));
    emitted.clear();
    transaction(() -> insertOf(later));
    assertThat(emitted).noneMatch(LaneRecord.VoidChunks.class::isInstance);
  }

  @Test
  void touchesFromBeforeAVoidAreNotCountedAfterIt() {
    arm();
    transaction(() -> update(1, false), () -> insertOf(schema("w")));
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()));
    assertThat(emitter.touchBytes()).isZero();
  }

  @Test
  void aTableUnderDumpThatGetsANameThatIsNotCapturedIsVoidedUntilTheDumpIsGivenUp() {
    arm();
    emitted.clear();
    transaction(() -> insertOf(schema(new TableName("public", "other"), "v")));
    assertThat(events).contains(new ReaderEvent.TableGone(NAME, 1));
    assertThat(emitted).contains(new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()));
    emitted.clear();
    nanos += INTERVAL;
    follow(dumps(dump(4)));
    assertThat(emitted)
        .as("chunks of a dump that goes on for now")
        .containsSubsequence(
            new LaneRecord.VoidChunks(0, NAME, emitter.markCounter()),
            new LaneRecord.Marked(0, new Mark(ATTEMPT, emitter.markCounter(), lsn)));
    follow(noDumps());
    assertThat(emitted).contains(new LaneRecord.Disarm(0, NAME));
    assertThat(emitter.snapshot(1).tables()).isEmpty();
  }
}
