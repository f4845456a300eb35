package io.tidemark.gateway.outbox;

import static io.tidemark.gateway.outbox.Events.barrier;
import static io.tidemark.gateway.outbox.Events.boundary;
import static io.tidemark.gateway.outbox.Events.byArrival;
import static io.tidemark.gateway.outbox.Events.dumped;
import static io.tidemark.gateway.outbox.Events.moved;
import static io.tidemark.gateway.outbox.Events.oneByOne;
import static io.tidemark.gateway.outbox.Events.row;
import static io.tidemark.gateway.outbox.Events.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.RangeAnswer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows of dumps on demand in an outbox. */
class OutboxDumpsTest {
  private static final int A = 1;
  private static final int B = 2;
  private static final int C = 3;
  private static final long RANGE = 0x11_0000_0007L;
  private static final long OTHER = 0x12_0000_0008L;
  private static final Outbox.Options OPTIONS = new Outbox.Options(4, 1 << 20, 4 << 20, 1 << 20);

  private Outbox outbox = new Outbox(OPTIONS, OutboxState.empty());
  private final int orders = outbox.table(schema("orders"));
  private final Received server = new Received();

  @BeforeEach
  void consume() {
    outbox.attach(byArrival(1));
    outbox.window(1, 1 << 20);
  }

  private void dump(long request, int key, String text) {
    outbox.append(List.of(dumped(orders, key, request, text)));
  }

  private void acknowledge(long number) {
    outbox.answers(Answers.newBuilder().setFlow(1).setArrived(number).build());
  }

  private List<String> texts() {
    return server.drain(outbox).texts(1);
  }

  private List<RangeAnswer> ranges() {
    return List.copyOf(server.drain(outbox).ranges);
  }

  private static RangeAnswer done(long request) {
    return RangeAnswer.newBuilder().setRequest(request).build();
  }

  private static RangeAnswer again(long request, String reason) {
    return RangeAnswer.newBuilder().setRequest(request).setRequeueReason(reason).build();
  }

  @Test
  void theLastRowWaitsUntilTheRangeIsReadAndIsMarked() {
    dump(RANGE, A, "a");
    assertThat(texts()).isEmpty();
    dump(RANGE, B, "b");
    dump(OTHER, C, "c");
    assertThat(texts()).containsExactly("a");
    outbox.rangeEnds(RANGE, 1);
    List<Event> last = server.drain(outbox).news(1);
    assertThat(last).extracting(Events::text).containsExactly("b");
    assertThat(last.get(0).getRow().getDump().getId()).isEqualTo(7);
    assertThat(last.get(0).getRow().getDump().getLast()).isTrue();
    assertThat(server.batches.get(1L).get(0).getEvents(1).getRow().getDump().getLast()).isFalse();
    acknowledge(2);
    assertThat(ranges()).containsExactly(done(RANGE));
    outbox.rangeClosed(RANGE);
    outbox.rangeClosed(OTHER);
    assertThat(texts()).as("of what nobody asks for").containsExactly("c");
    acknowledge(3);
    assertThat(outbox.size()).isZero();
    assertThat(outbox.bytes()).isZero();
    assertThat(outbox.snapshot().ranges()).isEmpty();
  }

  @Test
  void aHeldRowComesBeforeANewerChangeOfItsKey() {
    dump(RANGE, A, "read a");
    dump(OTHER, B, "read b");
    outbox.append(List.of(boundary(3), row(orders, C, "c")));
    assertThat(texts()).containsExactly("begin 3", "c");
    outbox.append(List.of(row(orders, A, "a")));
    assertThat(texts()).containsExactly("read a", "a");
    outbox.append(List.of(moved(orders, C, B, "c from b")));
    assertThat(texts()).containsExactly("read b", "c from b");
    outbox.rangeEnds(RANGE, 1);
    acknowledge(2);
    assertThat(ranges()).isEmpty();
    acknowledge(3);
    assertThat(ranges()).as("it ends without a row that is marked").containsExactly(done(RANGE));
  }

  @Test
  void heldRowsComeBeforeABarrier() {
    dump(RANGE, A, "read a");
    dump(OTHER, B, "read b");
    outbox.append(List.of(barrier("truncate")));
    assertThat(texts()).containsExactly("read a", "read b", "truncate");
  }

  @Test
  void anEmptyRangeIsDoneAtOnceAndAReadOneOnlyWhenAllIsAcknowledged() {
    outbox.rangeEnds(OTHER, 1);
    assertThat(ranges()).containsExactly(done(OTHER));
    dump(RANGE, A, "a");
    dump(RANGE, B, "b");
    outbox.rangeEnds(RANGE, 1);
    assertThat(texts()).hasSize(2);
    acknowledge(1);
    assertThat(ranges()).hasSize(1);
    outbox.answers(Answers.newBuilder().setFlow(1).setAgainFrom(2).build());
    assertThat(texts()).containsExactly("AGAIN", "b");
    assertThat(ranges()).hasSize(1);
    acknowledge(2);
    assertThat(ranges()).containsExactly(done(OTHER), done(RANGE));
  }

  @Test
  void anotherServerHearsOfWhatIsDone() {
    dump(RANGE, A, "a");
    outbox.rangeEnds(RANGE, 1);
    dump(OTHER, B, "b");
    outbox.rangeEnds(OTHER, 1);
    assertThat(texts()).hasSize(2);
    acknowledge(1);
    outbox.disconnected();
    outbox.connected();
    assertThat(ranges()).as("of which the former one was not told").containsExactly(done(RANGE));
    outbox.connected();
    assertThat(ranges())
        .as("of which the former one was told")
        .hasSize(2)
        .containsOnly(done(RANGE));
    outbox.rangeClosed(RANGE);
    outbox.connected();
    assertThat(ranges()).as("of which nothing is wanted").hasSize(2);
    outbox = new Outbox(OPTIONS, outbox.snapshot());
    consume();
    assertThat(texts()).hasSize(1);
    acknowledge(1);
    outbox = new Outbox(OPTIONS, outbox.snapshot());
    outbox.connected();
    assertThat(ranges()).as("also of a former job").hasSize(3).endsWith(done(OTHER));
  }

  @Test
  void aRangeIsReadWhenEachLaneHasToldItsEnd() {
    dump(RANGE, A, "a");
    outbox.rangeEnds(RANGE, 3);
    outbox.rangeEnds(OTHER, 3);
    dump(RANGE, B, "b");
    outbox.rangeEnds(RANGE, 3);
    outbox.rangeEnds(OTHER, 3);
    assertThat(texts()).containsExactly("a");
    assertThat(ranges()).isEmpty();
    outbox.rangeEnds(OTHER, 3);
    assertThat(ranges()).containsExactly(done(OTHER));
    outbox.rangeEnds(RANGE, 3);
    assertThat(texts()).containsExactly("b");
    acknowledge(2);
    assertThat(ranges()).containsExactly(done(OTHER), done(RANGE));
  }

  @Test
  void anEndThatComesOnceMoreIsAskedAboutOrIgnored() {
    outbox.rangeEnds(RANGE, 1);
    server.drain(outbox);
    assertThat(server.held).as("it may have been closed already").containsExactly(RANGE);
    assertThat(ranges()).containsExactly(done(RANGE));
    outbox.rangeEnds(RANGE, 1);
    assertThat(ranges()).as("it is done already").hasSize(1);
    outbox.rangeClosed(RANGE);
    outbox.rangeEnds(RANGE, 1);
    assertThat(ranges()).as("nobody asks for it").hasSize(1);
    assertThat(server.held).hasSize(1);
    assertThat(outbox.snapshot().ranges()).isEmpty();
  }

  @Test
  void aRowThatIsGivenBackHasTheRangeReadAgainOnce() {
    outbox.detach(1);
    outbox.attach(oneByOne(2));
    outbox.window(2, 1 << 20);
    dump(RANGE, A, "a");
    dump(RANGE, B, "b");
    outbox.rangeEnds(RANGE, 1);
    assertThat(server.drain(outbox).texts(2)).containsExactly("a", "b");
    Answers.Builder answers = Answers.newBuilder().setFlow(2);
    answers.addDumpedBuilder().setId(7).setRequeueReason("no");
    outbox.answers(answers.build());
    outbox.answers(answers.build());
    assertThat(ranges()).containsExactly(again(RANGE, "no"));
    assertThat(outbox.size()).as("both rows are done with").isZero();
    outbox.connected();
    assertThat(ranges()).as("to another server").hasSize(2).endsWith(again(RANGE, "no"));
  }

  @Test
  void acknowledgementsOfADumpsRowsCountForTheOldest() {
    outbox.detach(1);
    outbox.attach(oneByOne(2));
    outbox.window(2, 1 << 20);
    for (int key = 1; key <= 3; key++) {
      dump(RANGE, key, "row " + key);
    }
    outbox.rangeEnds(RANGE, 1);
    assertThat(server.drain(outbox).texts(2)).hasSize(3);
    Answers.Builder answers = Answers.newBuilder().setFlow(2);
    answers.addDumpedBuilder().setId(7).setAcknowledged(2);
    answers.addDumpedBuilder().setId(99).setAcknowledged(2);
    outbox.answers(answers.build());
    assertThat(outbox.size()).isEqualTo(1);
    assertThat(ranges()).isEmpty();
    outbox.answers(answers.build());
    assertThat(outbox.size()).isZero();
    assertThat(ranges()).containsExactly(done(RANGE));
  }

  @Test
  void rowsOfAClosedRangeThatStillComeAreNotHeldBack() {
    dump(RANGE, A, "a");
    outbox.rangeClosed(RANGE);
    dump(RANGE, B, "b");
    assertThat(texts()).containsExactly("a", "b");
    acknowledge(2);
    assertThat(outbox.size()).isZero();
    assertThat(outbox.snapshot().ranges()).isEmpty();
  }

  @Test
  void aRestoredOutboxKnowsItsRangesAndNoClosedOnes() {
    dump(RANGE, A, "a");
    dump(RANGE, B, "b");
    dump(OTHER, C, "c");
    outbox.rangeClosed(OTHER);
    assertThat(texts()).containsExactly("a", "c");
    long bytes = outbox.bytes();
    outbox = new Outbox(OPTIONS, outbox.snapshot());
    assertThat(outbox.bytes()).isEqualTo(bytes);
    assertThat(outbox.size()).isEqualTo(3);
    assertThat(outbox.snapshot().ranges()).containsExactly(new OutboxState.Range(RANGE, false, ""));
    consume();
    outbox.rangeEnds(RANGE, 1);
    assertThat(texts()).containsExactly("a", "c", "b");
    outbox = new Outbox(OPTIONS, outbox.snapshot());
    assertThat(outbox.snapshot().ranges()).containsExactly(new OutboxState.Range(RANGE, true, ""));
    consume();
    server.batches.clear();
    server.drain(outbox);
    acknowledge(2);
    assertThat(ranges()).isEmpty();
    acknowledge(3);
    assertThat(ranges()).containsExactly(done(RANGE));
  }
}
