package io.tidemark.source.enumerator;

import static io.tidemark.source.enumerator.CoordinatorHarness.ATTEMPT;
import static io.tidemark.source.enumerator.CoordinatorHarness.ORDERS;
import static io.tidemark.source.enumerator.CoordinatorHarness.planOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.KeptGauges;
import io.tidemark.source.StartMode;
import io.tidemark.source.enumerator.WorldByHand.Call;
import io.tidemark.source.event.ReaderEvent;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EnumeratorMetricsTest extends EnumeratorFixture {
  private record Fixed(
      int dumpsOpen,
      int dumpRequests,
      boolean isPaused,
      long slotRetainedWalBytes,
      long streamLagBytes,
      long streamLagMillis)
      implements EnumeratorMetrics.Figures {}

  @Test
  void dumpsAreOpenUntilTheyAreOver() {
    startDump(StartMode.dumpThenStream());
    assertThat(value("dumpsOpen")).isEqualTo(1);
    world.plan = List.of();
    say(1, new ReaderEvent.PlanStale(1, "dropped"));
    assertThat(value("dumpsOpen")).isEqualTo(0);
  }

  @Test
  void thePagesPlannedAreThoseOfTheNewestPlan() {
    startDump(StartMode.dumpThenStream());
    assertThat(value("table.public.orders.dumpPagesPlanned")).isEqualTo(10L);
    world.plan = planOf(3);
    say(1, new ReaderEvent.PlanStale(1, "rewritten"));
    assertThat(value("table.public.orders.dumpPagesPlanned")).isEqualTo(30L);
  }

  @Test
  @Timeout(10)
  void theWalIsLookedAtNowAndThen() {
    startDump(StartMode.dumpThenStream());
    mark(ATTEMPT, 6);
    world.wal = new CaptureWorld.Wal(1_000, 77);
    coordinator.tick();
    assertThat(value("slotRetainedWalBytes")).isEqualTo(77L);
    assertThat(value("streamLagBytes")).isEqualTo(400L);
    while (value("streamLagMillis").equals(0L)) {
      coordinator.tick();
    }
    mark(ATTEMPT, 10);
    assertThat(value("streamLagBytes")).isEqualTo(0L);
    assertThat(value("streamLagMillis")).isEqualTo(0L);
  }

  @Test
  void whileThePrimaryDoesNotAnswerTheFiguresStay() {
    startDump(StartMode.dumpThenStream());
    world.wal = new CaptureWorld.Wal(1_000, 77);
    coordinator.tick();
    world.failures.put(Call.WAL, new IOException("connection refused"));
    coordinator.tick();
    assertThat(value("slotRetainedWalBytes")).isEqualTo(77L);
  }

  @Test
  void aStreamThatStartsFurtherBackIsBehindFromThere() {
    startDump(StartMode.dumpThenStream());
    mark(ATTEMPT, 9);
    world.wal = new CaptureWorld.Wal(1_000, 77);
    coordinator.tick();
    fail(0);
    register(0);
    say(0, new ReaderEvent.StreamStarted(ATTEMPT + 1, 0, List.of(), List.of()));
    mark(ATTEMPT + 1, 2);
    assertThat(value("streamLagBytes")).isEqualTo(800L);
  }

  @Test
  void gaugesAskTheEnumeratorThatCameLast() {
    EnumeratorMetrics metrics = new EnumeratorMetrics();
    KeptGauges group = new KeptGauges();
    metrics.show(group, new Fixed(1, 0, false, 2, 3, 4));
    metrics.show(new KeptGauges(), new Fixed(5, 0, false, 6, 7, 8));
    assertThat(group.value("dumpsOpen")).isEqualTo(5);
    assertThat(group.value("slotRetainedWalBytes")).isEqualTo(6L);
    assertThat(group.value("streamLagBytes")).isEqualTo(7L);
    assertThat(group.value("streamLagMillis")).isEqualTo(8L);
    metrics.planned(ORDERS, 9);
    assertThat(group.value("table.public.orders.dumpPagesPlanned")).isEqualTo(9L);
  }

  private Object value(String gauge) {
    return coordinator.gauges.value(gauge);
  }
}
