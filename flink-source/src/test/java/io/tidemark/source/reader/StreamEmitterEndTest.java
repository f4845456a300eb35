package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the stream of a bounded capture ends: not while a dump that it asked for may be to come. */
class StreamEmitterEndTest extends EmitterFixture {
  private void offer(long number) {
    follow(new Dumps(ATTEMPT, List.of(), 1, 1, number));
  }

  private List<ReaderEvent> answers() {
    return events.stream()
        .filter(e -> e instanceof ReaderEvent.EndRefused || e instanceof ReaderEvent.StreamEnded)
        .toList();
  }

  @Test
  void theFirstOfferIsRefusedAsTheStateMayHaveAskedForDumps() {
    offer(1);
    emitter.heartbeat(lsn, nanos);
    offer(1);
    assertThat(emitter.hasEnded()).isFalse();
    assertThat(answers()).containsExactly(new ReaderEvent.EndRefused(1));
    offer(2);
    emitter.heartbeat(lsn, nanos);
    assertThat(emitter.hasEnded()).isTrue();
    assertThat(answers())
        .containsExactly(new ReaderEvent.EndRefused(1), new ReaderEvent.StreamEnded());
  }

  @Test
  void aRepairThatWasAskedForAfterAnOfferWasMadeRefusesIt() {
    offer(1);
    transaction(() -> insert(1, true));
    offer(2);
    assertThat(answers())
        .containsExactly(new ReaderEvent.EndRefused(1), new ReaderEvent.EndRefused(2));
    assertThat(events.indexOf(new ReaderEvent.RepairWanted(NAME)))
        .as("heard of before the refusal")
        .isBetween(0, events.indexOf(new ReaderEvent.EndRefused(2)));
    // Of a table that is gone by now there is no dump, and its keys stay.
    offer(3);
    assertThat(emitter.hasEnded()).isTrue();
  }

  @Test
  void keysThatAreLeftAsADumpEndsAreRepairedBeforeTheEnd() {
    offer(1);
    arm();
    transaction(() -> insert(1, true));
    offer(2);
    assertThat(events).endsWith(new ReaderEvent.EndRefused(2));
    assertThat(events).contains(new ReaderEvent.RepairWanted(NAME));
  }

  @Test
  void aTableThatWasGivenUpIsDumpedAgainBeforeTheEnd() {
    offer(1);
    arm();
    transaction(() -> update(1, true), this::updateByBoth);
    assertThat(events).contains(voided());
    offer(2);
    assertThat(answers()).last().isEqualTo(new ReaderEvent.EndRefused(2));
  }

  private ReaderEvent voided() {
    return new ReaderEvent.TableVoided(ATTEMPT, NAME, emitter.markCounter(), true);
  }
}
