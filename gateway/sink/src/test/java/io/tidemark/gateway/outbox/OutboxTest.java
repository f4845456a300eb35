package io.tidemark.gateway.outbox;

import static io.tidemark.gateway.outbox.Events.barrier;
import static io.tidemark.gateway.outbox.Events.boundary;
import static io.tidemark.gateway.outbox.Events.byArrival;
import static io.tidemark.gateway.outbox.Events.ddl;
import static io.tidemark.gateway.outbox.Events.oneByOne;
import static io.tidemark.gateway.outbox.Events.row;
import static io.tidemark.gateway.outbox.Events.schema;
import static io.tidemark.gateway.outbox.Events.schemaChange;
import static io.tidemark.gateway.outbox.Events.withDdl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.pgcapture.DdlLogs;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an outbox gives to whom, rule by rule. More than 400 lines for the number of rules. */
class OutboxTest {
  private static final int A = 1;
  private static final int B = 0x8000_0001;
  private static final Outbox.Options OPTIONS = new Outbox.Options(4, 1 << 20, 4 << 20, 1 << 20);

  private long nanos;
  private Outbox outbox = new Outbox(OPTIONS, OutboxState.empty(), () -> nanos);
  private final int orders = outbox.table(schema("orders"));
  private final int users = outbox.table(schema("users"));
  private final Received server = new Received();

  private void rows(String... texts) {
    List<Entry> entries = new ArrayList<>();
    for (String text : texts) {
      entries.add(row(orders, A, text));
    }
    outbox.append(entries);
  }

  private void attach(Attach attach) {
    attach(attach, 1 << 20);
  }

  private void attach(Attach attach, long window) {
    outbox.attach(attach);
    outbox.window(attach.getFlow(), window);
  }

  private void acknowledge(long flow, long number) {
    outbox.answers(Answers.newBuilder().setFlow(flow).setArrived(number).build());
  }

  private void giveBack(long flow, long from) {
    outbox.answers(Answers.newBuilder().setFlow(flow).setAgainFrom(from).build());
  }

  private List<String> texts(long flow) {
    return server.drain(outbox).texts(flow);
  }

  private static Event again(long from) {
    Event.Builder event = Event.newBuilder();
    event.getAgainBuilder().setFrom(from);
    return event.build();
  }

  @Test
  void eventsComeInOrderAndStayUntilTheyAreAcknowledged() {
    outbox.append(List.of(boundary(7), row(orders, A, "a"), row(orders, B, "b"), barrier("m")));
    attach(byArrival(1));
    List<Event> events = server.drain(outbox).news(1);
    assertThat(events).extracting(Events::text).containsExactly("begin 7", "TABLE", "a", "b", "m");
    assertThat(events).extracting(Event::getSequence).containsExactly(1L, 0L, 2L, 3L, 4L);
    assertThat(outbox.size()).isEqualTo(4);
    acknowledge(1, 3);
    assertThat(outbox.snapshot().entries()).hasSize(1);
    acknowledge(1, 4);
    assertThat(outbox.size()).isZero();
    assertThat(outbox.bytes()).isZero();
  }

  @Test
  void aTableIsToldOncePerFlowBeforeItsFirstRow() {
    attach(byArrival(1));
    outbox.append(List.of(row(users, A, "u"), row(orders, A, "o")));
    outbox.append(List.of(row(users, A, "v")));
    List<Event> events = server.drain(outbox).news(1);
    assertThat(events).extracting(Events::text).containsExactly("TABLE", "u", "TABLE", "o", "v");
    assertThat(events.get(0).getTable().getName()).isEqualTo("users");
    assertThat(events.get(2).getTable().getId()).isEqualTo(orders);
    giveBack(1, 1);
    assertThat(server.drain(outbox).news(1)).noneMatch(Event::hasTable);
    outbox.detach(1);
    attach(byArrival(2));
    assertThat(server.drain(outbox).news(2)).filteredOn(Event::hasTable).hasSize(2);
  }

  @Test
  void nothingIsSentBeyondTheWindowButOneEvent() {
    rows(IntStream.range(0, 1000).mapToObj(i -> "x".repeat(90)).toArray(String[]::new));
    outbox.attach(byArrival(1));
    assertThat(texts(1)).as("without a window").isEmpty();
    long granted = 0;
    Received holding = Received.passingNothingOn();
    for (int more : new int[] {1, 1, 500, 3, 2000, 70_000}) {
      outbox.window(1, more);
      granted += more;
      holding.drain(outbox);
      assertThat(holding.bytes(1)).isBetween(granted, granted + 200);
    }
  }

  @Test
  void eventsAreGatheredWhileABatchIsOnItsWay() {
    Received holding = Received.passingNothingOn();
    attach(byArrival(1));
    rows("a");
    assertThat(holding.drain(outbox).texts(1)).as("nothing is on its way").containsExactly("a");
    rows("b");
    rows("c");
    assertThat(holding.drain(outbox).texts(1)).isEmpty();
    outbox.window(1, holding.bytes(1) - 1);
    assertThat(holding.drain(outbox).texts(1)).as("not all of it was passed on").isEmpty();
    outbox.window(1, 1);
    assertThat(holding.drain(outbox).texts(1)).containsExactly("b", "c");
    assertThat(holding.batches.get(1L)).hasSize(2);
  }

  @Test
  void butNotManyAndNotThoseThatWereGivenBack() {
    Received holding = Received.passingNothingOn();
    attach(byArrival(1));
    rows("a");
    holding.drain(outbox).texts(1);
    String[] many = IntStream.range(0, 3000).mapToObj(Integer::toString).toArray(String[]::new);
    rows(many);
    assertThat(holding.drain(outbox).texts(1)).containsExactly(many);
    rows("b");
    assertThat(holding.drain(outbox).texts(1)).isEmpty();
    giveBack(1, 3000);
    assertThat(holding.drain(outbox).texts(1)).containsExactly("AGAIN", "2998", "2999", "b");
  }

  @Test
  void noBatchIsLargerThanItsConsumerTakesAndNothingIsLostBetween() {
    String[] texts = IntStream.range(0, 300).mapToObj(Integer::toString).toArray(String[]::new);
    rows(texts);
    attach(byArrival(1).toBuilder().setMaxBatchBytes(150).build());
    assertThat(texts(1)).containsExactly(texts);
    assertThat(server.batches.get(1L)).hasSizeGreaterThan(20);
    for (Batch batch : server.batches.get(1L)) {
      assertThat(batch.getSerializedSize()).isLessThanOrEqualTo(150);
    }
    acknowledge(1, 300);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void aConsumerThatTakesAnythingIsSentAnything() {
    rows("a");
    attach(byArrival(1).toBuilder().setMaxBatchBytes(-1).build());
    assertThat(texts(1)).as("2^64 - 1 bytes").containsExactly("a");
  }

  @Test
  void whatIsGivenBackComesAgainWithItsNumbers() {
    rows("1", "2", "3", "4");
    attach(byArrival(1));
    texts(1);
    acknowledge(1, 1);
    giveBack(1, 3);
    List<Event> events = server.drain(outbox).news(1);
    assertThat(events.get(0)).isEqualTo(again(3));
    assertThat(events).extracting(Events::text).containsExactly("AGAIN", "3", "4");
    acknowledge(1, 2);
    assertThat(outbox.size()).isEqualTo(2);
    giveBack(1, 4);
    giveBack(1, 3);
    events = server.drain(outbox).news(1);
    assertThat(events.get(0)).as("the earlier of two").isEqualTo(again(3));
    assertThat(events).extracting(Events::text).containsExactly("AGAIN", "3", "4");
    acknowledge(1, 4);
    rows("5");
    assertThat(texts(1)).containsExactly("5");
    acknowledge(1, 5);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void whatDidNotFitIntoABatchIsNotSentYet() {
    String large = "x".repeat(80 << 10);
    rows("1", large, large);
    attach(byArrival(1));
    assertThat(server.takeOne(outbox)).isTrue();
    assertThat(server.news(1)).filteredOn(Event::hasRow).hasSize(2);
    giveBack(1, 2);
    assertThat(texts(1)).containsExactly("AGAIN", large, large);
    acknowledge(1, 3);
    assertThat(outbox.size()).isZero();
    rows("4", large, large);
    assertThat(server.takeOne(outbox)).isTrue();
    acknowledge(1, 6);
    server.drain(outbox);
    server.assertRefused(1, Refusal.Kind.WRONG_ANSWER, "event 6 is acknowledged, and 5 were sent");
    attach(byArrival(2));
    assertThat(server.takeOne(outbox)).isTrue();
    giveBack(2, 3);
    server.drain(outbox);
    server.assertRefused(
        2, Refusal.Kind.WRONG_ANSWER, "event 3 is given back, and those from 1 to 2 are out");
    attach(byArrival(3));
    assertThat(texts(3)).containsExactly("4", large, large);
  }

  @Test
  void aWrongAnswerEndsItsFlowAlone() {
    attach(byArrival(1));
    attach(byArrival(2));
    outbox.append(List.of(row(orders, B, "1"), row(orders, B, "2"), row(orders, A, "3")));
    server.drain(outbox);
    assertThat(server.texts(1)).containsExactly("1", "2");
    assertThat(server.texts(2)).containsExactly("3");
    acknowledge(1, 3);
    server.drain(outbox);
    server.assertRefused(1, Refusal.Kind.WRONG_ANSWER, "event 3 is acknowledged, and 2 were sent");
    assertThat(server.texts(2)).as("the other has all now").containsExactly("1", "2");
    acknowledge(2, 1);
    giveBack(2, 1);
    server.drain(outbox);
    server.assertRefused(
        2, Refusal.Kind.WRONG_ANSWER, "event 1 is given back, and those from 2 to 3 are out");
    attach(byArrival(3));
    texts(3);
    giveBack(3, -5);
    server.drain(outbox);
    server.assertRefused(3, Refusal.Kind.WRONG_ANSWER, "event 18446744073709551611 is given back");
    acknowledge(3, 1);
    assertThat(outbox.size()).as("answers of who is gone count for nothing").isEqualTo(2);
  }

  @Test
  void oneByOneAnswersMayComeInAnyOrderAndTwice() {
    attach(oneByOne(1));
    outbox.append(List.of(row(orders, A, "1"), row(orders, B, "2"), row(orders, A, "3")));
    assertThat(texts(1)).containsExactly("1", "2", "3");
    Answers of = Answers.newBuilder().setFlow(1).build();
    outbox.answers(of.toBuilder().addAcknowledged(2).addGivenBack(1).build());
    outbox.answers(of.toBuilder().addAcknowledged(3).addAcknowledged(3).build());
    assertThat(texts(1)).as("not at once").isEmpty();
    assertThat(outbox.nanosUntilDue()).isEqualTo(Duration.ofSeconds(1).toNanos());
    nanos += outbox.nanosUntilDue();
    assertThat(texts(1)).as("with what is newer of the key").containsExactly("1", "3");
    outbox.answers(of.toBuilder().addAcknowledged(1).addAcknowledged(1).build());
    assertThat(outbox.size()).isEqualTo(1);
    outbox.answers(of.toBuilder().addAcknowledged(4).addAcknowledged(5).build());
    server.drain(outbox);
    assertThat(server.refusals).isNotEmpty();
    assertThat(server.refusals).allMatch(each -> each.getReason().contains("never sent"));
    assertThat(outbox.size()).isEqualTo(1);
    assertThat(outbox.consumers()).isZero();
  }

  @Test
  void anExpressionThatIsNoneEndsItsFlow() {
    attach(byArrival(1).toBuilder().setTables("(").build());
    server.drain(outbox);
    server.assertRefused(1, Refusal.Kind.WRONG_ANSWER, "not a regular expression");
    assertThat(outbox.consumers()).isZero();
  }

  @Test
  void tablesThatAreNotWantedCountAsAcknowledged() {
    attach(byArrival(1).toBuilder().setTables("^public.users$").build());
    outbox.append(List.of(row(orders, A, "o"), row(users, A, "u"), row(orders, A, "p")));
    assertThat(texts(1)).containsExactly("u");
    assertThat(outbox.size()).isEqualTo(1);
    acknowledge(1, 1);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void anEventThatIsTooLargeEndsItsFlow() {
    rows("small", "x".repeat(2000));
    attach(byArrival(1).toBuilder().setMaxBatchBytes(1000).build());
    server.drain(outbox);
    assertThat(server.texts(1)).containsExactly("small");
    server.assertRefused(1, Refusal.Kind.TOO_LARGE, "an event of public.orders takes");
    assertThat(outbox.size()).isEqualTo(2);
    attach(byArrival(2));
    assertThat(texts(2)).hasSize(2);
  }

  @Test
  void orIsSkippedInItsPlace() {
    outbox.append(
        List.of(
            row(orders, A, "x".repeat(2000)), barrier("y".repeat(3000)), row(orders, A, "small")));
    attach(byArrival(1).toBuilder().setMaxBatchBytes(1000).setSkipOversized(true).build());
    List<Event> events = server.drain(outbox).news(1);
    assertThat(events)
        .extracting(Event::getTypeCase)
        .containsExactly(
            Event.TypeCase.TABLE,
            Event.TypeCase.SKIPPED,
            Event.TypeCase.SKIPPED,
            Event.TypeCase.ROW);
    assertThat(events.get(1).getSkipped().getTable()).isEqualTo(orders);
    assertThat(events.get(1).getSkipped().getBytes()).isGreaterThan(2000);
    assertThat(events.get(1).getSkipped().getCommitLsn()).isEqualTo(77);
    assertThat(events.get(1).getSkipped().getOrdinal()).isEqualTo(5);
    assertThat(events.get(1).getSequence()).isEqualTo(1);
    assertThat(events.get(2).getSkipped().getTable()).isZero();
    assertThat(events.get(2).getSkipped().getCommitLsn()).isEqualTo(78);
    giveBack(1, 2);
    assertThat(texts(1)).hasSize(3).startsWith("AGAIN").endsWith("small");
    acknowledge(1, 3);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void soIsWhatChangesATable() {
    outbox.append(
        List.of(
            ddl("x".repeat(3000)),
            schemaChange(orders, null, "y".repeat(3000)),
            row(orders, A, "small")));
    attach(withDdl(1, "").toBuilder().setMaxBatchBytes(1000).setSkipOversized(true).build());
    List<Event> events = server.drain(outbox).news(1);
    assertThat(events)
        .extracting(Event::getTypeCase)
        .containsExactly(
            Event.TypeCase.SKIPPED,
            Event.TypeCase.TABLE,
            Event.TypeCase.SKIPPED,
            Event.TypeCase.ROW);
    assertThat(events.get(0).getSkipped().getTable()).isZero();
    assertThat(events.get(0).getSkipped().getCommitLsn()).isEqualTo(79);
    assertThat(events.get(0).getSkipped().getOrdinal()).isEqualTo(7);
    assertThat(events.get(2).getSkipped().getTable()).isEqualTo(orders);
    assertThat(events.get(2).getSkipped().getCommitLsn()).isEqualTo(80);
    assertThat(events.get(2).getSkipped().getOrdinal()).isEqualTo(8);
  }

  @Test
  void ddlIsForThoseWhoAskForIt() {
    List<Entry> entries =
        List.of(
            schemaChange(orders, null, "orders"),
            row(orders, A, "a"),
            ddl("alter"),
            schemaChange(orders, "orders", "orders"),
            row(orders, A, "b"));
    outbox.append(entries);
    attach(byArrival(1));
    assertThat(texts(1)).as("an older consumer knows none of these").containsExactly("a", "b");
    acknowledge(1, 2);
    assertThat(outbox.size()).isZero();
    outbox.detach(1);
    outbox.append(entries);
    attach(withDdl(2, ""));
    assertThat(texts(2)).containsExactly("schema of orders", "a", "alter", "schema of orders", "b");
  }

  @Test
  void statementsAreOfAllTablesAndChangesOfThoseThatAreWanted() {
    int lines = outbox.table(schema("lines"));
    outbox.append(
        List.of(
            ddl("alter"),
            schemaChange(orders, null, "orders"),
            schemaChange(users, null, "users"),
            schemaChange(lines, "orders", "lines"),
            schemaChange(lines, "lines", "lines"),
            schemaChange(lines, null, "lines")));
    attach(withDdl(1, "^public\\.orders$"));
    assertThat(texts(1))
        .as("another name ends what is wanted")
        .containsExactly("alter", "schema of orders", "schema of lines");
    acknowledge(1, 3);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void statementsAreRowsForPgcapturesClientsAlone() {
    int logs = outbox.table(DdlLogs.TABLE);
    outbox.append(List.of(ddl("alter"), row(logs, A, "as a row"), row(orders, A, "a")));
    attach(withDdl(1, ""));
    assertThat(texts(1)).containsExactly("alter", "a");
    outbox.detach(1);
    attach(oneByOne(2).toBuilder().setTables("orders").build());
    assertThat(texts(2)).as("by the table's name, as any row").containsExactly("a");
    outbox.detach(2);
    outbox.append(List.of(ddl("drop"), row(logs, A, "another row")));
    attach(oneByOne(3).toBuilder().setTables("ddl_logs").build());
    assertThat(texts(3)).containsExactly("another row");
  }

  @Test
  void whatChangesATableIsABarrierAmongSeveralConsumers() {
    attach(withDdl(1, ""));
    attach(withDdl(2, ""));
    outbox.append(List.of(row(orders, A, "a"), row(orders, B, "b")));
    outbox.append(List.of(ddl("alter"), schemaChange(orders, "orders", "orders")));
    outbox.append(List.of(row(orders, A, "c"), row(orders, B, "d")));
    server.drain(outbox);
    assertThat(List.of(server.texts(1), server.texts(2)))
        .containsExactlyInAnyOrder(List.of("a"), List.of("b"));
    acknowledge(1, 1);
    assertThat(server.drain(outbox).texts(1)).isEmpty();
    assertThat(server.texts(2)).isEmpty();
    acknowledge(2, 1);
    server.drain(outbox);
    List<String> statement = new ArrayList<>(server.texts(1));
    statement.addAll(server.texts(2));
    assertThat(statement).as("alone").containsExactly("alter");
  }

  @Test
  void aTableWhoseColumnsAreTooLargeEndsTheFlowInAnyCase() {
    rows("a");
    attach(byArrival(1).toBuilder().setMaxBatchBytes(20).setSkipOversized(true).build());
    server.drain(outbox);
    server.assertRefused(1, Refusal.Kind.TOO_LARGE, "public.orders");
    assertThat(server.batches).isEmpty();
  }

  @Test
  void itIsFullUntilHalfIsAcknowledged() {
    outbox = new Outbox(new Outbox.Options(4, 1000, 10_000, 1000), OutboxState.empty());
    outbox.connected();
    outbox.table(schema("orders"));
    rows("1", "2", "3", "4");
    assertThat(server.drain(outbox).full).as("under 1,000 bytes").isEmpty();
    rows("5", "6");
    assertThat(server.drain(outbox).full).containsExactly(true);
    attach(byArrival(1));
    server.drain(outbox);
    acknowledge(1, 3);
    assertThat(outbox.isFull()).isTrue();
    outbox.connected();
    assertThat(server.drain(outbox).full).as("another server is told").containsExactly(true, true);
    attach(byArrival(2));
    server.drain(outbox);
    acknowledge(2, 1);
    assertThat(outbox.bytes()).isLessThan(500);
    assertThat(server.drain(outbox).full).containsExactly(true, true, false);
  }

  @Test
  void beyondTheBoundNothingIsTaken() {
    outbox = new Outbox(new Outbox.Options(4, 1000, 2000, 1000), OutboxState.empty());
    outbox.table(schema("orders"));
    rows("x".repeat(1500));
    assertThat(outbox.isFull()).isTrue();
    // However large it is, so that a large row can pass.
    rows("x".repeat(5000));
    assertThatThrownBy(() -> rows("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("more than the bound of 2000")
        .hasMessageContaining("pause at 1000");
    assertThatThrownBy(() -> new Outbox.Options(0, 1, 1, 1)).hasMessageContaining("0 delivery");
    assertThatThrownBy(() -> new Outbox.Options(1, 2, 1, 1))
        .hasMessageContaining("1 bytes at most");
  }

  @Test
  void aLargeBatchGoesInParts() {
    outbox = new Outbox(new Outbox.Options(4, 1 << 20, 4 << 20, 100), OutboxState.empty());
    outbox.table(schema("orders"));
    String large = "x".repeat(1000);
    rows(large, "y");
    attach(byArrival(1));
    assertThat(texts(1)).containsExactly(large, "y");
    assertThat(server.largestPart).isEqualTo(100);
  }

  @Test
  void aDeliveryThatIsCutShortComesWholeToTheNextConsumer() {
    outbox = new Outbox(new Outbox.Options(4, 1 << 20, 4 << 20, 100), OutboxState.empty());
    outbox.table(schema("orders"));
    String large = "x".repeat(1000);
    rows(large, "y");
    attach(byArrival(1));
    assertThat(server.takeOne(outbox)).isTrue();
    outbox.detach(1);
    attach(byArrival(2));
    server.drain(outbox);
    assertThat(server.texts(1)).as("the server gets the rest, to be done with it").hasSize(2);
    assertThat(server.texts(2)).containsExactly(large, "y");
    outbox.connected();
    attach(byArrival(3));
    assertThat(server.takeOne(outbox)).isTrue();
    outbox.connected();
    Received next = new Received();
    attach(byArrival(3));
    assertThat(next.drain(outbox).texts(3)).as("another server").containsExactly(large, "y");
    acknowledge(3, 2);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void whatIsGivenBackInTheMiddleOfADeliveryComesAfterIt() {
    outbox = new Outbox(new Outbox.Options(4, 1 << 20, 4 << 20, 100), OutboxState.empty());
    outbox.table(schema("orders"));
    attach(byArrival(1));
    rows("1", "2");
    assertThat(texts(1)).containsExactly("1", "2");
    String large = "x".repeat(1000);
    rows(large);
    assertThat(server.takeOne(outbox)).isTrue();
    giveBack(1, 2);
    assertThat(texts(1)).containsExactly(large, "AGAIN", "2", large);
    acknowledge(1, 3);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void aServerThatIsGoneTakesItsConsumersAlong() {
    rows("1", "2");
    attach(byArrival(1));
    texts(1);
    acknowledge(1, 1);
    outbox.disconnected();
    assertThat(outbox.consumers()).isZero();
    assertThat(outbox.poll()).isNull();
    acknowledge(1, 2);
    outbox.connected();
    attach(byArrival(1));
    assertThat(texts(1)).as("numbered anew").containsExactly("2");
    acknowledge(1, 1);
    assertThat(outbox.size()).isZero();
  }

  @Test
  void aRestoredOutboxHasWhatWasNotAcknowledged() {
    rows("1", "2");
    outbox.append(List.of(row(users, B, "3"), barrier("m")));
    attach(byArrival(1));
    texts(1);
    acknowledge(1, 1);
    long bytes = outbox.bytes();
    outbox = new Outbox(OPTIONS, outbox.snapshot());
    assertThat(outbox.bytes()).isEqualTo(bytes);
    assertThat(outbox.table(schema("users"))).isEqualTo(users);
    assertThat(outbox.table(schema("more"))).isEqualTo(users + 1);
    outbox.append(List.of(row(users, B, "4")));
    attach(byArrival(2));
    assertThat(texts(2)).containsExactly("2", "3", "m", "4");
    Outbox small = new Outbox(new Outbox.Options(4, 100, 4000, 10), outbox.snapshot());
    assertThat(small.isFull()).isTrue();
  }
}
