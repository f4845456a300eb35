package io.tidemark.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.testkit.Await;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class DeliveryTest {
  /** Hashes of keys in the first and in the second half of the buckets. */
  private static final int A = 1;

  private static final int B = 0x8000_0001;

  private final Delivery<String> delivery = new Delivery<>(4);
  private long last;

  private void rows(int... keys) {
    for (int key : keys) {
      delivery.append(Message.row(++last, key, "row"));
    }
  }

  private void append(Kind kind, int key, int oldKey) {
    delivery.append(new Message<>(++last, kind, key, oldKey, "message"));
  }

  private Consumer<String> attach(AnswerOrder answerOrder) {
    return delivery.attach(answerOrder, message -> true);
  }

  /** All that the consumer can have now. */
  private List<Long> poll(Consumer<String> consumer) {
    List<Long> sequences = new ArrayList<>();
    for (Optional<Message<String>> next = delivery.poll(consumer);
        next.isPresent();
        next = delivery.poll(consumer)) {
      sequences.add(next.get().sequence());
    }
    return sequences;
  }

  /** It is this number of seconds after 0. */
  private void seconds(long now) {
    delivery.wake(Duration.ofSeconds(now).toNanos());
  }

  private void acknowledge(Consumer<String> consumer, long... sequences) {
    for (long sequence : sequences) {
      assertThat(delivery.acknowledge(consumer, sequence)).isTrue();
    }
  }

  @Test
  void messagesWaitForAConsumerAndStayUntilTheyAreAcknowledged() {
    rows(A, B);
    Consumer<String> only = attach(AnswerOrder.ARRIVAL);
    rows(A);
    assertThat(poll(only)).containsExactly(1L, 2L, 3L);
    assertThat(poll(only)).as("it has them").isEmpty();
    acknowledge(only, 2);
    assertThat(delivery.unacknowledged()).extracting(Message::sequence).containsExactly(1L, 3L);
    acknowledge(only, 1, 3);
    assertThat(delivery.size()).isZero();
    assertThat(delivery.unacknowledged()).isEmpty();
  }

  @Test
  void onlyWhatAConsumerHasCanBeAnswered() {
    rows(A);
    Consumer<String> only = attach(AnswerOrder.ARRIVAL);
    assertThat(delivery.acknowledge(only, 1)).as("not sent yet").isFalse();
    assertThat(delivery.giveBack(only, 1, 0)).isFalse();
    poll(only);
    acknowledge(only, 1);
    assertThat(delivery.acknowledge(only, 1)).as("for the second time").isFalse();
    assertThat(delivery.size()).isZero();
  }

  @Test
  void noMessageWaitsForTheAcknowledgementOfAnother() {
    rows(A, A, B);
    Consumer<String> only = attach(AnswerOrder.ANY);
    assertThat(poll(only)).containsExactly(1L, 2L, 3L);
    acknowledge(only, 2);
    assertThat(delivery.unacknowledged())
        .as("an older one of its key may have to come again, and it behind that")
        .extracting(Message::sequence)
        .containsExactly(1L, 2L, 3L);
    acknowledge(only, 1);
    assertThat(delivery.unacknowledged()).extracting(Message::sequence).containsExactly(3L);
  }

  @Test
  void whatIsGivenBackComesAgainWithAllThatIsNewerOfItsKey() {
    Consumer<String> only = attach(AnswerOrder.ANY);
    rows(A, B, A, A);
    assertThat(poll(only)).containsExactly(1L, 2L, 3L, 4L);
    acknowledge(only, 3);
    assertThat(delivery.giveBack(only, 1, 0)).isTrue();
    rows(A, B);
    seconds(1);
    assertThat(poll(only)).as("it has not answered a newer one").containsExactly(6L);
    acknowledge(only, 4, 2, 6);
    assertThat(poll(only)).containsExactly(1L, 3L, 4L, 5L);
    acknowledge(only, 5, 4, 3);
    assertThat(delivery.size()).isEqualTo(4);
    acknowledge(only, 1);
    assertThat(delivery.size()).isZero();
  }

  @Test
  void whatIsGivenBackComesLaterEachTimeAndNoOtherKeyWaits() {
    Consumer<String> only = attach(AnswerOrder.ANY);
    rows(A, B);
    assertThat(poll(only)).containsExactly(1L, 2L);
    acknowledge(only, 2);
    long now = 0;
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      assertThat(delivery.giveBack(only, 1, Duration.ofSeconds(now).toNanos())).isTrue();
      rows(B);
      assertThat(poll(only)).containsExactly(last);
      acknowledge(only, last);
      now += seconds;
      seconds(now - 1);
      assertThat(poll(only)).isEmpty();
      assertThat(delivery.nanosUntilDue(Duration.ofSeconds(now - 1).toNanos()))
          .isEqualTo(Duration.ofSeconds(1).toNanos());
      seconds(now);
      assertThat(poll(only)).containsExactly(1L);
    }
  }

  @Test
  void whatWasGivenBackComesAtOnceToANewConsumer() {
    Consumer<String> first = attach(AnswerOrder.ANY);
    rows(A);
    assertThat(poll(first)).containsExactly(1L);
    delivery.giveBack(first, 1, 0);
    delivery.detach(first);
    assertThat(poll(attach(AnswerOrder.ANY))).containsExactly(1L);
  }

  @Test
  void otherKeysDoNotWaitForOneThatAnotherConsumerHas() {
    Consumer<String> first = attach(AnswerOrder.ANY);
    rows(A, B);
    assertThat(poll(first)).containsExactly(1L, 2L);
    Consumer<String> second = attach(AnswerOrder.ANY);
    Consumer<String> third = attach(AnswerOrder.ANY);
    rows(A, B, A + 1, B + 1);
    List<Long> all = new ArrayList<>(poll(first));
    all.addAll(poll(second));
    all.addAll(poll(third));
    assertThat(all).contains(5L, 6L).hasSizeBetween(2, 3);
    acknowledge(first, 1, 2);
    all.addAll(poll(first));
    all.addAll(poll(second));
    all.addAll(poll(third));
    assertThat(all).containsExactlyInAnyOrder(3L, 4L, 5L, 6L);
  }

  @Test
  void whatAConsumerLeavesBehindGoesToAnotherInOrder() {
    Consumer<String> leaving = attach(AnswerOrder.ARRIVAL);
    rows(A, B, A);
    assertThat(poll(leaving)).containsExactly(1L, 2L, 3L);
    acknowledge(leaving, 2);
    delivery.detach(leaving);
    delivery.detach(leaving);
    rows(A);
    Consumer<String> next = attach(AnswerOrder.ARRIVAL);
    assertThat(poll(next)).containsExactly(1L, 3L, 4L);
    assertThat(delivery.acknowledge(leaving, 1)).isFalse();
    assertThatThrownBy(() -> delivery.poll(leaving)).hasMessageContaining("is gone");
  }

  @Test
  void consumersShareTheKeysAndEachKeyHasOneOfThem() {
    Consumer<String> first = attach(AnswerOrder.ARRIVAL);
    Consumer<String> second = attach(AnswerOrder.ARRIVAL);
    rows(A, B, A, B);
    List<Long> ofFirst = poll(first);
    List<Long> ofSecond = poll(second);
    assertThat(List.of(ofFirst, ofSecond))
        .containsExactlyInAnyOrder(List.of(1L, 3L), List.of(2L, 4L));
  }

  @Test
  void bucketsAreSharedEvenlyAsConsumersComeAndGo() {
    Delivery<String> many = new Delivery<>(64);
    List<Consumer<String>> consumers = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      consumers.add(many.attach(AnswerOrder.ARRIVAL, message -> true));
      assertEven(consumers);
    }
    while (consumers.size() > 1) {
      many.detach(consumers.remove(consumers.size() / 2));
      assertEven(consumers);
    }
  }

  private static void assertEven(List<Consumer<String>> consumers) {
    int share = 64 / consumers.size();
    int sum = 0;
    for (Consumer<String> consumer : consumers) {
      assertThat(consumer.buckets).isBetween(share, share + 1);
      sum += consumer.buckets;
    }
    assertThat(sum).isEqualTo(64);
  }

  @Test
  void aKeyWhoseBucketMovesWaitsForTheFormerOwnersAnswers() {
    Consumer<String> first = attach(AnswerOrder.ARRIVAL);
    rows(A, B, A, B);
    assertThat(delivery.poll(first)).isPresent();
    assertThat(delivery.poll(first)).isPresent();
    Consumer<String> second = attach(AnswerOrder.ARRIVAL);
    List<Long> ofFirst = poll(first);
    assertThat(ofFirst).as("the key that it kept").hasSize(1);
    assertThat(poll(second)).as("the first consumer has one of that key").isEmpty();
    long moved = ofFirst.equals(List.of(3L)) ? 2 : 1;
    assertThat(delivery.giveBack(first, moved, 0)).isTrue();
    assertThat(poll(second)).as("it comes later").isEmpty();
    seconds(1);
    assertThat(poll(second)).as("the older one first").containsExactly(moved, moved + 2);
  }

  @Test
  void aBarrierWaitsForAllThatIsOlderAndIsWaitedFor() {
    Consumer<String> first = attach(AnswerOrder.ARRIVAL);
    Consumer<String> second = attach(AnswerOrder.ARRIVAL);
    rows(A, B);
    append(Kind.BARRIER, 0, 0);
    rows(A, B);
    List<Long> ofFirst = poll(first);
    List<Long> ofSecond = poll(second);
    assertThat(ofFirst).hasSize(1);
    assertThat(ofSecond).hasSize(1);
    acknowledge(first, ofFirst.get(0));
    assertThat(poll(first)).isEmpty();
    acknowledge(second, ofSecond.get(0));
    List<Long> barrier = new ArrayList<>(poll(first));
    barrier.addAll(poll(second));
    assertThat(barrier).containsExactly(3L);
    Consumer<String> has = delivery.acknowledge(first, 3) ? first : second;
    assertThat(has == first || delivery.acknowledge(second, 3)).isTrue();
    assertThat(poll(first)).hasSize(1);
    assertThat(poll(second)).hasSize(1);
  }

  @Test
  void oneConsumerAloneGetsABarrierAndTheBoundsOfTransactionsInPassing() {
    Consumer<String> only = attach(AnswerOrder.ARRIVAL);
    append(Kind.BOUNDARY, 0, 0);
    rows(A);
    append(Kind.BARRIER, 0, 0);
    rows(B);
    append(Kind.BOUNDARY, 0, 0);
    assertThat(poll(only)).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void severalConsumersDoNotGetTheBoundsOfTransactions() {
    Consumer<String> first = attach(AnswerOrder.ARRIVAL);
    Consumer<String> second = attach(AnswerOrder.ARRIVAL);
    append(Kind.BOUNDARY, 0, 0);
    append(Kind.BOUNDARY, 0, 0);
    assertThat(poll(first)).isEmpty();
    assertThat(poll(second)).isEmpty();
    assertThat(delivery.size()).isZero();
  }

  @Test
  void aRowThatMovesBetweenBucketsIsABarrierForSeveralConsumers() {
    Consumer<String> first = attach(AnswerOrder.ARRIVAL);
    Consumer<String> second = attach(AnswerOrder.ARRIVAL);
    rows(A);
    append(Kind.ROW, B, A);
    rows(A);
    List<Long> before = new ArrayList<>(poll(first));
    before.addAll(poll(second));
    assertThat(before).containsExactly(1L);
    Consumer<String> ofA = delivery.acknowledge(first, 1) ? first : second;
    Consumer<String> ofB = ofA == first ? second : first;
    assertThat(ofA == first || delivery.acknowledge(second, 1)).isTrue();
    assertThat(poll(ofA)).isEmpty();
    assertThat(poll(ofB)).containsExactly(2L);
    assertThat(poll(ofA)).as("the move is not acknowledged").isEmpty();
    acknowledge(ofB, 2);
    assertThat(poll(ofA)).containsExactly(3L);
  }

  @Test
  void aRowThatMovedComesAgainWithBothItsKeys() {
    Consumer<String> only = attach(AnswerOrder.ANY);
    rows(A);
    append(Kind.ROW, B, A);
    rows(B, A, A + 1);
    assertThat(poll(only)).containsExactly(1L, 2L, 3L, 4L, 5L);
    acknowledge(only, 5, 4, 3, 2);
    assertThat(delivery.size()).isEqualTo(4);
    delivery.giveBack(only, 1, 0);
    seconds(1);
    assertThat(poll(only)).containsExactly(1L, 2L, 3L, 4L);
    acknowledge(only, 1, 2, 3, 4);
    assertThat(delivery.size()).isZero();
  }

  @Test
  void whatAConsumerDoesNotWantCountsAsAcknowledged() {
    Predicate<Message<String>> even = message -> message.sequence() % 2 == 0;
    Consumer<String> only = delivery.attach(AnswerOrder.ANY, even);
    rows(A, A, A, B);
    assertThat(poll(only)).containsExactly(2L, 4L);
    assertThat(delivery.size()).isEqualTo(2);
  }

  @Test
  void messagesComeInTheOrderOfTheMerge() {
    rows(A);
    assertThatThrownBy(() -> delivery.append(Message.row(1, B, "row")))
        .hasMessage("message 1 comes after message 1");
    assertThatThrownBy(() -> new Delivery<>(0)).hasMessageContaining("0 delivery buckets");
  }

  @Test
  void whatIsAcknowledgedIsNotKeptBehindWhatIsNot() {
    Consumer<String> only = attach(AnswerOrder.ANY);
    delivery.append(Message.row(++last, A, "stays"));
    List<WeakReference<String>> payloads = new ArrayList<>();
    for (int key = 100; key < 110; key++) {
      String payload = "row of " + key;
      payloads.add(new WeakReference<>(payload));
      delivery.append(Message.row(++last, key, payload));
    }
    List<Long> sent = poll(only);
    assertThat(sent).hasSize(11);
    sent.subList(1, 11).forEach(each -> acknowledge(only, each));
    Await.until(
        "what is acknowledged is let go",
        Duration.ofSeconds(20),
        () -> {
          System.gc();
          return payloads.stream().allMatch(each -> each.refersTo(null));
        });
    assertThat(delivery.unacknowledged()).extracting(Message::payload).containsExactly("stays");
  }

  @Test
  void aNewcomerIsTriedWithWhatOthersCouldNotDoWith() {
    Consumer<String> first = attach(AnswerOrder.ANY);
    rows(A);
    assertThat(poll(first)).containsExactly(1L);
    assertThat(delivery.giveBack(first, 1, 0)).isTrue();
    assertThat(poll(first)).isEmpty();
    Consumer<String> second = attach(AnswerOrder.ANY);
    assertThat(delivery.nanosUntilDue(0)).isEqualTo(Long.MAX_VALUE);
    assertThat(poll(first).size() + poll(second).size()).isEqualTo(1);
  }

  @Test
  void whatWaitsForAnotherConsumerIsDeliveredToTheOneThatIsLeft() {
    Consumer<String> left = attach(AnswerOrder.ARRIVAL);
    rows(A, B);
    assertThat(poll(left)).containsExactly(1L, 2L);
    Consumer<String> gone = attach(AnswerOrder.ARRIVAL);
    rows(A, B);
    assertThat(poll(left)).hasSize(1);
    assertThat(poll(gone)).as("the one before is not acknowledged").isEmpty();
    delivery.detach(gone);
    assertThat(poll(left)).hasSize(1);
  }
}
