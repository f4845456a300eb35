package io.tidemark.postgres.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Position;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BatchQueueTest {
  private static final Duration NOW = Duration.ZERO;

  private final BatchQueue queue = new BatchQueue(1000);

  @Test
  void isBoundedByBytesButTakesOneOfAnySize() throws Exception {
    assertThat(queue.offer(batch(5000), NOW)).isTrue();
    assertThat(queue.offer(batch(1), NOW)).isFalse();

    queue.poll();

    assertThat(queue.offer(batch(100), NOW)).isTrue();
    assertThat(queue.offer(batch(100), NOW)).isTrue();
    assertThat(queue.offer(batch(900), NOW)).isFalse();
  }

  @Test
  void availableCompletesWithABatchAndStartsAgainWhenEmpty() throws Exception {
    CompletableFuture<Void> available = queue.available();
    assertThat(available).isNotDone();

    queue.offer(batch(1), NOW);
    assertThat(available).isDone();

    assertThat(queue.poll()).isNotNull();
    assertThat(queue.poll()).isNull();
    assertThat(queue.available()).isNotDone();
  }

  @Test
  void batchesComeBeforeTheFailureThatFollowedThem() throws Exception {
    queue.offer(batch(1), NOW);
    queue.fail(new IllegalStateException("broken"));

    assertThat(queue.poll()).isNotNull();
    assertThat(queue.available()).isDone();
    assertThatThrownBy(queue::poll).hasRootCauseMessage("broken");
    assertThatThrownBy(queue::poll).hasRootCauseMessage("broken");
  }

  @Test
  void closingFreesWhoWaitsForRoom() throws Exception {
    queue.offer(batch(5000), NOW);
    CompletableFuture<Boolean> offer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return queue.offer(batch(1), Duration.ofMinutes(1));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });

    queue.close();

    assertThat(offer.get()).isTrue();
    assertThat(queue.poll()).isNull();
  }

  @Test
  void aHeartbeatAloneTakesThePlaceOfTheLastThatWaits() throws Exception {
    StreamBatch changes = batch(999);
    changes.add(new Commit(new Position(1, 0), 2, 0), 2);
    changes.heartbeat(10);
    queue.offer(changes, NOW);
    for (int lsn = 20; lsn <= 1000; lsn += 10) {
      assertThat(queue.offer(heartbeat(lsn), NOW)).as("though it is full").isTrue();
    }
    assertThat(queue.poll()).isSameAs(changes);
    assertThat(changes.heartbeatLsn()).isEqualTo(1000);
    assertThat(queue.poll()).isNull();
    queue.offer(heartbeat(1010), NOW);
    assertThat(queue.poll().heartbeatLsn()).as("with nothing that waits").isEqualTo(1010);
  }

  @Test
  void aHeartbeatDoesNotGoIntoAnOpenTransaction() throws Exception {
    queue.offer(batch(1), NOW);
    queue.offer(heartbeat(20), NOW);
    assertThat(queue.poll().heartbeatLsn()).isZero();
    assertThat(queue.poll().heartbeatLsn()).isEqualTo(20);
  }

  private static StreamBatch heartbeat(long lsn) {
    StreamBatch batch = new StreamBatch();
    batch.heartbeat(lsn);
    return batch;
  }

  private static StreamBatch batch(int bytes) {
    StreamBatch batch = new StreamBatch();
    batch.addBytes(bytes);
    return batch;
  }
}
