package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.gateway.wire.ChangeStreamGrpc;
import io.tidemark.gateway.wire.ConsumeRequest;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Start;
import io.tidemark.testkit.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What clients of our own protocol rely on, rule by rule, from outside.
 *
 * <p>More than 400 lines for the number of its rules, which read as one.
 */
@Timeout(120)
class ChangeStreamConformanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private final List<TestJob> jobs = new ArrayList<>();
  private GatewayServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    start(GatewayOptions.Limits.DEFAULT);
  }

  private void start(GatewayOptions.Limits limits) throws Exception {
    stop();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        GatewayServer.start(
            new GatewayOptions(
                ListenOptions.plain(any),
                ListenOptions.plain(any),
                Optional.of(any),
                directory,
                uri -> uri.equals("unknown") ? Optional.empty() : Optional.of(Map.of()),
                GatewayOptions.DEFAULT_WAITS,
                limits));
    channel = NettyChannelBuilder.forAddress(server.gatewayAddress()).usePlaintext().build();
  }

  @AfterEach
  void stop() throws Exception {
    jobs.forEach(TestJob::close);
    jobs.clear();
    if (server != null) {
      channel.shutdownNow();
      server.close();
    }
  }

  private TestJob job() throws Exception {
    return job("shop", 1);
  }

  private TestJob job(String uri, long epoch) throws Exception {
    TestJob job = new TestJob(server.gatewayAddress(), uri, "job", epoch);
    jobs.add(job);
    return job;
  }

  private static Start.Builder shop() {
    return Start.newBuilder().setUri("shop");
  }

  private StreamClient client() {
    return StreamClient.of(channel, shop());
  }

  private static void assertEnds(StreamClient client, Status.Code code, String description)
      throws Exception {
    Status end = client.end();
    assertThat(end.getCode()).as("%s", end).isEqualTo(code);
    assertThat(end.getDescription()).contains(description);
  }

  private static void awaitLeft(TestJob job, long events) {
    Await.until(events + " events are left", PATIENCE, () -> job.outbox.size() == events);
  }

  private static void awaitConsumers(TestJob job, int count) {
    Await.until(count + " consumers", PATIENCE, () -> job.outbox.consumers() == count);
  }

  // 1. The start.

  @Test
  void anythingButAStartFirstIsAnErrorAndAStartLater() throws Exception {
    StreamClient client = StreamClient.of(ChangeStreamGrpc.newStub(channel));
    client.acknowledge(1);
    assertEnds(client, Status.Code.INVALID_ARGUMENT, "the first request should be a start");
    StreamClient empty = StreamClient.of(ChangeStreamGrpc.newStub(channel));
    empty.send(ConsumeRequest.getDefaultInstance());
    assertEnds(empty, Status.Code.INVALID_ARGUMENT, "the first request should be a start");
    StreamClient twice = client();
    twice.send(ConsumeRequest.newBuilder().setStart(shop()).build());
    assertEnds(twice, Status.Code.INVALID_ARGUMENT, "a request after the first");
  }

  @Test
  void anUnknownUriIsNotFound() throws Exception {
    assertEnds(
        StreamClient.of(channel, Start.newBuilder().setUri("unknown")),
        Status.Code.NOT_FOUND,
        "requested uri not found: 'unknown'");
  }

  @Test
  void tablesAreFoundInSchemaAndName() throws Exception {
    TestJob job = job();
    StreamClient client = StreamClient.of(channel, shop().setTables("^public\\.(orders|items)$"));
    job.insert("orders:1=a", "users:1=b", "items:1=c");
    assertThat(client.take(6))
        .containsExactly(
            "BEGIN", "TABLE orders", "INSERT 1=a", "TABLE items", "INSERT 1=c", "COMMIT");
    client.acknowledge(4);
    awaitLeft(job, 0);
    assertEnds(
        StreamClient.of(channel, shop().setTables("(")), Status.Code.INVALID_ARGUMENT, "tables: ");
  }

  // 2. What is sent.

  @Test
  void batchesHaveAllKindsOfEventsInOrderAndATableOnce() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    job.insert("orders:1=a", "orders:2=b");
    job.truncate("orders");
    job.dumped(7, "orders:3=c");
    job.dumped(7, "orders:4=d");
    job.move("orders:5=e", 1);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      events.add(client.next());
    }
    assertThat(events)
        .extracting(StreamClient::text)
        .containsExactly(
            "BEGIN",
            "TABLE orders",
            "INSERT 1=a",
            "INSERT 2=b",
            "COMMIT",
            "TRUNCATE",
            "READ 3=c",
            "UPDATE 5=e");
    assertThat(events.get(1).getTable().getSchema()).isEqualTo("public");
    assertThat(events.get(2).getRow().getTable()).isEqualTo(events.get(1).getTable().getId());
    assertThat(events.get(2).getRow().hasDump()).isFalse();
    assertThat(events.get(6).getRow().getDump().getId()).isEqualTo(7);
    assertThat(events.get(7).getRow().getOldRow().isEmpty()).isFalse();
    client.acknowledge(7);
    awaitLeft(job, 1);
  }

  // 3. Answers.

  @Test
  void anAcknowledgementIsForAllBefore() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    job.insert("orders:1=a", "orders:2=b", "orders:3=c");
    client.take(6);
    client.acknowledge(2);
    awaitLeft(job, 3);
    client.acknowledge(1);
    client.acknowledge(5);
    awaitLeft(job, 0);
  }

  @Test
  void aLowerNumberTakesNoAcknowledgementBack() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    for (int round = 1; round <= 20; round++) {
      job.insert("orders:1=a");
      assertThat(client.take(round == 1 ? 4 : 3)).endsWith("COMMIT");
      client.acknowledge(3L * round);
      client.acknowledge(3L * round - 1);
      awaitLeft(job, 0);
    }
  }

  @Test
  void whatIsGivenBackComesAgainWithItsNumbers() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    job.insert("orders:1=a", "orders:2=b");
    assertThat(client.take(5)).endsWith("INSERT 2=b", "COMMIT");
    client.acknowledge(1);
    client.giveBack(3);
    assertThat(client.take(3)).containsExactly("AGAIN 3", "INSERT 2=b", "COMMIT");
    client.acknowledge(2);
    awaitLeft(job, 2);
    client.giveBack(3);
    assertThat(client.take(3)).containsExactly("AGAIN 3", "INSERT 2=b", "COMMIT");
    client.acknowledge(4);
    awaitLeft(job, 0);
  }

  @Test
  void answersForWhatWasNeverSentAreRefused() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    job.insert("orders:1=a");
    client.take(4);
    client.acknowledge(4);
    assertEnds(client, Status.Code.INVALID_ARGUMENT, "event 4 is acknowledged, and 3 were sent");
    StreamClient other = client();
    other.take(4);
    other.giveBack(0);
    assertEnds(other, Status.Code.INVALID_ARGUMENT, "events are counted from 1");
    StreamClient third = client();
    third.take(4);
    third.giveBack(4);
    assertEnds(third, Status.Code.INVALID_ARGUMENT, "event 4 is given back");
    assertThat(job.outbox.size()).isEqualTo(3);
  }

  @Test
  void whatIsNotAcknowledgedComesInTheNextStream() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    job.insert("orders:1=a", "orders:2=b");
    client.take(5);
    client.acknowledge(2);
    awaitLeft(job, 2);
    client.cancel();
    assertThat(client().take(3)).containsExactly("TABLE orders", "INSERT 2=b", "COMMIT");
  }

  @Test
  void halfACloseEndsTheCallWithAllThatWasAcknowledged() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    job.insert("orders:1=a");
    client.take(4);
    client.acknowledge(3);
    client.complete();
    assertThat(client.end().isOk()).isTrue();
    awaitLeft(job, 0);
    awaitConsumers(job, 0);
  }

  // 4. Events that are large.

  @Test
  void anEventThatTheClientDoesNotTakeEndsItsStream() throws Exception {
    TestJob job = job();
    StreamClient client = StreamClient.of(channel, shop().setMaxBatchBytes(1000));
    job.insert("orders:1=" + "x".repeat(2000));
    assertThat(client.take(1)).containsExactly("BEGIN");
    assertEnds(client, Status.Code.OUT_OF_RANGE, "an event of public.orders takes");
    assertThat(job.outbox.size()).isEqualTo(3);
    StreamClient usual = client();
    assertThat(usual.take(4)).endsWith("COMMIT");
    job.insert("orders:1=" + "x".repeat(5 << 20));
    assertEnds(usual, Status.Code.OUT_OF_RANGE, "the consumer takes 4194304");
  }

  @Test
  void orIsSkippedIfTheServerIsToldSo() throws Exception {
    start(new GatewayOptions.Limits(10, 4 << 20, true));
    TestJob job = job();
    StreamClient client = StreamClient.of(channel, shop().setMaxBatchBytes(1000));
    job.insert("orders:1=" + "x".repeat(2000), "orders:2=b");
    assertThat(client.take(5))
        .containsExactly("BEGIN", "TABLE orders", "SKIPPED", "INSERT 2=b", "COMMIT");
    client.acknowledge(4);
    awaitLeft(job, 0);
  }

  // 5. Publishers that come and go.

  @Test
  void aStreamEndsWithItsPublisherAndTheNextOneStartsAnew() throws Exception {
    TestJob job = job();
    StreamClient client = client();
    job.insert("orders:1=a");
    client.take(4);
    job.close();
    assertEnds(client, Status.Code.UNAVAILABLE, "restarting");
    StreamClient next = client();
    TestJob restarted = job("shop", 2);
    restarted.insert("orders:2=b");
    assertThat(next.take(4)).containsExactly("BEGIN", "TABLE orders", "INSERT 2=b", "COMMIT");
    TestJob later = job("shop", 3);
    assertEnds(next, Status.Code.UNAVAILABLE, "restarting");
    later.insert("orders:3=c");
    assertThat(client().take(4)).contains("INSERT 3=c");
  }

  // 6. Several consumers.

  @Test
  void aKeyStaysInOrderWhileConsumersComeAndGo() throws Exception {
    TestJob job = job();
    List<StreamClient> clients = new ArrayList<>(List.of(client(), client()));
    Map<StreamClient, Long> numbers = new HashMap<>();
    awaitConsumers(job, 2);
    Map<Integer, Integer> newest = new HashMap<>();
    int[] taken = new int[2];
    int version = 0;
    for (int round = 0; round < 10; round++) {
      if (round == 3) {
        clients.remove(0).cancel();
        awaitConsumers(job, 1);
      } else if (round == 6) {
        clients.add(client());
        awaitConsumers(job, 2);
      }
      int first = version;
      for (int i = 0; i < 50; i++) {
        job.insert("orders:" + i % 10 + "=" + ++version);
      }
      Await.until(
          "round " + round,
          PATIENCE,
          () -> {
            for (StreamClient client : clients) {
              for (Event event = client.events.poll();
                  event != null;
                  event = client.events.poll()) {
                if (event.hasRow()) {
                  String[] row = StreamClient.row(event).split("=", 2);
                  int now = Integer.parseInt(row[1]);
                  Integer before = newest.put(Integer.parseInt(row[0]), now);
                  assertThat(before == null || before < now)
                      .as("%s after %s", now, before)
                      .isTrue();
                  taken[clients.indexOf(client) % 2]++;
                }
                if (event.getSequence() != 0) {
                  client.acknowledge(numbers.merge(client, 1L, Long::sum));
                }
              }
            }
            return job.outbox.size() == 0;
          },
          () -> job.outbox.size() + " left");
      assertThat(newest.values().stream().mapToInt(each -> each).max().orElse(0))
          .isEqualTo(first + 50);
    }
    assertThat(taken).as("both had some").doesNotContain(0);
  }

  @Test
  void aChangeOfTheKeyBetweenBucketsWaitsForBoth() throws Exception {
    TestJob job = job();
    List<StreamClient> clients = List.of(client(), client());
    awaitConsumers(job, 2);
    // Hashes of 1 and 2 are in different halves.
    job.insert("orders:1=a");
    job.insert("orders:2=b");
    Map<String, StreamClient> holders = new HashMap<>();
    Await.until(
        "both have one",
        PATIENCE,
        () -> {
          for (StreamClient client : clients) {
            for (Event event = client.events.poll(); event != null; event = client.events.poll()) {
              if (event.hasRow()) {
                holders.put(StreamClient.text(event), client);
              }
            }
          }
          return holders.size() == 2;
        });
    assertThat(holders.get("INSERT 1=a")).isNotSameAs(holders.get("INSERT 2=b"));
    job.move("orders:2=moved", 1);
    job.insert("orders:1=after");
    holders.get("INSERT 1=a").acknowledge(1);
    assertThat(clients)
        .as("the other row is not acknowledged")
        .allMatch(client -> poll(client, 200) == null);
    holders.get("INSERT 2=b").acknowledge(1);
    StreamClient to = holders.get("INSERT 2=b");
    assertThat(StreamClient.text(to.next())).isEqualTo("UPDATE 2=moved");
    assertThat(clients).as("all that is newer waits").allMatch(client -> poll(client, 200) == null);
    to.acknowledge(2);
    assertThat(StreamClient.text(holders.get("INSERT 1=a").next())).isEqualTo("INSERT 1=after");
  }

  private static Event poll(StreamClient client, long millis) {
    try {
      return client.events.poll(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  // 7. A consumer that does not read.

  private long metric(String name) throws Exception {
    InetSocketAddress address = server.metricsAddress().orElseThrow();
    String text =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://%s:%d/metrics"
                                .formatted(address.getHostString(), address.getPort())))
                    .build(),
                BodyHandlers.ofString())
            .body();
    Matcher matcher =
        Pattern.compile("^tidemark_gateway_" + name + " (\\d+)$", Pattern.MULTILINE).matcher(text);
    assertThat(matcher.find()).as("%s in %s", name, text).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  @Test
  void aConsumerThatDoesNotReadFillsNoMemoryAndHoldsUpNobody() throws Exception {
    RawPublisher publisher = new RawPublisher(channel, "stalled", 50_000);
    ManagedChannel own =
        NettyChannelBuilder.forAddress(server.gatewayAddress()).usePlaintext().build();
    try {
      StreamClient stalled = StreamClient.stalled(own, Start.newBuilder().setUri("stalled"));
      Await.until("the window is used", PATIENCE, () -> publisher.sent.get() >= 1 << 20);
      TestJob job = job();
      StreamClient other = client();
      for (int i = 1; i <= 200; i++) {
        job.insert("orders:" + i + "=" + "x".repeat(50_000));
        assertThat(other.take(i == 1 ? 4 : 3)).endsWith("COMMIT");
        other.acknowledge(3L * i);
      }
      awaitLeft(job, 0);
      long passedOn = metric("message_bytes_total") - 200 * 50_000L;
      assertThat(publisher.sent.get() - passedOn)
          .as("what waits in the server")
          .isLessThanOrEqualTo((1 << 20) + 100_000L);
      assertThat(passedOn).as("what the connection took").isLessThan(3 << 20);
      assertThat(stalled.events).isEmpty();
      stalled.request(200);
      Await.until("it goes on", PATIENCE, () -> stalled.events.size() == 200);
    } finally {
      own.shutdownNow();
    }
  }
}
