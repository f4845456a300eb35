package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.again;
import static io.tidemark.gateway.client.Rows.batch;
import static io.tidemark.gateway.client.Rows.insert;
import static io.tidemark.gateway.client.Rows.inserts;
import static io.tidemark.gateway.client.Rows.orders;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tidemark.gateway.transport.Backoff;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Truncate;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a consumption does with events and answers. More than 400 lines for the number of rules. */
class ConsumptionTest {
  private static final Duration MILLISECOND = Duration.ofMillis(1);
  private static final FlowOptions OPTIONS =
      FlowOptions.DEFAULTS
          .withRetry(new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(10)))
          .withReconnect(new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(4)));

  /** Ids of orders, in the order in which their handler was called. */
  private final List<Integer> handled = new ArrayList<>();

  private final Set<Integer> failing = new HashSet<>();

  /** What handlers gave for orders that are not through. */
  private final Map<Integer, CompletableFuture<Void>> stages = new LinkedHashMap<>();

  private CompletionStage<?> direct(Change event) {
    if (event instanceof RowChange change) {
      int id = change.getInt("id");
      handled.add(id);
      if (failing.contains(id)) {
        throw new IllegalStateException("secret");
      }
    }
    return null;
  }

  private CompletionStage<?> staged(Change event) {
    int id = ((RowChange) event).getInt("id");
    handled.add(id);
    return stages.compute(id, (key, old) -> new CompletableFuture<>());
  }

  private FakeStreams consume() {
    return new FakeStreams(OPTIONS, this::direct).send(batch(orders()));
  }

  private FakeStreams consumeStaged(FlowOptions options) {
    return new FakeStreams(options, this::staged).send(batch(orders()));
  }

  @Test
  void whatIsDealtWithIsAcknowledgedWhenNothingIsLeft() {
    FakeStreams streams = consume().send(inserts(1, 2, 3));
    assertThat(handled).containsExactly(1, 2, 3);
    assertThat(streams.stream().said).containsExactly("ack 3");
    streams.send(inserts(4)).send(inserts(5));
    assertThat(streams.stream().said).as("only just").containsExactly("ack 3");
    streams.pass(MILLISECOND);
    assertThat(streams.stream().said).containsExactly("ack 3");
    streams.pass(MILLISECOND);
    assertThat(streams.stream().said).containsExactly("ack 3", "ack 5");
    streams.pass(MILLISECOND.multipliedBy(2));
    streams.send(inserts(6));
    assertThat(streams.stream().said).containsExactly("ack 3", "ack 5", "ack 6");
  }

  @Test
  void whileThereIsMoreAcknowledgementsComeByNumberAndByTime() {
    FakeStreams streams =
        consumeStaged(OPTIONS.withAcknowledgements(3, Duration.ofMillis(100)))
            .send(inserts(1, 2, 3, 4, 5, 6, 7));
    complete(streams, 1, 2);
    assertThat(streams.stream().said).isEmpty();
    complete(streams, 3);
    assertThat(streams.stream().said).containsExactly("ack 3");
    complete(streams, 4);
    streams.pass(Duration.ofMillis(99));
    assertThat(streams.stream().said).containsExactly("ack 3");
    streams.pass(MILLISECOND);
    assertThat(streams.stream().said).containsExactly("ack 3", "ack 4");
  }

  @Test
  void acknowledgementsAddUpWhileTheyCannotGoOut() {
    FakeStreams streams = consume();
    streams.stream().ready = false;
    streams.send(inserts(1), inserts(2), inserts(3));
    assertThat(streams.stream().said).isEmpty();
    streams.stream().ready = true;
    streams.stream().listener.ready();
    streams.settle();
    assertThat(streams.stream().said).containsExactly("ack 3");
  }

  @Test
  void aFailedEventComesAgainWithAllAfterIt() {
    failing.add(2);
    FakeStreams streams = consume().send(inserts(1, 2, 3));
    assertThat(handled).containsExactly(1, 2);
    assertThat(streams.stream().said)
        .containsExactly(
            "ack 1",
            "give back 2: java.lang.IllegalStateException at INSERT public.orders at 0/2#1");
    // On its way before the server heard of it; but tables are described once.
    streams.send(
        batch(insert(4), Rows.define(8, Rows.table("items", Rows.ORDERS.columns().get(0)))));
    failing.clear();
    streams.send(batch(again(2), insert(2)), inserts(3, 4));
    assertThat(handled).containsExactly(1, 2);
    streams.pass(Duration.ofSeconds(1));
    assertThat(handled).containsExactly(1, 2, 2, 3, 4);
    assertThat(streams.stream().said).last().isEqualTo("ack 4");
    Event item = insert(5);
    streams.send(
        batch(
            item.toBuilder()
                .setRow(item.getRow().toBuilder().setTable(8).setNewRow(Rows.tuple(5)))
                .build()));
    assertThat(handled).endsWith(5);
  }

  @Test
  void thePoisonedEventIsTriedMoreAndMoreSeldom() {
    failing.add(1);
    FakeStreams streams = consume().send(inserts(1));
    for (int seconds : new int[] {1, 2, 4, 5, 5}) {
      int before = handled.size();
      streams.send(batch(again(1), insert(1)));
      streams.pass(Duration.ofSeconds(seconds).minus(MILLISECOND));
      assertThat(handled).hasSize(before);
      streams.pass(MILLISECOND);
      assertThat(handled).hasSize(before + 1);
    }
    failing.clear();
    streams.send(batch(again(1), insert(1))).pass(Duration.ofSeconds(5));
    assertThat(streams.stream().said).last().isEqualTo("ack 1");
    failing.add(2);
    streams.send(inserts(2)).send(batch(again(2), insert(2))).pass(Duration.ofSeconds(1));
    assertThat(handled).endsWith(2, 2);
  }

  @Test
  void theBackOffGrowsAlsoWhenTheStreamIsLostMeanwhile() {
    failing.add(1);
    FakeStreams streams = consume().send(inserts(1)).end(Status.UNAVAILABLE);
    streams.pass(Duration.ofSeconds(1)).send(batch(orders(), insert(1)));
    assertThat(handled).containsExactly(1, 1);
    streams.send(batch(again(1), insert(1))).pass(Duration.ofSeconds(1));
    assertThat(handled).containsExactly(1, 1);
    streams.pass(Duration.ofSeconds(1));
    assertThat(handled).containsExactly(1, 1, 1);
  }

  @Test
  void tooManyAttemptsEndTheConsumer() {
    failing.add(2);
    FakeStreams streams =
        new FakeStreams(OPTIONS.withMaxAttempts(2), this::direct)
            .send(batch(orders(), insert(1), insert(2)))
            .send(batch(again(2), insert(2)))
            .pass(Duration.ofSeconds(1));
    assertThat(handled).containsExactly(1, 2, 2);
    assertThat(streams.stream().said.stream().filter(said -> said.startsWith("ack")))
        .containsExactly("ack 1");
    assertThat(streams.stream().said).last().isEqualTo("finish");
    streams.end(Status.OK);
    assertThat(streams.consumption().isEnded()).isTrue();
    assertThat(streams.consumption().fatal().orElseThrow())
        .hasMessageStartingWith(
            "the handler failed 2 times in a row at INSERT public.orders at 0/2#1 of uri 'shop'")
        .cause()
        .hasMessage("secret");
  }

  @Test
  void stagesCompleteInAnyOrder() {
    FakeStreams streams = consumeStaged(OPTIONS).send(inserts(1, 2, 3));
    complete(streams, 3, 2);
    streams.pass(Duration.ofSeconds(1));
    assertThat(streams.stream().said).isEmpty();
    complete(streams, 1);
    assertThat(streams.stream().said).containsExactly("ack 3");
  }

  @Test
  void aFailedStageWaitsForTheOthersAndTheFirstThatFailedIsGivenBack() {
    FakeStreams streams = consumeStaged(OPTIONS).send(inserts(1, 2, 3, 4), inserts(5));
    fail(streams, 4);
    fail(streams, 2);
    complete(streams, 5, 3);
    streams.send(inserts(6));
    assertThat(handled).containsExactly(1, 2, 3, 4, 5);
    assertThat(streams.stream().said).isEmpty();
    complete(streams, 1);
    assertThat(streams.stream().said)
        .containsExactly(
            "ack 1", "give back 2: java.io.IOException at INSERT public.orders at 0/2#1");
    streams.send(batch(again(2), insert(2), insert(3))).pass(Duration.ofSeconds(1));
    assertThat(handled).containsExactly(1, 2, 3, 4, 5, 2, 3);
  }

  static Stream<Event> eventsOfWholeTables() {
    return Stream.of(
        Event.newBuilder().setTruncate(Truncate.newBuilder().setTable(Rows.ORDERS_ID)).build(),
        Rows.ddl(2, "ALTER TABLE orders"),
        Rows.schemaChange(2, null, Rows.ORDERS));
  }

  @ParameterizedTest
  @MethodSource("eventsOfWholeTables")
  void whatConcernsAWholeTableIsHandledAlone(Event whole) {
    List<String> calls = new ArrayList<>();
    CompletableFuture<Void> row = new CompletableFuture<>();
    CompletableFuture<Void> other = new CompletableFuture<>();
    FakeStreams streams =
        new FakeStreams(
            OPTIONS,
            event -> {
              calls.add(event instanceof RowChange ? "row" : "other");
              return event instanceof RowChange ? row : other;
            });
    streams.send(batch(orders(), insert(1), insert(2), whole, insert(3)));
    assertThat(calls).containsExactly("row", "row");
    row.complete(null);
    streams.settle();
    assertThat(calls).containsExactly("row", "row", "other");
    other.complete(null);
    streams.settle();
    assertThat(calls).containsExactly("row", "row", "other", "row");
    assertThat(streams.stream().said).containsExactly("ack 4");
  }

  @Test
  void noMoreAreOutstandingThanAllowed() {
    FakeStreams streams = consumeStaged(OPTIONS.withMaxOutstanding(2)).send(inserts(1, 2, 3, 4));
    assertThat(handled).containsExactly(1, 2);
    complete(streams, 2);
    assertThat(handled).as("the first one still holds its place").containsExactly(1, 2);
    complete(streams, 1);
    assertThat(handled).containsExactly(1, 2, 3, 4);
  }

  @Test
  void noMoreIsAskedForThanMayBeHeld() {
    int size = inserts(1, 2).getSerializedSize();
    FakeStreams streams = consumeStaged(OPTIONS.withBufferBytes(2L * size - 1));
    streams.send(inserts(1, 2));
    assertThat(streams.stream().requested).isEqualTo(1);
    streams.send(inserts(3, 4));
    assertThat(streams.stream().requested).isZero();
    complete(streams, 4, 3, 1);
    assertThat(streams.stream().requested).isEqualTo(1);
    streams.send(inserts(5, 6));
    assertThat(streams.stream().requested).isZero();
    complete(streams, 2);
    assertThat(streams.stream().requested).isEqualTo(1);
  }

  @Test
  void aLostStreamIsOpenedAgainLaterAndLater() {
    FakeStreams streams = consume().send(inserts(1, 2)).end(Status.UNAVAILABLE);
    for (int millis : new int[] {500, 1000, 2000, 2000}) {
      int before = streams.opened();
      streams.pass(Duration.ofMillis(millis).minus(MILLISECOND));
      assertThat(streams.opened()).isEqualTo(before);
      streams.pass(MILLISECOND);
      assertThat(streams.opened()).isEqualTo(before + 1);
      streams.end(Status.UNAVAILABLE);
    }
    streams.pass(Duration.ofSeconds(2));
    // Numbers begin at 1 again, and tables are described again.
    streams.send(batch(orders(), insert(3)));
    assertThat(streams.stream().said).containsExactly("ack 1");
    streams.end(Status.OK).pass(Duration.ofMillis(500));
    assertThat(streams.opened()).isEqualTo(7);
  }

  @Test
  void handlersOfALostStreamEndBeforeTheNextBegins() {
    FakeStreams streams = consumeStaged(OPTIONS).send(inserts(1, 2));
    CompletableFuture<Void> first = stages.get(1);
    complete(streams, 2);
    streams.end(Status.ABORTED).pass(Duration.ofSeconds(10));
    assertThat(streams.opened()).isEqualTo(1);
    first.complete(null);
    streams.settle();
    assertThat(streams.opened()).isEqualTo(2);
    assertThat(streams.stream().said).isEmpty();
    streams.send(batch(orders(), insert(1)));
    complete(streams, 1);
    assertThat(streams.stream().said).containsExactly("ack 1");
  }

  @Test
  void theServerMayTakeBackEventsByItself() {
    FakeStreams streams = consumeStaged(OPTIONS).send(inserts(1, 2, 3));
    complete(streams, 1);
    CompletableFuture<Void> old = stages.get(2);
    complete(streams, 3);
    streams.send(batch(again(2), insert(12)), inserts(13));
    assertThat(handled).as("the call for 2 still runs").containsExactly(1, 2, 3);
    old.complete(null);
    streams.settle();
    assertThat(handled).containsExactly(1, 2, 3, 12, 13);
    complete(streams, 12);
    streams.pass(Duration.ofSeconds(1));
    assertThat(streams.stream().said).containsExactly("ack 1", "ack 2");
  }

  @Test
  void whatWasAcknowledgedAndComesAgainIsAcknowledgedAgain() {
    FakeStreams streams = consume().send(inserts(1, 2, 3));
    streams.send(batch(again(2), insert(2))).pass(MILLISECOND.multipliedBy(2));
    assertThat(streams.stream().said).containsExactly("ack 3", "ack 2");
    streams.send(inserts(3)).pass(MILLISECOND.multipliedBy(2));
    assertThat(streams.stream().said).containsExactly("ack 3", "ack 2", "ack 3");
  }

  @Test
  void eventsMustNotBePassedOver() {
    FakeStreams streams = consume().send(inserts(1), batch(again(3)));
    assertFatal(streams, "sends events from number 3 on again, where 2 was the next");
    assertThat(streams.stream().said).containsExactly("ack 1", "finish");
  }

  @Test
  void whatCannotBeReadEndsTheConsumerAndIsNotAcknowledged() {
    Event good = insert(2);
    assertRefused(
        good.toBuilder().setRow(good.getRow().toBuilder().setTable(9)).build(),
        "a change at 0/2 of a table that it has not described (id 9)");
    assertRefused(
        good.toBuilder()
            .setRow(good.getRow().toBuilder().setNewRow(good.getRow().getNewRow().substring(0, 11)))
            .build(),
        "a malformed INSERT of table public.orders at 0/2#1: the row ends before column 2");
    assertRefused(
        good.toBuilder().setRow(good.getRow().toBuilder().setOpValue(9)).build(),
        "a row of an unknown operation, 9");
    assertRefused(
        good.toBuilder().setRow(good.getRow().toBuilder().clearNewRow()).build(),
        "a malformed INSERT of table public.orders at 0/2#1: no new row");
    assertRefused(Event.newBuilder().setSequence(5).build(), "an event of an unknown kind");
    assertRefused(orders(), "described table public.orders by the id of table public.orders, 7");
    assertRefused(
        Rows.define(8, Rows.ORDERS).toBuilder()
            .setTable(Rows.define(8, Rows.ORDERS).getTable().toBuilder().setIdentity("x"))
            .build(),
        "a malformed description of table public.orders (id 8)");
  }

  private void assertRefused(Event event, String problem) {
    FakeStreams streams = consume().send(batch(insert(1), event, insert(3)));
    assertFatal(streams, problem);
    assertThat(streams.stream().said).containsExactly("ack 1", "finish");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "INVALID_ARGUMENT",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "NOT_FOUND",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "FAILED_PRECONDITION",
        "ALREADY_EXISTS",
        "DATA_LOSS"
      })
  void someErrorsAreNoUseTryingAgain(Status.Code code) {
    FakeStreams streams = consume().end(code.toStatus().withDescription("why"));
    assertThat(streams.consumption().isEnded()).isTrue();
    assertThat(streams.consumption().fatal().orElseThrow())
        .hasMessageStartingWith("cannot consume uri 'shop' at here: " + code + ": why. ");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "OK",
        "UNAVAILABLE",
        "ABORTED",
        "INTERNAL",
        "UNKNOWN",
        "RESOURCE_EXHAUSTED",
        "CANCELLED",
        "DEADLINE_EXCEEDED"
      })
  void othersAre(Status.Code code) {
    FakeStreams streams = consume().end(code.toStatus()).pass(Duration.ofSeconds(1));
    assertThat(streams.opened()).isEqualTo(2);
  }

  @Test
  void anEventThatIsTooLargeComesNoSmaller() {
    FakeStreams streams =
        consume()
            .end(
                Status.RESOURCE_EXHAUSTED.withDescription(
                    "gRPC message exceeds maximum size 4: 5"));
    assertThat(streams.consumption().fatal().orElseThrow()).hasMessageContaining("maxMessageBytes");
  }

  @Test
  void closingAcknowledgesAndFinishes() {
    FakeStreams streams = consumeStaged(OPTIONS).send(inserts(1, 2));
    streams.consumption().close();
    streams.settle();
    assertThat(streams.stream().said).isEmpty();
    complete(streams, 1);
    streams.pass(Duration.ofSeconds(10));
    assertThat(streams.stream().said).containsExactly("ack 1", "finish");
    assertThat(streams.consumption().isEnded()).isFalse();
    streams.send(inserts(3)).end(Status.OK);
    assertThat(handled).containsExactly(1, 2);
    assertThat(streams.consumption().isEnded()).isTrue();
    assertThat(streams.consumption().fatal()).isEmpty();
  }

  @Test
  void closingDoesNotWaitForTheServerForEver() {
    FakeStreams streams = consume();
    streams.consumption().close();
    streams.settle().pass(Duration.ofSeconds(2));
    assertThat(streams.stream().said).containsExactly("finish", "cancel");
    assertThat(streams.consumption().isEnded()).isTrue();
  }

  private void complete(FakeStreams streams, int... ids) {
    for (int id : ids) {
      stages.remove(id).complete(null);
      streams.settle();
    }
  }

  private void fail(FakeStreams streams, int id) {
    stages.remove(id).completeExceptionally(new java.io.IOException("secret"));
    streams.settle();
  }

  private static void assertFatal(FakeStreams streams, String problem) {
    assertThat(streams.consumption().fatal().orElseThrow()).hasMessageContaining(problem);
  }
}
