package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.lane.RowBatch;
import io.tidemark.testkit.Await;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DumpQueueTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final DumpQueue queue = new DumpQueue(100);

  @Test
  void itemsComeOutInOrderAndAreCountedByTheirBytes() throws InterruptedException {
    DumpQueue.Item first = Grants.rows(30);
    DumpQueue.Item second = Grants.rows(40);
    queue.put(first);
    queue.put(second);
    assertThat(queue.bytes()).isEqualTo(2L * RowBatch.memorySize(new byte[0]) + 70);
    assertThat(queue.poll()).isSameAs(first);
    assertThat(queue.bytes()).isEqualTo(second.bytes());
    assertThat(queue.poll()).isSameAs(second);
    assertThat(queue.poll()).isNull();
    assertThat(queue.bytes()).isZero();
  }

  @Test
  void itIsAvailableWhileItHasAnItem() throws InterruptedException {
    CompletableFuture<Void> available = queue.available();
    assertThat(available).isNotDone();
    queue.put(Grants.rows(1));
    queue.put(Grants.rows(1));
    assertThat(available).isDone();
    queue.poll();
    assertThat(queue.available()).isDone();
    queue.poll();
    assertThat(queue.available()).isNotDone();
    assertThat(queue.poll()).isNull();
  }

  @Test
  void aDumpThreadWaitsWhileTheQueueIsFullAndNoLonger() throws Exception {
    queue.put(Grants.rows(100 - RowBatch.memorySize(new byte[0])));
    Thread thread = putting();
    awaitWaiting(thread);
    queue.poll();
    thread.join(TIMEOUT.toMillis());
    assertThat(thread.isAlive()).isFalse();
    assertThat(queue.poll()).isNotNull();
  }

  @Test
  void aQueueThatIsNotFullTakesAnItemOfAnySize() throws InterruptedException {
    queue.put(Grants.rows(99 - RowBatch.memorySize(new byte[0])));
    queue.put(Grants.rows(5_000));
    assertThat(queue.bytes()).isGreaterThan(5_000);
  }

  @Test
  void closingFreesWhoWaitsAndDropsWhatThereIs() throws Exception {
    queue.put(Grants.rows(5_000));
    Thread thread = putting();
    awaitWaiting(thread);
    queue.close();
    thread.join(TIMEOUT.toMillis());
    assertThat(thread.isAlive()).isFalse();
    queue.put(Grants.rows(1));
    assertThat(queue.poll()).isNull();
  }

  private Thread putting() {
    Thread thread =
        new Thread(
            () -> {
              try {
                queue.put(Grants.rows(1));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void awaitWaiting(Thread thread) {
    Await.until("a thread to wait", TIMEOUT, () -> thread.getState() == Thread.State.WAITING);
  }
}
