package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.setup.ServerIdentity;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.lane.Mark;
import io.tidemark.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How dump threads wait for what they need, and are woken. */
class DumpSchedulerThreadsTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final DumpScheduler scheduler =
      new DumpScheduler(new DumpScheduler.Limits(1, 2, 1_000), 0, 7);

  @Test
  void aThreadWithoutASplitWaitsForOne() throws Exception {
    Waiting<DumpWork> taking = new Waiting<>(scheduler::take);
    scheduler.add(List.of(Grants.SPLIT));
    DumpWork work = taking.result();
    assertThat(work.split).isSameAs(Grants.SPLIT);
    Waiting<DumpWork> another = new Waiting<>(scheduler::take);
    scheduler.release(work);
    assertThat(another.result()).isSameAs(work);
  }

  @Test
  void closingEndsAllWaiting() throws Exception {
    Waiting<DumpWork> taking = new Waiting<>(scheduler::take);
    Waiting<Void> awaiting = new Waiting<>(() -> await(TIMEOUT.toMillis()));
    scheduler.close();
    assertThat(taking.result()).isNull();
    awaiting.result();
    assertThat(scheduler.take()).isNull();
    scheduler.await(TIMEOUT.toMillis());
  }

  @Test
  void aThreadThatMayNotReadIsWokenByWhateverMayChangeThat() throws Exception {
    wakes(() -> scheduler.marks(List.of(new Mark(5, 1, 100))));
    wakes(() -> scheduler.dumps(new Dumps(5, List.of(), 1, 1, 0)));
    wakes(() -> scheduler.add(List.of()));
    wakes(() -> scheduler.evaluated(0, List.of()));
    wakes(() -> scheduler.gone(Grants.grant()));
    wakes(() -> scheduler.release(new DumpWork(Grants.SPLIT)));
  }

  @Test
  void noThreadWaitsForLongerThanItSaid() throws Exception {
    long before = System.nanoTime();
    scheduler.await(20);
    assertThat(System.nanoTime() - before).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(15));
    scheduler.await(0);
  }

  @Test
  void aSplitThatIsTakenOrReadIsNotGivenToAnother() {
    scheduler.add(List.of(Grants.SPLIT));
    DumpWork work = scheduler.poll();
    assertThat(scheduler.poll()).isNull();
    work.cursor = 100;
    scheduler.release(work);
    assertThat(scheduler.poll()).isNull();
    assertThat(scheduler.isOpen(work)).isFalse();
  }

  @Test
  void whatIsNotWhollyEmittedCountsAgainstTheCapacity() throws Exception {
    assertThat(scheduler.isIdle()).isTrue();
    assertThat(scheduler.unread()).isZero();
    assertThat(scheduler.expected()).isNull();
    assertThat(scheduler.attempt()).isZero();
    ActiveDump dump =
        new ActiveDump(1, Grants.plan(Grants.SCHEMA), 1, 0, 0, false, 0, false, 0, true, 0, null);
    scheduler.dumps(new Dumps(5, List.of(dump), 31, 3, 0));
    scheduler.marks(List.of(new Mark(5, 1, 100)));
    assertThat(scheduler.expected()).isEqualTo(new ServerIdentity(31, 3));
    assertThat(scheduler.attempt()).isEqualTo(5);
    scheduler.add(List.of(Grants.SPLIT));
    DumpWork work = scheduler.take();
    assertThat(scheduler.isIdle()).isFalse();
    assertThat(scheduler.unread()).isEqualTo(1);
    scheduler.ended(scheduler.grant(work, 100, 100), 100, 100);
    assertThat(scheduler.unread()).isZero();
    assertThat(scheduler.isIdle()).as("its chunk may not have been evaluated").isFalse();
  }

  private void wakes(Runnable change) throws Exception {
    Waiting<Void> awaiting = new Waiting<>(() -> await(TIMEOUT.toMillis()));
    change.run();
    awaiting.result();
  }

  private Void await(long millis) throws InterruptedException {
    long before = System.nanoTime();
    scheduler.await(millis);
    assertThat(System.nanoTime() - before)
        .as("woken, not timed out")
        .isLessThan(TimeUnit.MILLISECONDS.toNanos(millis));
    return null;
  }

  /** What may wait. */
  @FunctionalInterface
  private interface Call<T> {
    T run() throws InterruptedException;
  }

  /** A call on a thread of its own that has begun to wait. */
  private static final class Waiting<T> {
    private final CompletableFuture<T> result = new CompletableFuture<>();

    Waiting(Call<T> call) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  result.complete(call.run());
                } catch (InterruptedException | AssertionError e) {
                  result.completeExceptionally(e);
                }
              });
      thread.setDaemon(true);
      thread.start();
      Await.until(
          "a thread to wait",
          TIMEOUT,
          () ->
              thread.getState() == Thread.State.WAITING
                  || thread.getState() == Thread.State.TIMED_WAITING);
    }

    T result() throws Exception {
      return result.get(2 * TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
