package io.tidemark.source.enumerator;

import static io.tidemark.source.enumerator.CoordinatorHarness.ATTEMPT;
import static io.tidemark.source.enumerator.CoordinatorHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests.Held;
import io.tidemark.source.StartMode;
import io.tidemark.source.event.EnumeratorEvent.Paused;
import io.tidemark.source.event.ReaderEvent;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the enumerator makes of what is asked of it from outside. */
class RequestLineTest extends EnumeratorFixture {
  private static final StartMode STREAM = StartMode.streamOnly();
  private static final DumpRequest REQUEST = DumpRequest.ofPages(7, ORDERS, 0, 3);

  @BeforeEach
  void connect() {
    requests = new RequestsByHand();
  }

  private void ask(DumpRequest request) {
    requests.listener.requested(request);
    coordinator.settle();
  }

  private void readAll() {
    register(0, 1);
    startStream(0);
    say(0, new ReaderEvent.TableArmed(ATTEMPT, 1, 5));
    askForSplit(1);
    say(1, new ReaderEvent.SplitsFinished(List.of(new FinishedSplit("1-0-0-7", 1, 100))));
    say(0, new ReaderEvent.KeysToRepair(ATTEMPT, 1, 1, 9, List.of()));
    assertThat(requests.read).as("its end was not told").isEmpty();
    say(0, new ReaderEvent.DumpEnded(ATTEMPT, 1));
  }

  @Test
  void aSessionIsOpenedOncePerEnumeratorWithWhatIsHeld() {
    start(STREAM);
    assertThat(requests.opened).isEqualTo(1);
    assertThat(requests.held).isEmpty();
    ask(REQUEST);
    readAll();
    assertThat(requests.read).containsExactly(7L);
    assertThat(requests.progress).first().isEqualTo("7: 0 of 1");
    assertThat(requests.progress).last().isEqualTo("7: 1 of 1");
    assertThat(requests.progress).allMatch(each -> each.startsWith("7: "));
    ask(DumpRequest.ofPages(8, ORDERS, 0, 3));
    restore(STREAM);
    assertThat(requests.opened).isEqualTo(2);
    assertThat(requests.held).containsExactly(new Held(7, true), new Held(8, false));
    requests.listener.closed(7);
    coordinator.settle();
    restore(STREAM);
    assertThat(requests.held).containsExactly(new Held(8, false));
  }

  @Test
  void theDumpsOfAFreshStartComeFirst() {
    create(StartMode.dumpThenStream(), null);
    coordinator.settle();
    ask(REQUEST);
    assertThat(enumerator.snapshotState(1).dumps().dumps().dumps()).hasSize(1);
    assertThat(enumerator.snapshotState(1).dumps().dumps().dumps().get(0).repairOnly()).isFalse();
  }

  @Test
  void keysArePlannedWithTheirTable() {
    start(STREAM);
    KeyTexts keys = new KeyTexts(List.of(List.of("x")));
    String problem = "a text is no value of column id of public.orders";
    world.keys = Map.of(9L, new PlannedKeys(List.of(), problem));
    ask(DumpRequest.ofKeys(9, ORDERS, keys));
    assertThat(world.keysWanted).containsExactly(Map.of(9L, keys));
    assertThat(requests.failed).containsOnly(Map.entry(9L, problem));
  }

  @Test
  void whatIsSaidTakesEffectOnTheCoordinatorsThread() {
    start(STREAM);
    requests.listener.requested(REQUEST);
    assertThat(enumerator.snapshotState(1).dumps().requests()).isEmpty();
    coordinator.settle();
    assertThat(enumerator.snapshotState(1).dumps().requests()).hasSize(1);
  }

  @Test
  void aTableThatIsNotCapturedIsRefusedAtOnceByName() {
    start(STREAM);
    ask(DumpRequest.ofPages(7, new TableName("public", "other"), 0, 3));
    assertThat(requests.failed).containsOnlyKeys(7L);
    assertThat(requests.failed.get(7L)).contains("public.other");
    assertThat(world.planned).isEmpty();
  }

  @Test
  void aTableThatIsNotPublishedAnyMoreFailsTheRequest() {
    start(STREAM);
    world.plan = List.of();
    ask(REQUEST);
    assertThat(requests.failed.get(7L)).contains("public.orders");
    assertThat(enumerator.snapshotState(1).dumps().requests()).isEmpty();
  }

  @Test
  void everyReaderIsPausedAlsoOneThatStartsMeanwhile() {
    start(STREAM);
    register(0);
    requests.listener.paused(true);
    requests.listener.paused(true);
    coordinator.settle();
    assertThat(told(0, Paused.class)).containsExactly(new Paused(true));
    assertThat(value("paused")).isEqualTo(1);
    register(1);
    assertThat(told(1, Paused.class)).containsExactly(new Paused(true));
    requests.listener.paused(false);
    coordinator.settle();
    assertThat(told(1, Paused.class)).containsExactly(new Paused(true), new Paused(false));
    assertThat(value("paused")).isEqualTo(0);
    fail(0);
    registerWithStream(0);
    assertThat(told(0, Paused.class)).as("it runs").hasSize(2);
  }

  @Test
  void aRestoredEnumeratorIsNotPausedUntilItIsToldAgain() {
    start(STREAM);
    requests.listener.paused(true);
    coordinator.settle();
    restore(STREAM);
    register(0);
    assertThat(told(0, Paused.class)).isEmpty();
  }

  @Test
  void theRequestsThatAreOpenAreCounted() {
    start(STREAM);
    ask(REQUEST);
    ask(DumpRequest.ofPages(8, ORDERS, 0, 0));
    assertThat(value("dumpRequests")).isEqualTo(2);
    requests.listener.closed(8);
    coordinator.settle();
    readAll();
    assertThat(requests.read).containsExactly(7L);
    assertThat(value("dumpRequests")).isEqualTo(0);
  }

  @Test
  void aSessionThatCannotGoOnFailsTheJob() {
    start(STREAM);
    requests.listener.failed(new IOException("another job has this URI"));
    assertThatThrownBy(coordinator::settle)
        .hasMessageContaining("another job has this URI")
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void afterTheEndNothingIsHeard() {
    start(STREAM);
    requests.listener.requested(REQUEST);
    enumerator.close();
    requests.listener.closed(7);
    requests.listener.paused(true);
    requests.listener.failed(new IOException("too late"));
    coordinator.settle();
    assertThat(requests.closed).isEqualTo(1);
    assertThat(enumerator.snapshotState(1).dumps().requests()).isEmpty();
  }

  private Object value(String gauge) {
    return coordinator.gauges.value(gauge);
  }
}
