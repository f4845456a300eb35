package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidemark.jobs.Failure;
import org.junit.jupiter.api.Test;

class ProtocolTest {
  @Test
  void aTaskComesThroughAsItWas() {
    for (CaptureTask.Kind kind : CaptureTask.Kind.values()) {
      CaptureTask task = new CaptureTask(kind, "slot_1", "both", "one,two", 1_000_000, 10001);
      assertThat(CaptureTask.parse(task.toLine())).isEqualTo(task);
    }
  }

  @Test
  void countsComeThroughAsTheyWere() {
    RowCounts counts = new RowCounts(2_000_000, 500, 4_000_000_000L, 6_000_000_000L, 42);
    assertThat(RowCounts.parse(counts.toLine())).isEqualTo(counts);
    assertThat(counts.throughput().perSecond()).isEqualTo(500_000);
    assertThat(counts.othersPerSecond()).isEqualTo(125);
    assertThat(counts.cpuSecondsPerMillion()).isEqualTo(3);
  }

  @Test
  void otherTextIsRefused() {
    assertThatThrownBy(() -> CaptureTask.parse("drain slot"))
        .hasMessage("not a task: 'drain slot'");
    assertThatThrownBy(() -> RowCounts.parse("1 2")).hasMessage("not counts: '1 2'");
  }

  @Test
  void theTimeOfAStatementIsWhatPsqlSays() {
    assertThat(PeerProcess.timing("Time: 3102.345 ms (00:03.102)\n"))
        .isCloseTo(3.102345, within(1e-9));
    assertThatThrownBy(() -> PeerProcess.timing("ERROR\n"))
        .isInstanceOf(Failure.class)
        .hasMessage("psql tells no time: 'ERROR'");
  }

  @Test
  void aConsumersTaskComesBackFromItsLine() {
    ConsumerTask task = new ConsumerTask(ConsumerTask.Service.PGCAPTURE, 10001, 5, 10);
    assertThat(ConsumerTask.parse(task.toLine())).isEqualTo(task);
  }

  @Test
  void latenciesComeBackFromTheirLine() {
    Latencies latencies = new Latencies();
    for (int i = 1; i <= 1000; i++) {
      latencies.add(10L * i);
    }
    Latencies back = Latencies.parse(latencies.toLine());
    assertThat(back.toLine()).isEqualTo(latencies.toLine());
    assertThat(back.count()).isEqualTo(1000);
    assertThat(back.percentileMicros(50)).isBetween(5_000L, 5_000L * 17 / 16);
    assertThat(back.percentileMicros(99)).isBetween(9_900L, 10_000L);
    assertThat(back.percentileMicros(100)).isEqualTo(10_000);
    assertThat(back.histogram()).startsWith("<=0.5 ms: 4").endsWith("more: 0");
  }
}
