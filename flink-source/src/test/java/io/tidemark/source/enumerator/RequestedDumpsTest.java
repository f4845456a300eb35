package io.tidemark.source.enumerator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests.Held;
import io.tidemark.source.event.ReaderEvent.ArmedTable;
import io.tidemark.source.split.DumpSplit;
import io.tidemark.source.split.Splits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Dumps on demand: when they wait, what they read, and when they are read.
 *
 * <p>More than 400 lines for the number of its rules, which read as one.
 */
class RequestedDumpsTest extends CoordinatorHarness {
  private static final TableName ITEMS = new TableName("public", "items");

  private final Set<String> seen = new HashSet<>();

  private static DumpRequest pages(long id, long first, long last) {
    return DumpRequest.ofPages(id, ORDERS, first, last);
  }

  /** What is handed out to readers that take anything, and was not before. */
  private List<DumpSplit> handOut() {
    for (int i = 0; i < 20; i++) {
      coordinator.splitWanted(i);
    }
    return recorder.splits.values().stream().filter(split -> seen.add(split.splitId())).toList();
  }

  private void repaired(long dump, int round) {
    coordinator.keysToRepair(ATTEMPT, dump, round, 9, List.of());
  }

  private void restored() {
    DumpCoordinator.State state = coordinator.state(1);
    coordinator = new DumpCoordinator(recorder);
    coordinator.restore(state);
  }

  @Test
  void theFirstThatComesStartsADumpOfItsPagesAlone() {
    startStream();
    coordinator.requested(pages(7, 5, 14));
    assertThat(recorder.planned).containsExactly(1L);
    planned(1, planOf(3));
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(handOut())
        .extracting(Splits::pages)
        .containsExactly(new PageRange(5, 10), new PageRange(10, 15));
    assertThat(recorder.splits.values()).extracting(DumpSplit::request).containsOnly(7L);
    assertThat(coordinator.openRequests()).isEqualTo(1);
    List.copyOf(recorder.splits.keySet()).forEach(this::finish);
    assertThat(recorder.requestsRead).as("there may be keys to repair").isEmpty();
    repaired(1, 1);
    assertThat(recorder.requestsRead).containsExactly(7L);
    assertThat(isDone()).isTrue();
    assertThat(coordinator.openRequests()).isZero();
    assertThat(coordinator.knows(ORDERS)).as("the whole of it was not dumped").isFalse();
  }

  @Test
  void pagesBeyondThePlanAreASplitAndTheLastPageOfAllIsNoBound() {
    startStream();
    coordinator.requested(pages(7, 500, 600));
    coordinator.requested(pages(8, 25, 0xFFFFFFFEL));
    planned(1, planOf(3));
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(handOut())
        .extracting(Splits::pages)
        .containsExactly(new PageRange(500, 601), PageRange.from(25));
  }

  @Test
  void howFarItIsIsToldBySplits() {
    startStream();
    coordinator.requested(pages(7, 5, 24));
    coordinator.requested(pages(8, 0, 3));
    planned(1, planOf(3));
    assertThat(recorder.progress).containsExactlyInAnyOrder("7: 0 of 3", "8: 0 of 1");
    recorder.progress.clear();
    coordinator.armed(ATTEMPT, 1, 5);
    List<DumpSplit> splits = handOut();
    splits.stream().filter(split -> split.request() == 8).forEach(split -> finish(split.splitId()));
    assertThat(recorder.progress).containsExactly("8: 1 of 1");
    List<String> ids =
        splits.stream().filter(split -> split.request() == 7).map(DumpSplit::splitId).toList();
    finish(ids.get(1));
    finish(ids.get(1));
    assertThat(recorder.progress).containsExactly("8: 1 of 1", "7: 1 of 3");
    recorder.progress.clear();
    restored();
    coordinator.streamStarted(ATTEMPT, List.of(new ArmedTable(ORDERS, 1, 5)));
    finish(ids.get(0));
    assertThat(recorder.progress).as("of what was left").containsExactly("7: 1 of 2");
    finish(ids.get(2));
    assertThat(recorder.progress).containsExactly("7: 1 of 2", "7: 2 of 2");
  }

  private static DumpRequest keys(long id, String... texts) {
    return DumpRequest.ofKeys(id, ORDERS, texts(texts));
  }

  private static KeyTexts texts(String... texts) {
    return new KeyTexts(Arrays.stream(texts).map(List::of).toList());
  }

  private static RowKey key(int number) {
    return new RowKey(ByteBuffer.allocate(6).putShort((short) 1).putInt(number).array());
  }

  private static PlannedKeys plannedKeys(int count) {
    return new PlannedKeys(
        IntStream.range(0, count).mapToObj(RequestedDumpsTest::key).toList(), null);
  }

  @Test
  void keysAreLookedForInEveryLeafAndNothingElseIsRead() {
    startStream();
    coordinator.requested(keys(7, "1", "2"));
    assertThat(coordinator.requestedKeys(ORDERS)).containsExactly(Map.entry(7L, texts("1", "2")));
    assertThat(coordinator.requestedKeys(ITEMS)).isEmpty();
    coordinator.planned(
        1, plan(List.of(planOf(3).get(0), planOf(1).get(0)), Map.of(7L, plannedKeys(501))));
    coordinator.armed(ATTEMPT, 1, 5);
    List<DumpSplit> splits = handOut();
    assertThat(splits)
        .extracting(DumpSplit::splitId)
        .containsExactly("1-keys-0-0-7", "1-keys-0-500-7", "1-keys-1-0-7", "1-keys-1-500-7");
    assertThat(splits)
        .extracting(split -> Splits.keys(split).size())
        .containsExactly(500, 1, 500, 1);
    assertThat(splits).allMatch(split -> split.request() == 7 && !split.isRepair());
    assertThat(recorder.progress).containsExactly("7: 0 of 4");
    splits.forEach(split -> finish(split.splitId()));
    assertThat(recorder.requestsRead).as("there may be keys to repair").isEmpty();
    repaired(1, 1);
    assertThat(recorder.requestsRead).containsExactly(7L);
    assertThat(coordinator.requestedKeys(ORDERS)).isEmpty();
  }

  @Test
  void keysThatAreNoneFailTheirRequestAlone() {
    startStream();
    coordinator.requested(keys(7, "x"));
    coordinator.requested(pages(8, 0, 3));
    coordinator.requested(keys(9, "1"));
    PlannedKeys none = new PlannedKeys(List.of(), "a text is no value of column id");
    coordinator.planned(1, plan(planOf(1), Map.of(7L, none, 9L, plannedKeys(1))));
    assertThat(recorder.requestsFailed).containsOnly(Map.entry(7L, none.problem()));
    coordinator.armed(ATTEMPT, 1, 5);
    List<DumpSplit> splits = handOut();
    assertThat(splits).extracting(DumpSplit::request).containsExactly(8L, 9L);
    splits.forEach(split -> finish(split.splitId()));
    repaired(1, 1);
    assertThat(recorder.requestsRead).containsExactly(8L, 9L);
    assertThat(coordinator.heldRequests()).extracting(Held::request).containsExactly(8L, 9L);
  }

  @Test
  void keysThatTheirPlanDoesNotHaveWaitForTheNext() {
    startStream();
    coordinator.requested(keys(7, "1"));
    coordinator.requested(keys(8, "2"));
    coordinator.requested(pages(9, 0, 3));
    coordinator.planned(1, plan(planOf(1), Map.of(7L, plannedKeys(1))));
    coordinator.armed(ATTEMPT, 1, 5);
    List<DumpSplit> splits = handOut();
    assertThat(splits).extracting(DumpSplit::request).containsExactly(9L, 7L);
    splits.forEach(split -> finish(split.splitId()));
    repaired(1, 1);
    assertThat(recorder.requestsRead).containsExactly(7L, 9L);
    assertThat(recorder.planned).containsExactly(1L, 2L);
    assertThat(coordinator.requestedKeys(ORDERS)).containsExactly(Map.entry(8L, texts("2")));
  }

  @Test
  void aDumpThatTakesTheOthersPlaceHasItsKeysPlannedAnew() {
    startStream();
    coordinator.requested(keys(7, "1"));
    coordinator.planned(1, plan(planOf(1), Map.of(7L, plannedKeys(1))));
    coordinator.armed(ATTEMPT, 1, 5);
    handOut();
    coordinator.planStale(1);
    assertThat(coordinator.requestedKeys(ORDERS)).containsExactly(Map.entry(7L, texts("1")));
    coordinator.planned(2, plan(planOf(1), Map.of(7L, plannedKeys(2))));
    coordinator.armed(ATTEMPT, 2, 6);
    assertThat(handOut()).extracting(split -> Splits.keys(split).size()).containsExactly(2);
  }

  @Test
  void keysOfOneThatIsClosedAreDropped() {
    startStream();
    coordinator.requested(keys(7, "1"));
    coordinator.planned(1, plan(planOf(1), Map.of(7L, plannedKeys(1))));
    coordinator.closed(7);
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(handOut()).isEmpty();
    repaired(1, 1);
    assertThat(isDone()).isTrue();
  }

  @Test
  void keysTimesLeavesAreBounded() {
    startStream();
    coordinator.requested(keys(7, "1"));
    List<PlannedTable> leaves = Collections.nCopies(65, planOf(1).get(0));
    RowKey large = new RowKey(new byte[1 << 20]);
    coordinator.planned(1, plan(leaves, Map.of(7L, new PlannedKeys(List.of(large), null))));
    assertThat(recorder.requestsFailed.get(7L))
        .contains("1 keys of 1048616 bytes")
        .contains(
            "each of the 65 partitions of public.orders, are too many; ask for fewer at a time");
  }

  @Test
  void everyLeafIsRead() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    planned(1, List.of(planOf(1).get(0), planOf(1).get(0)));
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(handOut()).extracting(DumpSplit::splitId).containsExactly("1-0-0-7", "1-1-0-7");
  }

  @Test
  void allThatWaitForATableAreReadTogetherOnceItsDumpIsOver() {
    dumpPagesOf(1);
    seen.addAll(recorder.splits.keySet());
    coordinator.requested(pages(7, 0, 3));
    coordinator.requested(pages(8, 2, 5));
    coordinator.requested(pages(8, 2, 5));
    assertThat(recorder.planned).as("they wait").containsExactly(1L);
    repaired(1, 1);
    assertThat(recorder.planned).containsExactly(1L, 2L);
    coordinator.requested(pages(9, 0, 0));
    planned(2, planOf(1));
    coordinator.requested(pages(10, 0, 0));
    coordinator.armed(ATTEMPT, 2, 6);
    assertThat(handOut())
        .as("one that comes before the table is armed joins")
        .extracting(DumpSplit::request)
        .containsExactly(7L, 8L, 9L);
    List.copyOf(recorder.splits.keySet()).forEach(this::finish);
    repaired(2, 1);
    assertThat(recorder.requestsRead).containsExactly(7L, 8L, 9L);
    assertThat(recorder.planned).as("then the next").containsExactly(1L, 2L, 3L);
    assertThat(coordinator.knows(ORDERS)).as("the first dump counts").isTrue();
  }

  @Test
  void whatIsRepairedAloneMakesThemWait() {
    startStream();
    coordinator.repairWanted(ORDERS);
    coordinator.requested(pages(7, 0, 3));
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(handOut()).isEmpty();
    repaired(1, 1);
    assertThat(recorder.planned).containsExactly(1L, 2L);
  }

  @Test
  void oneThatWasReadIsHeldUntilItIsClosed() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    handOut().forEach(split -> finish(split.splitId()));
    restored();
    assertThat(coordinator.heldRequests()).containsExactly(new Held(7, false));
    coordinator.streamStarted(ATTEMPT, List.of(new ArmedTable(ORDERS, 1, 5)));
    repaired(1, coordinator.picture().get(0).round());
    restored();
    assertThat(coordinator.heldRequests()).containsExactly(new Held(7, true));
    coordinator.requested(pages(7, 0, 3));
    assertThat(isDone()).as("it is known").isTrue();
    coordinator.closed(7);
    assertThat(coordinator.heldRequests()).isEmpty();
    assertThat(recorder.requestsRead).containsExactly(7L);
  }

  @Test
  void aTableThatIsGoneFailsWhatWaitsForIt() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    coordinator.requested(pages(8, 0, 3));
    planned(1, List.of());
    assertThat(recorder.requestsFailed).containsOnlyKeys(7L, 8L);
    assertThat(recorder.requestsFailed.get(7L)).contains("public.orders");
    assertThat(coordinator.heldRequests()).isEmpty();
    assertThat(isDone()).isTrue();
  }

  @Test
  void aDumpThatTakesTheOthersPlaceTakesItsRequests() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    handOut();
    coordinator.planStale(1);
    coordinator.requested(pages(8, 0, 3));
    planned(2, planOf(1));
    coordinator.armed(ATTEMPT, 2, 6);
    assertThat(handOut())
        .as("8 was asked for while the table was armed, and waits")
        .extracting(DumpSplit::request)
        .containsExactly(7L);
    finish(last());
    repaired(2, 1);
    assertThat(recorder.requestsRead).containsExactly(7L);
    assertThat(recorder.planned).containsExactly(1L, 2L, 3L);
  }

  @Test
  void whereTheStreamHasForgottenKeysTheWholeTableIsReadToo() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.voided(ATTEMPT, ORDERS, 6, true);
    planned(2, planOf(1));
    coordinator.armed(ATTEMPT, 2, 7);
    List<DumpSplit> whole = handOut();
    assertThat(whole).extracting(DumpSplit::request).containsExactly(0L, 7L);
    whole.forEach(split -> finish(split.splitId()));
    repaired(2, 1);
    assertThat(recorder.requestsRead).containsExactly(7L);
  }

  @Test
  void theWholeTableIsDumpedThoughAFewPagesAre() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    coordinator.request(ORDERS);
    planned(2, planOf(1));
    coordinator.armed(ATTEMPT, 2, 7);
    assertThat(handOut()).extracting(DumpSplit::request).containsExactly(0L, 7L);
  }

  @Test
  void oneThatIsClosedWhileItWaitsIsDropped() {
    dumpPagesOf(1);
    coordinator.requested(pages(7, 0, 3));
    coordinator.closed(7);
    coordinator.closed(8);
    repaired(1, 1);
    assertThat(recorder.planned).containsExactly(1L);
    assertThat(coordinator.heldRequests()).isEmpty();
  }

  @Test
  void ofOneThatIsClosedUnderWayOnlyWhatIsHandedOutIsRead() {
    startStream();
    coordinator.requested(pages(7, 0, 30));
    coordinator.requested(pages(8, 0, 0));
    planned(1, planOf(3));
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.splitWanted(0);
    seen.addAll(recorder.splits.keySet());
    coordinator.closed(7);
    assertThat(handOut()).extracting(DumpSplit::request).containsExactly(8L);
    recorder.assigned.keySet().forEach(this::finish);
    repaired(1, 1);
    assertThat(recorder.requestsRead).containsExactly(8L);
  }

  @Test
  void oneThatIsClosedWithoutAStreamIsOverWithTheNext() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    coordinator.streamLost();
    coordinator.closed(7);
    coordinator.streamStarted(8, List.of(new ArmedTable(ORDERS, 1, 4)));
    assertThat(recorder.published.get(0).round()).isEqualTo(1);
  }

  @Test
  void eachTableHasItsOwn() {
    startStream();
    coordinator.requested(pages(7, 0, 3));
    coordinator.requested(DumpRequest.ofPages(8, ITEMS, 0, 3));
    assertThat(recorder.planned).containsExactly(1L, 2L);
    planned(1, List.of());
    assertThat(recorder.requestsFailed).containsOnlyKeys(7L);
    assertThat(coordinator.heldRequests()).containsExactly(new Held(8, false));
  }

  @Test
  void aRestoredOneIsPlannedWithWhatWasAskedFor() {
    coordinator.requested(pages(7, 0, 3));
    restored();
    assertThat(recorder.planned).containsExactly(1L, 1L);
    startStream();
    planned(1, planOf(1));
    coordinator.armed(ATTEMPT, 1, 5);
    assertThat(handOut()).extracting(DumpSplit::request).containsExactly(7L);
    assertThat(recorder.assigned).containsOnly(Map.entry("1-0-0-7", 0));
  }
}
