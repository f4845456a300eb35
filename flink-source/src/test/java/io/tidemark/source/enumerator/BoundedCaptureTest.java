package io.tidemark.source.enumerator;

import static io.tidemark.source.enumerator.CoordinatorByHand.NO_MORE_SPLITS;
import static io.tidemark.source.enumerator.CoordinatorHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.source.StartMode;
import io.tidemark.source.enumerator.WorldByHand.Call;
import io.tidemark.source.event.ReaderEvent;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a capture of the dump alone ends, and that no other does. */
class BoundedCaptureTest extends EnumeratorFixture {
  @Test
  void whenAllDumpsAreOverTheStreamIsOfferedItsEndAndThenNobodyGetsMoreSplits() {
    startAndOffer(StartMode.dumpOnly());
    for (int subtask = 0; subtask < 2; subtask++) {
      assertThat(picture(subtask).endOffer()).isEqualTo(1);
      assertThat(coordinator.told(subtask)).doesNotContain(NO_MORE_SPLITS);
    }
    say(0, new ReaderEvent.StreamEnded());
    for (int subtask = 0; subtask < 2; subtask++) {
      assertThat(coordinator.told(subtask))
          .endsWith(NO_MORE_SPLITS)
          .containsOnlyOnce(NO_MORE_SPLITS);
    }
  }

  @Test
  void noEndIsOfferedWhileTablesAreSoughtOrADumpIsUnderWay() {
    create(StartMode.dumpOnly(), null);
    coordinator.register(0);
    enumerator.addReader(0);
    assertThat(picture(0).endOffer()).as("the tables are not known").isZero();
    coordinator.settle();
    assertThat(picture(0).endOffer()).as("one is to be planned").isZero();
  }

  @Test
  void readersThatComeBeforeTheDatabaseIsReadyAreNotToldTheEnd() {
    create(StartMode.dumpOnly(), null);
    for (int subtask = 0; subtask < 2; subtask++) {
      coordinator.register(subtask);
      enumerator.addReader(subtask);
      enumerator.handleSourceEvent(subtask, new ReaderEvent.WithoutStream());
    }
    coordinator.settle();
    startStream(0);
    for (int subtask = 0; subtask < 2; subtask++) {
      assertThat(coordinator.told(subtask)).doesNotContain(NO_MORE_SPLITS);
    }
  }

  @Test
  void theEndIsOfferedAlsoIfTheTablesAreFoundAfterTheStreamHasStarted() {
    startAndOffer(StartMode.dumpOnly());
    stop();
    create(StartMode.dumpOnly(), enumerator.snapshotState(1));
    coordinator.register(0);
    enumerator.addReader(0);
    enumerator.handleSourceEvent(0, new ReaderEvent.StreamStarted(77, 0, List.of(), List.of()));
    coordinator.settleThread();
    assertThat(picture(0).attempt()).isEqualTo(77);
    assertThat(picture(0).endOffer()).isZero();
    coordinator.settle();
    assertThat(picture(0).endOffer()).isEqualTo(1);
  }

  @Test
  void aCaptureWithoutTablesEnds() {
    world.tables = List.of();
    start(StartMode.dumpOnly());
    register(0, 1);
    startStream(0);
    assertThat(picture(0).endOffer()).isEqualTo(1);
    say(0, new ReaderEvent.StreamEnded());
    assertThat(coordinator.told(1)).contains(NO_MORE_SPLITS);
  }

  @Test
  void aReaderThatIsAboutToFailIsNotToldTheEnd() {
    startAndOffer(StartMode.dumpOnly());
    say(1, new ReaderEvent.ReaderFails());
    coordinator.told(1).clear();
    say(0, new ReaderEvent.StreamEnded());
    assertThat(coordinator.told(1)).isEmpty();
    register(1);
    assertThat(coordinator.told(1)).contains(NO_MORE_SPLITS);
  }

  @Test
  void theSlotStaysForAStreamThatIsToBeAssignedAgain() {
    startAndOffer(StartMode.dumpOnly());
    say(0, new ReaderEvent.StreamEnded());
    enumerator.snapshotState(2);
    fail(0, WorldByHand.START);
    fail(1);
    assertThat(enumerator.snapshotState(3).unassigned()).isNotNull();
    enumerator.notifyCheckpointComplete(3);
    enumerator.close();
    assertThat(world.slotsDropped).isZero();
  }

  @Test
  void aDumpThatIsAskedForAsTheEndIsOfferedIsHeardOf() {
    startAndOffer(StartMode.dumpOnly());
    world.plan = CoordinatorHarness.planOf(1);
    say(0, new ReaderEvent.RepairWanted(ORDERS));
    say(0, new ReaderEvent.EndRefused(1));
    assertThat(picture(0).dumps()).hasSize(1);
    assertThat(picture(0).endOffer()).isZero();
    assertThat(coordinator.told(0)).doesNotContain(NO_MORE_SPLITS);
  }

  @Test
  void anEndThatWasRefusedIsOfferedAgainIfNoDumpCameOfIt() {
    startAndOffer(StartMode.dumpOnly());
    say(0, new ReaderEvent.EndRefused(1));
    assertThat(picture(0).endOffer()).isEqualTo(2);
    say(0, new ReaderEvent.EndRefused(1));
    assertThat(picture(0).endOffer()).as("the same refusal").isEqualTo(2);
  }

  @Test
  void aCaptureThatIsRestoredWithoutItsStreamEndsAtOnce() {
    startAndOffer(StartMode.dumpOnly());
    say(0, new ReaderEvent.StreamEnded());
    stop();
    restore(StartMode.dumpOnly());
    register(0);
    assertThat(coordinator.told(0)).doesNotContain(NO_MORE_SPLITS);
    register(1);
    assertThat(coordinator.told(0)).contains(NO_MORE_SPLITS);
    assertThat(coordinator.told(1)).contains(NO_MORE_SPLITS);
  }

  @Test
  void aCaptureThatIsRestoredWithItsStreamDumpsTablesThatAreNew() {
    startAndOffer(StartMode.dumpOnly());
    stop();
    world.tables = List.of(ORDERS, new TableName("public", "more"));
    world.plan = CoordinatorHarness.planOf(1);
    restore(StartMode.dumpOnly());
    registerWithStream(0);
    register(1);
    startStream(0);
    assertThat(dump(0).dump()).as("the second, after that of the first table").isEqualTo(2);
    assertThat(picture(0).endOffer()).isZero();
    assertThat(coordinator.told(1)).doesNotContain(NO_MORE_SPLITS);
  }

  @Test
  void aStreamThatAFailureBringsBackEndsOnceMore() {
    startAndOffer(StartMode.dumpOnly());
    say(0, new ReaderEvent.StreamEnded());
    enumerator.snapshotState(2);
    fail(0);
    fail(1);
    coordinator.told(0).clear();
    coordinator.told(1).clear();
    registerWithStream(0);
    register(1);
    startStream(0);
    assertThat(coordinator.told(1)).doesNotContain(NO_MORE_SPLITS);
    enumerator.notifyCheckpointComplete(2);
    enumerator.snapshotState(3);
    enumerator.notifyCheckpointComplete(3);
    enumerator.close();
    assertThat(world.slotsDropped).as("the stream needs it").isZero();
    say(0, new ReaderEvent.StreamEnded());
    assertThat(coordinator.told(0)).contains(NO_MORE_SPLITS);
    assertThat(coordinator.told(1)).contains(NO_MORE_SPLITS);
    enumerator.snapshotState(4);
    enumerator.notifyCheckpointComplete(4);
    enumerator.close();
    assertThat(world.slotsDropped).isEqualTo(1);
  }

  @Test
  void theSlotIsDroppedOnlyAfterACheckpointWithoutTheStreamIsComplete() {
    startAndOffer(StartMode.dumpOnly());
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
    startAndOffer(StartMode.dumpOnly());
    say(0, new ReaderEvent.StreamEnded());
    enumerator.snapshotState(2);
    enumerator.notifyCheckpointComplete(4);
    enumerator.close();
    assertThat(world.slotsDropped).isEqualTo(1);
  }

  @Test
  void aSlotThatCannotBeDroppedDoesNotFailACaptureThatIsOver() {
    startAndOffer(StartMode.dumpOnly());
    say(0, new ReaderEvent.StreamEnded());
    enumerator.snapshotState(1);
    enumerator.notifyCheckpointComplete(1);
    world.failures.put(Call.DROP_SLOT, new IOException("connection refused"));
    enumerator.close();
    assertThat(world.slotsDropped).as("it was tried").isEqualTo(1);
  }

  @Test
  void aCaptureThatIsNotBoundedGoesOnAfterItsDumps() {
    startAndOffer(StartMode.dumpThenStream());
    assertThat(enumerator.snapshotState(1).dumps().dumps().dumps()).isEmpty();
    enumerator.notifyCheckpointComplete(1);
    register(1);
    assertThat(coordinator.told(1)).doesNotContain(NO_MORE_SPLITS);
    assertThat(picture(1).endOffer()).isZero();
    enumerator.close();
    assertThat(world.slotsDropped).isZero();
  }

  /** All of the job. */
  private void stop() {
    coordinator.unregister(0);
    coordinator.unregister(1);
    coordinator.told(0).clear();
    coordinator.told(1).clear();
  }

  /** The one table turns out to be gone. */
  private void startAndOffer(StartMode mode) {
    world.notNow.add(ORDERS);
    start(mode);
    register(0, 1);
    startStream(0);
    world.notNow.clear();
    world.plan = List.of();
    coordinator.tick();
  }
}
