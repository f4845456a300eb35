package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Value;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.routing.Route;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.gateway.wire.RangeWanted;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.gateway.wire.pgcapture.CaptureRequest;
import io.tidemark.gateway.wire.pgcapture.Change;
import io.tidemark.gateway.wire.pgcapture.Checkpoint;
import io.tidemark.gateway.wire.pgcapture.DBLogControllerGrpc;
import io.tidemark.gateway.wire.pgcapture.Field;
import io.tidemark.gateway.wire.pgcapture.ScheduleRequest;
import io.tidemark.testkit.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What pgcapture's clients rely on, rule by rule, from outside.
 *
 * <p>More than 400 lines for the number of its rules, which read as one.
 */
@Timeout(60)
class CaptureConformanceTest {
  private static final String URI = "shop";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private final List<TestJob> jobs = new ArrayList<>();
  private GatewayServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    start(GatewayOptions.DEFAULT_WAITS, GatewayOptions.Limits.DEFAULT);
  }

  private void start(Route.Options waits, GatewayOptions.Limits limits) throws Exception {
    stop();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        GatewayServer.start(
            new GatewayOptions(
                ListenOptions.plain(any),
                ListenOptions.plain(any),
                Optional.empty(),
                directory,
                uri -> uri.equals("unknown") ? Optional.empty() : Optional.of(Map.of()),
                waits,
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
    return job("job", 1);
  }

  private TestJob job(String name, long epoch) throws Exception {
    TestJob job = new TestJob(server.gatewayAddress(), URI, name, epoch);
    jobs.add(job);
    return job;
  }

  private CaptureClient client() {
    return CaptureClient.of(channel, URI);
  }

  private CaptureClient client(String parameter, Value value) {
    return CaptureClient.of(channel, URI, Map.of(parameter, value));
  }

  private static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }

  private static Value number(double value) {
    return Value.newBuilder().setNumberValue(value).build();
  }

  private static void assertEnds(CaptureClient client, Status.Code code, String description)
      throws Exception {
    Status end = client.end();
    assertThat(end.getCode()).as("%s", end).isEqualTo(code);
    assertThat(end.getDescription()).contains(description);
  }

  private static void awaitAcknowledged(TestJob job) {
    Await.until("all is acknowledged", PATIENCE, () -> job.outbox.size() == 0);
  }

  // 1. The init.

  @Test
  void anythingButAnInitFirstIsAnError() throws Exception {
    CaptureClient client = new CaptureClient(channel);
    client.acknowledge(Checkpoint.newBuilder().setLsn(1).build());
    assertEnds(
        client, Status.Code.INVALID_ARGUMENT, "the first request should be a CaptureInit message");
    CaptureClient empty = new CaptureClient(channel);
    empty.send(CaptureRequest.getDefaultInstance());
    assertEnds(
        empty, Status.Code.INVALID_ARGUMENT, "the first request should be a CaptureInit message");
  }

  @Test
  void anUnknownUriIsNotFound() throws Exception {
    assertEnds(
        CaptureClient.of(channel, "unknown"), Status.Code.NOT_FOUND, "requested uri not found");
  }

  @Test
  void theTableRegexIsUnanchoredAndOfTheNameAlone() throws Exception {
    TestJob job = job();
    CaptureClient client = client("TableRegex", text("der"));
    job.insert("orders:1=a", "users:1=b", "ciders:1=c");
    assertThat(client.take()).isEqualTo("orders:1=a");
    assertThat(client.take()).isEqualTo("ciders:1=c");
    awaitAcknowledged(job);
    client.complete();
    assertThat(client.end().isOk()).isTrue();
    CaptureClient bySchema = client("TableRegex", text("public"));
    job.insert("orders:2=a");
    awaitAcknowledged(job);
    assertThat(bySchema.messages).as("the schema is no part of it").isEmpty();
  }

  @Test
  void anEmptyOrAbsentRegexMeansAllTables() throws Exception {
    TestJob job = job();
    CaptureClient client = client("TableRegex", text(""));
    job.insert("orders:1=a", "users:1=b");
    assertThat(List.of(client.take(), client.take())).containsExactly("orders:1=a", "users:1=b");
  }

  @Test
  void aParameterThatCannotBeIsRefused() throws Exception {
    assertEnds(client("TableRegex", text("(")), Status.Code.INVALID_ARGUMENT, "TableRegex");
    assertEnds(client("TableRegex", number(1)), Status.Code.INVALID_ARGUMENT, "must be a string");
    assertEnds(client("MaxMessageBytes", text("1")), Status.Code.INVALID_ARGUMENT, "a number");
  }

  // 2. What is sent.

  @Test
  void thereIsNoReplyToAnInit() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    Await.until("the consumer is known", PATIENCE, () -> job.outbox.consumers() == 1);
    assertThat(client.messages).isEmpty();
    job.insert("orders:1=a");
    assertThat(client.take()).isEqualTo("orders:1=a");
  }

  @Test
  void beginsCommitsAndFilteredChangesAreNotSentAndCountAsAcknowledged() throws Exception {
    TestJob job = job();
    CaptureClient client = client("TableRegex", text("orders"));
    job.insert("users:1=a");
    job.truncate("orders");
    job.insert("orders:1=b");
    assertThat(client.take()).isEqualTo("orders:1=b");
    awaitAcknowledged(job);
    assertThat(client.messages).isEmpty();
  }

  @Test
  void aNullIsAFieldWithoutAValue() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=");
    Field name = client.next().getChange().getNew(1);
    assertThat(name.getName()).isEqualTo("name");
    assertThat(name.getOid()).isEqualTo(25);
    assertThat(name.getValueCase()).isEqualTo(Field.ValueCase.VALUE_NOT_SET);
  }

  @Test
  void aStatementIsARowOfTheTableOfStatements() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.comes("orders");
    job.insert("orders:1=a");
    job.ddl("ALTER TABLE orders ADD note text", "ALTER TABLE");
    job.insert("orders:1=b");
    assertThat(client.take()).isEqualTo("orders:1=a");
    CaptureMessage statement = client.next();
    assertThat(statement.getChange())
        .isEqualTo(GoldenMessagesConformanceTest.message("DDL statement").getChange());
    assertThat(statement.getCheckpoint().getLsn()).isEqualTo(1200);
    assertThat(statement.getCheckpoint().getSeq()).isEqualTo(1);
    client.acknowledge(statement);
    assertThat(client.take()).isEqualTo("orders:1=b");
    awaitAcknowledged(job);
  }

  @Test
  void statementsAreFilteredByThatTablesName() throws Exception {
    TestJob job = job();
    CaptureClient client = client("TableRegex", text("^orders$"));
    job.ddl("ALTER TABLE orders ADD note text", "ALTER TABLE");
    job.insert("orders:1=a");
    assertThat(client.take()).isEqualTo("orders:1=a");
    awaitAcknowledged(job);
    client.complete();
    assertThat(client.end().isOk()).isTrue();
    CaptureClient statements = client("TableRegex", text("ddl_logs"));
    job.insert("orders:2=b");
    job.ddl("DROP TABLE orders", "DROP TABLE");
    CaptureMessage statement = statements.next();
    assertThat(statement.getChange().getNew(1).getBinary().toStringUtf8())
        .isEqualTo("DROP TABLE orders");
    statements.acknowledge(statement);
    awaitAcknowledged(job);
  }

  // 3. Acknowledgements.

  @Test
  void theCheckpointHasTheCommitLsnAndTheOrdinal() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a", "orders:2=b");
    job.insert("orders:3=c");
    List<Checkpoint> checkpoints = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      checkpoints.add(client.next().getCheckpoint());
    }
    assertThat(checkpoints).extracting(Checkpoint::getLsn).containsExactly(1100L, 1100L, 1200L);
    assertThat(checkpoints).extracting(Checkpoint::getSeq).containsExactly(1, 2, 1);
    checkpoints.forEach(client::acknowledge);
    awaitAcknowledged(job);
  }

  @Test
  void whatIsGivenBackIsDeliveredAgain() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a");
    CaptureMessage first = client.next();
    client.requeue(first, "the database is away");
    assertThat(client.next()).isEqualTo(first);
    client.acknowledge(first);
    awaitAcknowledged(job);
  }

  @Test
  void whatIsGivenBackComesAgainWithAllThatIsNewerOfItsKey() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=old", "orders:2=other");
    job.insert("orders:1=new");
    CaptureMessage old = client.next();
    assertThat(client.take()).isEqualTo("orders:2=other");
    assertThat(client.take()).as("it waits for no answer").isEqualTo("orders:1=new");
    client.requeue(old, "later");
    assertThat(client.take()).isEqualTo("orders:1=old");
    assertThat(client.take()).as("although it is acknowledged").isEqualTo("orders:1=new");
    awaitAcknowledged(job);
  }

  @Test
  void aClientThatComesBackGetsWhatItDidNotAcknowledge() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a", "orders:2=b", "orders:3=c");
    client.acknowledge(client.next());
    client.next();
    Await.until("an acknowledgement has come", PATIENCE, () -> job.outbox.size() == 2);
    client.cancel();
    CaptureClient later = client();
    assertThat(List.of(later.take(), later.take())).containsExactly("orders:2=b", "orders:3=c");
    awaitAcknowledged(job);
  }

  @Test
  void anAcknowledgementWithoutACheckpointIsRefusedAndDisturbsNobody() throws Exception {
    TestJob job = job();
    CaptureClient bad = client();
    Await.until("the consumer is known", PATIENCE, () -> job.outbox.consumers() == 1);
    CaptureRequest.Builder request = CaptureRequest.newBuilder();
    request.getAckBuilder();
    bad.send(request.build());
    assertEnds(bad, Status.Code.INVALID_ARGUMENT, "an acknowledgement without a checkpoint");
    CaptureClient good = client();
    job.insert("orders:1=a");
    assertThat(good.take()).isEqualTo("orders:1=a");
  }

  @Test
  void anAcknowledgementForWhatWasNeverSentIsRefused() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a");
    Checkpoint sent = client.next().getCheckpoint();
    byte[] data = sent.getData().toByteArray();
    data[data.length - 2] = 99;
    client.acknowledge(sent.toBuilder().setData(ByteString.copyFrom(data)).build());
    assertEnds(client, Status.Code.INVALID_ARGUMENT, "never sent");
    CaptureClient other = client();
    Await.until("the consumer is known", PATIENCE, () -> job.outbox.consumers() == 1);
    other.acknowledge(Checkpoint.newBuilder().setLsn(5).build());
    assertEnds(other, Status.Code.INVALID_ARGUMENT, "no message has the checkpoint");
    assertThat(client().take()).as("it was not lost").isEqualTo("orders:1=a");
  }

  @Test
  void anAcknowledgementOfAFormerRunCountsForNothing() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a");
    CaptureMessage former = client.next();
    job.close();
    TestJob restarted = job("job", 2);
    restarted.insert("orders:1=b");
    CaptureMessage again = client.next();
    assertThat(CaptureClient.text(again)).isEqualTo("orders:1=b");
    client.acknowledge(former);
    client.acknowledge(again);
    awaitAcknowledged(restarted);
    restarted.insert("orders:2=c");
    assertThat(client.take()).as("the stream goes on").isEqualTo("orders:2=c");
  }

  // 4. Dumps on demand.

  private void schedule(int first, int last) {
    ManagedChannel controller =
        NettyChannelBuilder.forAddress(server.controllerAddress()).usePlaintext().build();
    try {
      ScheduleRequest.Builder request = ScheduleRequest.newBuilder().setUri(URI);
      request
          .addDumpsBuilder()
          .setSchema("public")
          .setTable("orders")
          .setPageBegin(first)
          .setPageEnd(last);
      DBLogControllerGrpc.newBlockingStub(controller).schedule(request.build());
    } finally {
      controller.shutdownNow();
    }
  }

  /** Whether it could be: another schedule is not done. */
  private boolean isScheduled(int first, int last) {
    try {
      schedule(first, last);
      return true;
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
      return false;
    }
  }

  private static RangeWanted wanted(TestJob job) throws InterruptedException {
    RangeWanted range = job.wanted.poll(20, TimeUnit.SECONDS);
    assertThat(range).as("a range that is wanted").isNotNull();
    return range;
  }

  private static void assertClosed(TestJob job, RangeWanted range) throws InterruptedException {
    assertThat(job.closed.poll(20, TimeUnit.SECONDS)).isEqualTo(range.getRequest());
  }

  @Test
  void rowsOfADumpHaveItsIdAndTheLastOneIsMarked() throws Exception {
    TestJob job = job().steered(Set.of());
    CaptureClient client = client();
    schedule(3, 9);
    RangeWanted range = wanted(job);
    assertThat(range.getTable()).isEqualTo("orders");
    assertThat(List.of(range.getFirst(), range.getLast())).containsExactly(3, 9);
    job.dumped(range.getRequest(), "orders:1=a");
    job.dumped(range.getRequest(), "orders:2=b");
    CaptureMessage first = client.next();
    assertThat(client.messages.poll(100, TimeUnit.MILLISECONDS)).as("may be the last").isNull();
    job.ends(range.getRequest());
    CaptureMessage last = client.next();
    Checkpoint checkpoint = Checkpoint.newBuilder().setSeq((int) range.getRequest()).build();
    assertThat(first.getCheckpoint()).isEqualTo(checkpoint);
    assertThat(last.getCheckpoint())
        .isEqualTo(checkpoint.toBuilder().setData(ByteString.copyFrom(new byte[] {1})).build());
    assertThat(first.getChange().getOp()).isEqualTo(Change.Operation.UPDATE);
    assertThat(first.getChange().getOldCount()).isZero();
    client.acknowledge(last);
    assertThat(job.closed.poll(200, TimeUnit.MILLISECONDS))
        .as("the last acknowledgement alone does not complete the range")
        .isNull();
    client.acknowledge(first);
    assertClosed(job, range);
    schedule(3, 9);
    assertThat(wanted(job).getRequest()).isNotEqualTo(range.getRequest());
  }

  @Test
  void anEmptyOrFilteredRangeIsDoneAtOnce() throws Exception {
    TestJob job = job().steered(Set.of());
    CaptureClient client = client("TableRegex", text("users"));
    schedule(0, 0);
    RangeWanted empty = wanted(job);
    job.ends(empty.getRequest());
    assertClosed(job, empty);
    schedule(0, 1);
    RangeWanted filtered = wanted(job);
    job.dumped(filtered.getRequest(), "orders:1=a");
    job.ends(filtered.getRequest());
    assertClosed(job, filtered);
    assertThat(client.messages).isEmpty();
  }

  @Test
  void aRowThatIsGivenBackBringsTheWholeRangeAgainOnce() throws Exception {
    TestJob job = job().steered(Set.of());
    CaptureClient client = client();
    schedule(0, 9);
    RangeWanted range = wanted(job);
    for (int i = 1; i <= 3; i++) {
      job.dumped(range.getRequest(), "orders:" + i + "=a");
    }
    job.ends(range.getRequest());
    List<CaptureMessage> rows = List.of(client.next(), client.next(), client.next());
    client.requeue(rows.get(0), "no");
    client.requeue(rows.get(1), "no");
    client.acknowledge(rows.get(2));
    assertClosed(job, range);
    RangeWanted again = wanted(job);
    assertThat(again.getFirst()).isZero();
    assertThat(again.getLast()).isEqualTo(9);
    assertThat(again.getRequest()).isNotEqualTo(range.getRequest());
    job.dumped(again.getRequest(), "orders:1=a");
    job.ends(again.getRequest());
    client.acknowledge(client.next());
    assertClosed(job, again);
    assertThat(job.wanted.poll(200, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void aRowIsNotHeldBackOfARangeThatNobodyWants() throws Exception {
    CaptureClient client = client();
    TestJob job = job();
    Await.until("the consumer is known", PATIENCE, () -> job.outbox.consumers() == 1);
    // As of a range that was closed after the checkpoint that a job was restored from.
    job.dumped(4711, "orders:1=a");
    assertThat(client.take()).isEqualTo("orders:1=a");
    awaitAcknowledged(job);
    job.dumped(4711, "orders:2=b");
    assertThat(client.take()).isEqualTo("orders:2=b");
    awaitAcknowledged(job);
  }

  @Test
  void norOfOneThatWasClosedWhileItsSinkWasAway() throws Exception {
    TestJob job = job().steered(Set.of());
    schedule(0, 9);
    RangeWanted range = wanted(job);
    job.dumped(range.getRequest(), "orders:1=a");
    job.close();
    // An enumerator that has lost it: it is wanted by another name from now on.
    TestJob other = job("job", 2).steered(Set.of());
    assertThat(wanted(other).getRequest()).isNotEqualTo(range.getRequest());
    other.close();
    GatewayEndpoint gateway = GatewayEndpoint.plain("localhost", server.gatewayAddress().getPort());
    TestJob restored = new TestJob(gateway, URI, "job", 3, job.outbox);
    jobs.add(restored);
    assertThat(client().take()).isEqualTo("orders:1=a");
    awaitAcknowledged(restored);
  }

  @Test
  void aRangeThatCannotBeReadIsDroppedAlone() throws Exception {
    TestJob job = job().steered(Set.of());
    schedule(0, 9);
    RangeWanted range = wanted(job);
    job.steer().failed(range.getRequest(), "the table is away");
    Await.until("there is no schedule any more", PATIENCE, () -> isScheduled(10, 19));
    assertThat(wanted(job).getFirst()).as("nothing waits for it").isEqualTo(10);
  }

  @Test
  void acknowledgementsOfUnknownDumpsAreIgnored() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    Await.until("the consumer is known", PATIENCE, () -> job.outbox.consumers() == 1);
    client.acknowledge(Checkpoint.newBuilder().setSeq(12345).build());
    job.insert("orders:1=a");
    assertThat(client.take()).isEqualTo("orders:1=a");
  }

  @Test
  void rangesOfAJobThatLostThemAreWantedAgainAndThoseItHoldsAreNot() throws Exception {
    TestJob job = job().steered(Set.of());
    schedule(0, 9);
    RangeWanted range = wanted(job);
    job.close();
    TestJob restarted = job("job", 2).steered(Set.of(range.getRequest()));
    assertThat(restarted.wanted.poll(300, TimeUnit.MILLISECONDS)).as("it holds it").isNull();
    restarted.close();
    TestJob lost = job("job", 3).steered(Set.of(4711L));
    assertThat(lost.closed.poll(20, TimeUnit.SECONDS)).as("nobody wants it").isEqualTo(4711L);
    assertThat(wanted(lost).getLast()).isEqualTo(9);
  }

  // 5. Who is there, and who is not.

  @Test
  void aConsumerOfAUriThatIsNotPublishedWaits() throws Exception {
    CaptureClient client = client();
    TestJob job = job();
    job.insert("orders:1=a");
    assertThat(client.take()).isEqualTo("orders:1=a");
  }

  @Test
  void butNotForEver() throws Exception {
    Duration short_ = Duration.ofMillis(200);
    start(new Route.Options(short_, short_), GatewayOptions.Limits.DEFAULT);
    assertEnds(client(), Status.Code.UNAVAILABLE, "no job has published 'shop'");
  }

  @Test
  void anotherJobIsRefusedAndTheFirstGoesOn() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a");
    assertThat(client.take()).isEqualTo("orders:1=a");
    TestJob other = job("other", 9);
    assertThat(other.failures.poll(20, TimeUnit.SECONDS))
        .hasMessageContaining("'shop' is published by job job, not by job other");
    job.insert("orders:2=b");
    assertThat(client.take()).isEqualTo("orders:2=b");
  }

  @Test
  void aZombieIsFencedByALaterAttempt() throws Exception {
    TestJob zombie = job("job", 1);
    CaptureClient client = client();
    zombie.insert("orders:1=a");
    client.take();
    TestJob later = job("job", 2);
    assertThat(zombie.failures.poll(20, TimeUnit.SECONDS)).hasMessageContaining("attempt 2");
    zombie.insert("orders:2=zombie");
    later.insert("orders:2=b");
    assertThat(client.take()).isEqualTo("orders:2=b");
  }

  @Test
  void moreConsumersThanAllowedAreRefused() throws Exception {
    start(GatewayOptions.DEFAULT_WAITS, new GatewayOptions.Limits(1, 4 << 20, false));
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a");
    client.take();
    assertEnds(client(), Status.Code.RESOURCE_EXHAUSTED, "this server has 1 consumers");
  }

  @Test
  void aServerThatShutsDownSendsItsConsumersAway() throws Exception {
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=a");
    client.take();
    server.close();
    assertEnds(client, Status.Code.UNAVAILABLE, "shutting down");
  }

  // 6. Competing consumers.

  @Test
  void competingConsumersEachGetSomeAndEachMessageGoesToOne() throws Exception {
    TestJob job = job();
    List<CaptureClient> clients = List.of(client(), client(), client(), client());
    Await.until("all are known", PATIENCE, () -> job.outbox.consumers() == 4);
    for (int i = 0; i < 200; i++) {
      job.insert("orders:" + i + "=a");
    }
    List<String> taken = new ArrayList<>();
    Await.until(
        "all were taken",
        PATIENCE,
        () -> {
          for (CaptureClient client : clients) {
            for (CaptureMessage message = client.messages.poll();
                message != null;
                message = client.messages.poll()) {
              client.acknowledge(message);
              taken.add(clients.indexOf(client) + " " + CaptureClient.text(message));
            }
          }
          return job.outbox.size() == 0;
        });
    assertThat(taken).hasSize(200);
    for (int i = 0; i < clients.size(); i++) {
      String of = i + " ";
      assertThat(taken).as("consumer %d got some", i).anyMatch(each -> each.startsWith(of));
    }
  }

  // 7. Messages that are large.

  @Test
  void aMessageThatTheClientDoesNotTakeIsAClearError() throws Exception {
    start(GatewayOptions.DEFAULT_WAITS, new GatewayOptions.Limits(10, 4 << 20, false));
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=" + "x".repeat(5 << 20));
    assertEnds(client, Status.Code.OUT_OF_RANGE, "the client takes 4194304");
    assertThat(job.outbox.size()).as("it is not lost").isGreaterThanOrEqualTo(1);
  }

  @Test
  void aSourceSetsABoundOfItsOwn() throws Exception {
    GatewayEndpoint gateway = GatewayEndpoint.plain("localhost", server.gatewayAddress().getPort());
    Outbox outbox = new Outbox(TestJob.OPTIONS, OutboxState.empty());
    TestJob job = new TestJob(gateway, URI, "job", 1, outbox, 3 << 20);
    jobs.add(job);
    CaptureClient client = client();
    job.insert("orders:1=" + "x".repeat(2 << 20));
    assertThat(client.take()).startsWith("orders:1=xx");
    job.insert("orders:1=" + "x".repeat(3 << 20));
    assertEnds(client, Status.Code.OUT_OF_RANGE, "the client takes 3145728");
    CaptureClient large = client("MaxMessageBytes", number(4 << 20));
    assertThat(large.take()).as("what it takes is what it says").startsWith("orders:1=xx");
  }

  @Test
  void orIsSkippedIfTheServerIsToldSo() throws Exception {
    start(GatewayOptions.DEFAULT_WAITS, new GatewayOptions.Limits(10, 4 << 20, true));
    TestJob job = job();
    CaptureClient client = client();
    job.insert("orders:1=" + "x".repeat(5 << 20), "orders:2=b");
    assertThat(client.take()).isEqualTo("orders:2=b");
    awaitAcknowledged(job);
  }

  @Test
  void aClientThatTakesLargeMessagesGetsThem() throws Exception {
    ManagedChannel large =
        NettyChannelBuilder.forAddress(server.gatewayAddress())
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
    try {
      TestJob job = job();
      CaptureClient client =
          CaptureClient.of(large, URI, Map.of("MaxMessageBytes", number(64 << 20)));
      String value = "x".repeat(20 << 20);
      job.insert("orders:1=" + value);
      assertThat(client.next().getChange().getNew(1).getBinary().size()).isEqualTo(20 << 20);
    } finally {
      large.shutdownNow();
    }
  }

  // 8. Back pressure.

  @Test
  void aSinkThatIsFullPausesItsSourceUntilItIsHalfEmpty() throws Exception {
    TestJob job = job().steered(Set.of());
    assertThat(job.pauses.poll(20, TimeUnit.SECONDS)).as("at first").isTrue();
    assertThat(job.pauses.poll(20, TimeUnit.SECONDS)).as("once it is published").isFalse();
    for (int i = 0; i < 8; i++) {
      job.insert("orders:" + i + "=" + "x".repeat(200 << 10));
    }
    assertThat(job.pauses.poll(20, TimeUnit.SECONDS)).as("1.6 MB of 1 MiB").isTrue();
    CaptureClient client = client();
    for (int i = 0; i < 8; i++) {
      client.take();
    }
    assertThat(job.pauses.poll(20, TimeUnit.SECONDS)).isFalse();
  }
}
