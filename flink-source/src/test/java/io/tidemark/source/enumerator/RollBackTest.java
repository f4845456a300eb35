package io.tidemark.source.enumerator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests.Held;
import io.tidemark.source.event.ReaderEvent.ArmedTable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Readers go on from a checkpoint while the coordinator has lived on: one test for each rule. */
class RollBackTest extends CoordinatorHarness {
  private DumpCoordinator.State checkpoint;

  @Test
  void whatWasFinishedSinceIsWaitedForAgain() {
    startStream();
    plan(2);
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    coordinator.splitWanted(0);
    checkpoint = coordinator.state(1);
    finish("1-0-0");
    finish("1-0-10");
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(isDone()).isTrue();
    restart(new ArmedTable(ORDERS, 1, 4));
    assertThat(coordinator.state(1).dumps().dumps()).isEqualTo(checkpoint.dumps().dumps());
    assertThat(recorder.assigned).as("readers have them").hasSize(2);
    assertThat(recorder.published.get(0).armCounter()).isEqualTo(4);
    finish("1-0-0");
    finish("1-0-10");
    assertThat(round()).isEqualTo(1);
  }

  @Test
  void whatWasHandedOutSinceWaits() {
    startStream();
    plan(1);
    coordinator.armed(ATTEMPT, 1, 5);
    checkpoint = coordinator.state(1);
    coordinator.splitWanted(0);
    restart(new ArmedTable(ORDERS, 1, 4));
    recorder.assigned.clear();
    coordinator.readerStarted(0);
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).containsOnlyKeys("1-0-0");
  }

  @Test
  void withoutACheckpointAllIsReadUnderNewNames() {
    dumpPagesOf(1);
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(coordinator.knows(ORDERS)).isTrue();
    restart();
    assertThat(recorder.planned).containsExactly(1L, 2L);
    assertThat(coordinator.state(1).dumps().done()).isEmpty();
  }

  @Test
  void aDumpThatBeganSinceBeginsAgainUnlessItsTableWasDumped() {
    checkpoint = coordinator.state(1);
    startStream();
    plan(1);
    restart();
    assertThat(recorder.planned).containsExactly(1L, 2L);
    planned(2, planOf(1));
    coordinator.armed(8, 2, 5);
    coordinator.splitWanted(0);
    finish("2-0-0");
    coordinator.keysToRepair(8, 2, 1, 9, List.of());
    checkpoint = coordinator.state(1);
    coordinator.voided(8, ORDERS, 12, true);
    assertThat(recorder.planned).hasSize(3);
    restart();
    assertThat(recorder.planned).as("the stream will tell again").hasSize(3);
    assertThat(isDone()).isTrue();
  }

  @Test
  void requestsAreAsTheyWereAndThoseThatCameSinceWait() {
    startStream();
    coordinator.requested(pages(7));
    checkpoint = coordinator.state(1);
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    finish(last());
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(coordinator.heldRequests()).containsExactly(new Held(7, true));
    coordinator.requested(DumpRequest.ofPages(8, new TableName("public", "items"), 0, 0));
    restart();
    assertThat(coordinator.heldRequests()).containsExactly(new Held(7, false), new Held(8, false));
    assertThat(recorder.planned).as("7 again, 8 anew").containsExactly(1L, 2L, 1L, 3L);
  }

  @Test
  void keysThatWereReadSinceArePlannedAgain() {
    startStream();
    KeyTexts texts = new KeyTexts(List.of(List.of("1")));
    coordinator.requested(DumpRequest.ofKeys(7, ORDERS, texts));
    checkpoint = coordinator.state(1);
    Map<Long, PlannedKeys> keys = Map.of(7L, new PlannedKeys(List.of(KEY), null));
    coordinator.planned(1, plan(planOf(1), keys));
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    finish(last());
    coordinator.keysToRepair(ATTEMPT, 1, 1, 9, List.of());
    assertThat(coordinator.heldRequests()).containsExactly(new Held(7, true));
    restart();
    assertThat(recorder.planned).containsExactly(1L, 1L);
    assertThat(recorder.keysPlanned).last().isEqualTo(Map.of(7L, texts));
    coordinator.planned(1, plan(planOf(1), keys));
    coordinator.armed(8, 1, 5);
    coordinator.splitWanted(0);
    assertThat(recorder.splits.get(last()).request()).isEqualTo(7);
  }

  @Test
  void whatWasClosedSinceStaysClosed() {
    startStream();
    coordinator.requested(pages(7));
    planned(1, planOf(1));
    checkpoint = coordinator.state(1);
    coordinator.closed(7);
    restart(new ArmedTable(ORDERS, 1, 4));
    assertThat(coordinator.heldRequests()).isEmpty();
    coordinator.splitWanted(0);
    assertThat(recorder.assigned).isEmpty();
    assertThat(round()).as("its repairs begin").isEqualTo(1);
  }

  private static DumpRequest pages(long request) {
    return DumpRequest.ofPages(request, ORDERS, 0, 3);
  }

  /** All readers fail, and go on from the checkpoint. */
  private void restart(ArmedTable... armed) {
    coordinator.streamLost();
    coordinator.rollBack(checkpoint);
    coordinator.streamStarted(8, List.of(armed));
  }
}
