package io.tidemark.source.enumerator;

import static io.tidemark.source.enumerator.CoordinatorByHand.NO_MORE_SPLITS;
import static io.tidemark.source.enumerator.CoordinatorHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.StartMode;
import io.tidemark.source.enumerator.WorldByHand.Call;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a capture of the dump alone ends, and that no other does. */
class BoundedCaptureTest extends EnumeratorFixture {
  @Test
  void whenAllDumpsAreOverReadersAreToldTheEndAndThenGetNoMoreSplits() {
    startAndEnd(StartMode.dumpOnly());
    for (int subtask = 0; subtask < 2; subtask++) {
      assertThat(told(subtask, Dumps.class)).filteredOn(Dumps::end).hasSize(1);
      assertThat(coordinator.told(subtask)).endsWith(picture(subtask), NO_MORE_SPLITS);
      assertThat(picture(subtask).end()).isTrue();
    }
  }

  @Test
  void aReaderThatComesAfterTheEndIsToldIt() {
    startAndEnd(StartMode.dumpOnly());
    fail(1);
    coordinator.told(1).clear();
    register(1);
    assertThat(coordinator.told(1)).containsExactly(picture(0), NO_MORE_SPLITS);
  }

  @Test
  void theEndIsToldOnceThoughARepairComesAfterIt() {
    startAndEnd(StartMode.dumpOnly());
    say(0, new ReaderEvent.RepairWanted(ORDERS));
    assertThat(coordinator.told(0)).containsOnlyOnce(NO_MORE_SPLITS);
  }

  @Test
  void theSlotIsDroppedOnlyAfterACheckpointWithoutTheStreamIsComplete() {
    startAndEnd(StartMode.dumpOnly());
    enumerator.snapshotState(1);
    say(0, new ReaderEvent.StreamEnded());
    enumerator.notifyCheckpointComplete(1);
    enumerator.close();
    assertThat(world.slotsDropped).as("a failure would go on with the stream").isZero();
    enumerator.snapshotState(2);
    enumerator.snapshotState(3);
    enumerator.close();
    assertThat(world.slotsDropped).isZero();
    enumerator.notifyCheckpointComplete(2);
    enumerator.close();
    assertThat(world.slotsDropped).isEqualTo(1);
  }

  @Test
  void aLaterCheckpointEndsItAsWell() {
    startAndEnd(StartMode.dumpOnly());
    say(0, new ReaderEvent.StreamEnded());
    enumerator.snapshotState(2);
    enumerator.notifyCheckpointComplete(4);
    enumerator.close();
    assertThat(world.slotsDropped).isEqualTo(1);
  }

  @Test
  void aSlotThatCannotBeDroppedDoesNotFailACaptureThatIsOver() {
    startAndEnd(StartMode.dumpOnly());
    say(0, new ReaderEvent.StreamEnded());
    enumerator.snapshotState(1);
    enumerator.notifyCheckpointComplete(1);
    world.failures.put(Call.DROP_SLOT, new IOException("connection refused"));
    enumerator.close();
    assertThat(world.slotsDropped).as("it was tried").isEqualTo(1);
  }

  @Test
  void aCaptureThatIsNotBoundedGoesOnAfterItsDumps() {
    startAndEnd(StartMode.dumpThenStream());
    assertThat(enumerator.snapshotState(1).dumps().done()).containsExactly(ORDERS);
    enumerator.notifyCheckpointComplete(1);
    register(1);
    assertThat(coordinator.told(1)).doesNotContain(NO_MORE_SPLITS);
    assertThat(picture(1).end()).isFalse();
    enumerator.close();
    assertThat(world.slotsDropped).isZero();
  }

  /** The one table turns out to be gone. */
  private void startAndEnd(StartMode mode) {
    world.notNow.add(ORDERS);
    start(mode);
    register(0, 1);
    startStream(0);
    world.notNow.clear();
    world.plan = List.of();
    coordinator.tick();
  }
}
