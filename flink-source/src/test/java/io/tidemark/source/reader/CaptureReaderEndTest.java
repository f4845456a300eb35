package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.setup.RefusedException;
import io.tidemark.postgres.stream.Batches;
import io.tidemark.source.event.EnumeratorEvent.ForgetSplits;
import io.tidemark.source.event.ReaderEvent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How a reader ends, fails and closes. */
class CaptureReaderEndTest extends ReaderFixture {
  @Test
  void aReaderWithoutTheStreamEndsOnceItsSplitsAreForgotten() throws Exception {
    reader.start();
    assertThat(drain()).as("more may come").isEqualTo(InputStatus.NOTHING_AVAILABLE);
    reader.addSplits(List.of(Grants.SPLIT));
    reader.notifyNoMoreSplits();
    assertThat(drain()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    reader.handleSourceEvents(new ForgetSplits(List.of("1-0-0")));
    assertThat(reader.snapshotState(1)).isEmpty();
    assertThat(drain()).isEqualTo(InputStatus.END_OF_INPUT);
  }

  @Test
  void theReaderOfTheStreamEndsAfterIt() throws Exception {
    startWithStream();
    reader.notifyNoMoreSplits();
    assertThat(drain()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    reader.handleSourceEvents(endOffer(1));
    assertThat(feed.heartbeatsAsked).as("so that it ends soon").isEqualTo(1);
    feed.batches.add(Batches.messages(15, 0, 18));
    assertThat(drain()).as("refused").isEqualTo(InputStatus.NOTHING_AVAILABLE);
    reader.handleSourceEvents(endOffer(2));
    assertThat(drain()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    assertThat(reader.snapshotState(1)).hasSize(1);
    feed.batches.add(Batches.messages(20, 0, 30));
    assertThat(drain()).isEqualTo(InputStatus.END_OF_INPUT);
    assertThat(events).contains(new ReaderEvent.StreamEnded());
    assertThat(reader.snapshotState(2)).as("nothing to go on with").isEmpty();
  }

  @Test
  void onlyAReaderThatStartsWithoutTheStreamSaysSo() {
    reader.addSplits(List.of(START));
    reader.start();
    assertThat(events).doesNotContain(new ReaderEvent.WithoutStream());
    CaptureReader other = otherReader();
    other.start();
    assertThat(events).contains(new ReaderEvent.WithoutStream());
  }

  @Test
  @Timeout(10)
  void aReaderFailsOnlyOnceTheEnumeratorHasHeardOfIt() throws Exception {
    startWithStream();
    feed.failure = new IOException("the server closed the connection");
    events.clear();
    assertThat(poll()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    assertThat(events).containsExactly(new ReaderEvent.ReaderFails());
    queue.put(new DumpQueue.Item.Failed(Grants.grant()));
    CompletableFuture<Void> heard = reader.isAvailable();
    assertThat(heard).isNotDone();
    assertThat(poll()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    assertThat(events).as("told once").hasSize(1);
    assertThat(emitted).as("nothing comes after it").isEmpty();
    assertThatThrownBy(() -> reader.snapshotState(1))
        .as("no checkpoint holds what it failed at")
        .hasCause(feed.failure);
    heard.get(10, TimeUnit.SECONDS);
    assertThatThrownBy(this::poll).isSameAs(feed.failure);
  }

  /** Whatever it is: values that cannot be decoded and bugs, too. */
  @ParameterizedTest
  @MethodSource
  @Timeout(10)
  void aReaderWhoseDumpCannotGoOnFailsOnceTheEnumeratorHasHeardOfIt(Exception cause)
      throws Exception {
    reader.start();
    queue.put(new DumpQueue.Item.Fatal(Grants.grant(), cause));
    assertThat(poll()).isEqualTo(InputStatus.NOTHING_AVAILABLE);
    assertThat(events)
        .containsExactly(new ReaderEvent.WithoutStream(), new ReaderEvent.ReaderFails());
    reader.isAvailable().get(10, TimeUnit.SECONDS);
    assertThatThrownBy(this::poll).isSameAs(cause);
  }

  static List<Exception> aReaderWhoseDumpCannotGoOnFailsOnceTheEnumeratorHasHeardOfIt() {
    return List.of(
        new RefusedException("the standby is of another system"),
        new IllegalArgumentException("a tuple of 3 columns has 2"),
        new IllegalStateException("a bug"));
  }

  @Test
  @Timeout(10)
  void closingStopsAllThatItStarted() throws Exception {
    startWithStream();
    queue.put(Grants.rows(20));
    reader.close();
    assertThat(feed.closed).isTrue();
    assertThat(threadsClosed).isEqualTo(2);
    assertThat(scheduler.take()).as("dump threads that wait for a split go on").isNull();
    queue.put(Grants.rows(20));
    assertThat(queue.poll()).as("and those that wait for room").isNull();
  }

  @Test
  void aReaderWithoutTheStreamClosesAsWell() throws Exception {
    reader.start();
    reader.close();
    assertThat(threadsClosed).isEqualTo(2);
  }
}
