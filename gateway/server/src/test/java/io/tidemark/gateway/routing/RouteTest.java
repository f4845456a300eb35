package io.tidemark.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.transport.ManualTimer;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RouteTest {
  private static final Duration RESERVED = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final ManualTimer timer = new ManualTimer();
  private final Route route = new Route("orders", new Route.Options(RESERVED, PATIENCE), timer);

  private static long runs = 1000;

  /** Keeps what it is told. */
  private static final class Sink implements Publisher {
    final Identity identity;
    final List<String> told = new ArrayList<>();

    Sink(String job, long epoch) {
      this(job, epoch, ++runs);
    }

    Sink(String job, long epoch, long run) {
      identity = new Identity(job, epoch, run);
    }

    @Override
    public long maxMessageBytes() {
      return 0;
    }

    @Override
    public Identity identity() {
      return identity;
    }

    @Override
    public void attach(long flow, Subscriber subscriber) {
      told.add("attach " + flow);
    }

    @Override
    public void detach(long flow) {
      told.add("detach " + flow);
    }

    @Override
    public void window(long flow, long bytes) {
      told.add("window " + flow + " " + bytes);
    }

    @Override
    public void answer(long flow, Consumer<Answers.Builder> answer) {
      told.add("answer " + flow);
    }

    @Override
    public void rangeClosed(long request) {
      told.add("closed " + request);
    }

    @Override
    public void fence(String reason) {
      told.add("fence: " + reason);
    }
  }

  /** Keeps why it was ended. */
  private static final class Client implements Subscriber {
    final List<String> ended = new ArrayList<>();
    int abandoned;

    @Override
    public Attach wants(long flow) {
      return Attach.newBuilder().setFlow(flow).build();
    }

    @Override
    public void published(Publisher publisher, long flow) {}

    @Override
    public void deliver(Publisher from, ByteString batch) {}

    @Override
    public void abandoned() {
      abandoned++;
    }

    @Override
    public void refused(Refusal refusal) {
      ended.add(refusal.getReason());
    }

    @Override
    public void unavailable(String reason) {
      ended.add(reason);
    }
  }

  private Sink published(String job, long epoch) throws PublishRefusedException {
    Sink sink = new Sink(job, epoch);
    route.publish(sink);
    return sink;
  }

  @Test
  void anAttemptMayConnectAgainAndItsConsumersHearOfIt() throws Exception {
    Client client = new Client();
    route.subscribe(client);
    Sink first = new Sink("a", 1, 7);
    route.publish(first);
    Sink again = new Sink("a", 1, 7);
    route.publish(again);
    assertThat(first.told).last().asString().startsWith("fence: ");
    assertThat(again.told).containsExactly("attach 1");
    assertThat(client.abandoned).isEqualTo(1);
    route.withdraw(again, false);
    assertThat(client.abandoned).isEqualTo(2);
    route.publish(first);
    assertThat(first.told).endsWith("attach 1");
  }

  @Test
  void consumersAndPublisherMayComeInAnyOrder() throws Exception {
    route.subscribe(new Client());
    Sink sink = published("a", 1);
    long second = route.subscribe(new Client());
    assertThat(sink.told).containsExactly("attach 1", "attach 2");
    route.unsubscribe(second);
    route.unsubscribe(second);
    assertThat(sink.told).endsWith("attach 2", "detach 2");
  }

  @Test
  void aLaterAttemptOfAJobTakesTheFormersPlace() throws Exception {
    Sink former = published("a", 1);
    route.subscribe(new Client());
    Sink later = published("a", 2);
    assertThat(former.told).endsWith("fence: attempt 2 of job a publishes 'orders' now");
    assertThat(later.told).containsExactly("attach 1");
    route.withdraw(former, true);
    route.subscribe(new Client());
    assertThat(later.told).as("the former's end is none of its").endsWith("attach 2");
  }

  @Test
  void anEarlierAttemptIsRefusedAlsoWhenNobodyIsConnected() throws Exception {
    Sink newest = published("a", 3);
    for (long epoch = 2; epoch <= 3; epoch++) {
      Sink zombie = new Sink("a", epoch);
      assertThatThrownBy(() -> route.publish(zombie))
          .isInstanceOf(PublishRefusedException.class)
          .hasMessageContaining("attempt 3 of job a has published 'orders'");
    }
    route.withdraw(newest, false);
    assertThatThrownBy(() -> published("a", 2)).isInstanceOf(PublishRefusedException.class);
    published("a", 4);
  }

  @Test
  void anAttemptOnAMachineWhoseClockIsBehindWaitsNoLongerThanAnotherJob() throws Exception {
    Sink first = new Sink("a", 1_000, 11);
    route.publish(first);
    timer.pass(RESERVED.multipliedBy(2));
    Sink behind = new Sink("a", 400, 12);
    assertThatThrownBy(() -> route.publish(behind)).isInstanceOf(PublishRefusedException.class);
    route.withdraw(first, false);
    timer.pass(RESERVED.minusNanos(1));
    assertThatThrownBy(() -> route.publish(behind)).isInstanceOf(PublishRefusedException.class);
    timer.pass(Duration.ofNanos(1));
    route.publish(behind);
    assertThat(route.publisher()).isSameAs(behind);
    assertThat(behind.told).isEmpty();
  }

  @Test
  void anotherJobIsRefusedWhileTheUriIsInUseOrReserved() throws Exception {
    Sink sink = published("a", 1);
    timer.pass(RESERVED.multipliedBy(2));
    assertThatThrownBy(() -> published("b", 9))
        .isInstanceOf(PublishRefusedException.class)
        .hasMessageContaining("'orders' is published by job a, not by job b");
    assertThat(sink.told).as("of the attempt").isEmpty();
    route.withdraw(sink, false);
    timer.pass(RESERVED.minusNanos(1));
    assertThatThrownBy(() -> published("b", 9)).isInstanceOf(PublishRefusedException.class);
    timer.pass(Duration.ofNanos(1));
    published("b", 9);
  }

  @Test
  void aJobThatSaidGoodbyeIsNotWaitedFor() throws Exception {
    route.withdraw(published("a", 1), true);
    published("b", 1);
  }

  @Test
  void consumersWaitForAPublisherButNotForEver() throws Exception {
    Client early = new Client();
    Client late = new Client();
    route.subscribe(early);
    timer.pass(Duration.ofSeconds(100));
    route.subscribe(late);
    timer.pass(Duration.ofSeconds(199));
    assertThat(early.ended).isEmpty();
    timer.pass(Duration.ofSeconds(1));
    assertThat(early.ended).containsExactly("no job has published 'orders' for 300 s");
    timer.pass(Duration.ofSeconds(99));
    assertThat(late.ended).isEmpty();
    Sink sink = published("a", 1);
    timer.pass(PATIENCE);
    assertThat(late.ended).as("it has a publisher").isEmpty();
    assertThat(sink.told).containsExactly("attach 2");
    route.withdraw(sink, false);
    timer.pass(Duration.ofSeconds(200));
    Sink again = published("a", 2);
    route.withdraw(again, false);
    timer.pass(Duration.ofSeconds(299));
    assertThat(late.ended).as("the wait began anew").isEmpty();
    timer.pass(Duration.ofSeconds(1));
    assertThat(late.ended).hasSize(1);
  }
}
