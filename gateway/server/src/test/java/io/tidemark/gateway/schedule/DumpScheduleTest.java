package io.tidemark.gateway.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableName;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DumpScheduleTest {
  private static final TableName T = new TableName("s", "t");

  private final DumpSchedule schedule = new DumpSchedule();
  private long now = Long.MAX_VALUE - 5; // nanoTime may be anything, and wraps

  private static ScheduledRange range(long id) {
    return new ScheduledRange(id, DumpRange.ofPages(T, id, id), 0, false);
  }

  private void schedule(long... ids) {
    schedule.add(LongStream.of(ids).mapToObj(DumpScheduleTest::range).toList());
  }

  /** The id of the range that the worker gets; -1 for none. */
  private long take(Object worker) {
    return schedule.takePages(worker, now).map(ScheduledRange::id).orElse(-1L);
  }

  private Duration wait(Object worker) {
    return Duration.ofNanos(schedule.waitNanos(worker, now));
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void rangesComeInOrderToWhoeverAsks() {
    schedule(1, 2, 3);
    assertThat(take("a")).isEqualTo(1);
    assertThat(take("b")).isEqualTo(2);
    assertThat(schedule.acknowledge("b", now)).contains(range(2));
    assertThat(take("b")).isEqualTo(3);
    assertThat(schedule.acknowledge("b", now)).contains(range(3));
    assertThat(take("b")).isEqualTo(-1);
    assertThat(schedule.isDone()).isFalse();
    assertThat(schedule.acknowledge("a", now)).contains(range(1));
    assertThat(schedule.isDone()).isTrue();
    assertThat(schedule.acknowledge("a", now)).isEmpty();
  }

  @Test
  void aWorkerHasOneRangeAtATime() {
    schedule(1, 2);
    take("a");
    assertThatThrownBy(() -> take("a")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRangeThatIsGivenBackIsTheNextAndAllWaitLongerEachTime() {
    schedule(1, 2);
    for (int seconds : new int[] {2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512}) {
      assertThat(take("a")).isEqualTo(1);
      assertThat(schedule.requeue("a", now)).isEmpty();
      assertThat(wait("a")).isEqualTo(Duration.ofSeconds(seconds));
      assertThat(take("b")).isEqualTo(-1);
      pass(Duration.ofSeconds(seconds).minusNanos(1));
      assertThat(take("a")).isEqualTo(-1);
      pass(Duration.ofNanos(1));
    }
    assertThat(take("a")).isEqualTo(1);
    schedule.acknowledge("a", now);
    assertThat(take("a")).isEqualTo(2);
    schedule.requeue("a", now);
    assertThat(wait("a")).as("after a success").isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void aWorkerCoolsDownAfterItsOwnAcknowledgement() {
    schedule(1, 2, 3);
    schedule.coolDown(Duration.ofSeconds(5));
    assertThat(take("a")).isEqualTo(1);
    schedule.acknowledge("a", now);
    pass(Duration.ofSeconds(4));
    assertThat(take("a")).isEqualTo(-1);
    assertThat(wait("a")).isEqualTo(Duration.ofSeconds(1));
    assertThat(take("b")).as("of another").isEqualTo(2);
    pass(Duration.ofSeconds(1));
    assertThat(take("a")).isEqualTo(3);
  }

  @Test
  void theRangeOfAWorkerThatLeavesIsTheNextWithoutAWait() {
    schedule(1, 2);
    take("a");
    assertThat(schedule.leave("a")).isEmpty();
    assertThat(take("b")).isEqualTo(1);
    assertThat(schedule.leave("c")).isEmpty();
  }

  @Test
  void aStopLetsEndWhatIsBeingReadButNotComeBack() {
    schedule(1, 2, 3, 4);
    take("a");
    take("b");
    take("c");
    assertThat(schedule.stop()).containsExactly(range(4));
    assertThat(schedule.isDone()).as("free for another").isTrue();
    schedule(5);
    assertThat(schedule.acknowledge("a", now)).contains(range(1));
    assertThat(schedule.requeue("b", now)).contains(range(2));
    assertThat(schedule.leave("c")).contains(range(3));
    pass(Duration.ofSeconds(2));
    assertThat(take("a")).isEqualTo(5);
    assertThat(schedule.acknowledge("a", now)).contains(range(5));
    assertThat(schedule.isDone()).isTrue();
    assertThat(schedule.stop()).isEqualTo(List.of());
  }
}
