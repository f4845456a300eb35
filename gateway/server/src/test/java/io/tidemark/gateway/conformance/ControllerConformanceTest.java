package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.gateway.wire.pgcapture.DBLogControllerGrpc;
import io.tidemark.gateway.wire.pgcapture.DBLogControllerGrpc.DBLogControllerBlockingStub;
import io.tidemark.gateway.wire.pgcapture.DumpInfoResponse;
import io.tidemark.gateway.wire.pgcapture.ScheduleRequest;
import io.tidemark.gateway.wire.pgcapture.SetScheduleCoolDownRequest;
import io.tidemark.gateway.wire.pgcapture.StopScheduleRequest;
import io.tidemark.testkit.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The controller, from outside, by the rules that pgcapture's clients rely on. */
class ControllerConformanceTest {
  private static final String UNKNOWN = "nobody's";
  private static final String UNREADABLE = "unreadable";

  @TempDir private Path directory;
  private GatewayServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        GatewayServer.start(
            GatewayOptions.plain(any, any, directory, ControllerConformanceTest::source));
    channel = NettyChannelBuilder.forAddress(server.controllerAddress()).usePlaintext().build();
  }

  private static Optional<Map<String, String>> source(String uri) throws IOException {
    return switch (uri) {
      case UNKNOWN -> Optional.empty();
      case UNREADABLE -> throw new IOException("permission denied");
      default -> Optional.of(Map.of());
    };
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow();
    server.close();
  }

  private DBLogControllerBlockingStub stub() {
    return DBLogControllerGrpc.newBlockingStub(channel);
  }

  private void schedule(String uri, long... pages) {
    stub()
        .schedule(
            ScheduleRequest.newBuilder()
                .setUri(uri)
                .addAllDumps(
                    LongStream.of(pages).mapToObj(ControllerConformanceTest::page).toList())
                .build());
  }

  private static DumpInfoResponse page(long page) {
    return DumpInfoResponse.newBuilder()
        .setSchema("public")
        .setTable("t")
        .setPageBegin((int) page)
        .setPageEnd((int) page)
        .build();
  }

  private void stopSchedule(String uri) {
    stub().stopSchedule(StopScheduleRequest.newBuilder().setUri(uri).build());
  }

  private void coolDown(String uri, long seconds) {
    stub()
        .setScheduleCoolDown(
            SetScheduleCoolDownRequest.newBuilder()
                .setUri(uri)
                .setDuration(Duration.newBuilder().setSeconds(seconds))
                .build());
  }

  private static Status refusal(Runnable call) {
    try {
      call.run();
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  @Test
  void aScheduleIsAcceptedWithoutClientsAndWaitsForOne() throws Exception {
    schedule("u", 5, 4_294_967_294L);
    Puller puller = Puller.of(channel, "u");
    assertThat(puller.next()).isEqualTo(5);
    puller.acknowledge();
    assertThat(puller.next()).isEqualTo(4_294_967_294L);
  }

  @Test
  void aClientWaitsForASchedule() throws Exception {
    Puller puller = Puller.of(channel, "u");
    schedule("other", 1);
    schedule("u", 7);
    assertThat(puller.next()).isEqualTo(7);
  }

  @Test
  void aUriHasOneScheduleAtATime() throws Exception {
    schedule("u", 1);
    Status second = refusal(() -> schedule("u", 2));
    assertThat(second.getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
    assertThat(second.getDescription()).contains("already scheduled");
    Puller puller = Puller.of(channel, "u");
    assertThat(puller.next()).isEqualTo(1);
    assertThat(refusal(() -> schedule("u", 2)).getDescription()).contains("already scheduled");
    puller.acknowledge();
    schedule("v", 3);
    assertThat(Puller.of(channel, "v").next()).isEqualTo(3);
    puller.complete();
    assertThat(puller.end().isOk()).isTrue();
    schedule("u", 2);
  }

  @Test
  void aStreamHasOneRangeOutstandingAndSeveralStreamsShare() throws Exception {
    Puller first = Puller.of(channel, "u");
    Puller second = Puller.of(channel, "u");
    schedule("u", 1, 2, 3);
    long ofFirst = first.next();
    long ofSecond = second.next();
    assertThat(new long[] {ofFirst, ofSecond}).containsExactlyInAnyOrder(1, 2);
    first.acknowledge();
    assertThat(first.next()).isEqualTo(3);
    assertThat(second.hasNone()).isTrue();
  }

  @Test
  void aRequeuedRangeComesFirstAfterTwoSeconds() throws Exception {
    schedule("u", 1, 2);
    Puller puller = Puller.of(channel, "u");
    assertThat(puller.next()).isEqualTo(1);
    long before = System.nanoTime();
    puller.requeue("boom");
    assertThat(puller.next()).isEqualTo(1);
    assertThat(java.time.Duration.ofNanos(System.nanoTime() - before))
        .isGreaterThanOrEqualTo(java.time.Duration.ofSeconds(2));
    puller.acknowledge();
    assertThat(puller.next()).isEqualTo(2);
  }

  @Test
  void theRangeOfALostConnectionGoesToAnother() throws Exception {
    schedule("u", 1, 2);
    Puller lost = Puller.of(channel, "u");
    assertThat(lost.next()).isEqualTo(1);
    lost.disconnect();
    Puller other = Puller.of(channel, "u");
    long first = other.next();
    other.acknowledge();
    long second = other.next();
    // The other may have come before the loss was noticed.
    assertThat(new long[] {first, second}).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void theRangeOfAStreamThatEndsGoesToAnother() throws Exception {
    schedule("u", 1);
    Puller ending = Puller.of(channel, "u");
    assertThat(ending.next()).isEqualTo(1);
    ending.complete();
    assertThat(ending.end().isOk()).isTrue();
    assertThat(Puller.of(channel, "u").next()).isEqualTo(1);
  }

  @Test
  void aClientCoolsDownSinceItsLastAcknowledgement() throws Exception {
    coolDown("u", 1);
    schedule("u", 1, 2);
    Puller puller = Puller.of(channel, "u");
    assertThat(puller.next()).isEqualTo(1);
    long before = System.nanoTime();
    puller.acknowledge();
    assertThat(puller.next()).isEqualTo(2);
    assertThat(java.time.Duration.ofNanos(System.nanoTime() - before))
        .isGreaterThanOrEqualTo(java.time.Duration.ofSeconds(1));
  }

  @Test
  void aStopLetsRangesInWorkFinishAndDropsTheRest() throws Exception {
    schedule("u", 1, 2, 3);
    Puller puller = Puller.of(channel, "u");
    assertThat(puller.next()).isEqualTo(1);
    stopSchedule("u");
    schedule("u", 9);
    puller.acknowledge();
    assertThat(puller.next()).isEqualTo(9);
    stopSchedule("v");
  }

  @Test
  void schedulesOutliveTheServer() throws Exception {
    schedule("u", 1, 2, 3);
    Puller puller = Puller.of(channel, "u");
    assertThat(puller.next()).isEqualTo(1);
    puller.acknowledge();
    assertThat(puller.next()).isEqualTo(2);
    stop();
    start();
    assertThat(refusal(() -> schedule("u", 9)).getDescription()).contains("already scheduled");
    Puller again = Puller.of(channel, "u");
    assertThat(again.next()).isEqualTo(2);
    again.acknowledge();
    assertThat(again.next()).isEqualTo(3);
  }

  @Test
  void aServerThatShutsDownSendsItsClientsAway() throws Exception {
    Puller idle = Puller.of(channel, "u");
    Puller silent = Puller.open(channel);
    schedule("v", 1);
    Puller busy = Puller.of(channel, "v");
    assertThat(busy.next()).isEqualTo(1);
    server.close();
    for (Puller puller : List.of(idle, silent, busy)) {
      assertThat(puller.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(puller.end().getDescription()).contains("the server is shutting down");
    }
    channel.shutdownNow();
    start();
    assertThat(Puller.of(channel, "v").next()).isEqualTo(1);
  }

  @Test
  void theFirstRequestNamesTheUri() throws Exception {
    Puller puller = Puller.open(channel);
    puller.acknowledge();
    assertThat(puller.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(puller.end().getDescription()).isEqualTo("first request uri should not be empty");
  }

  @Test
  void anAnswerToNothingEndsThatStreamAlone() throws Exception {
    Puller puller = Puller.of(channel, "u");
    puller.acknowledge();
    assertThat(puller.end().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(puller.end().getDescription()).contains("no range to answer");
    schedule("u", 1);
    assertThat(Puller.of(channel, "u").next()).isEqualTo(1);
  }

  private Status refusal(DumpInfoResponse.Builder... ranges) {
    ScheduleRequest.Builder request = ScheduleRequest.newBuilder().setUri("u");
    Stream.of(ranges).forEach(request::addDumps);
    return refusal(() -> stub().schedule(request.build()));
  }

  @Test
  void rangesThatAreEmptyOrCannotBeDoNotCostTheGoodOnes() throws Exception {
    DumpInfoResponse.Builder empty = page(2).toBuilder().setPageEnd(1);
    DumpInfoResponse.Builder nameless = page(3).toBuilder().setTable("");
    DumpInfoResponse.Builder toTheEnd = page(4).toBuilder().setPageEnd(-1);
    assertThat(refusal(page(1).toBuilder(), empty, nameless, toTheEnd).isOk()).isTrue();
    DumpsStatus status =
        DumpsGrpc.newBlockingStub(channel).status(DumpsRequest.newBuilder().setUri("u").build());
    assertThat(status.getLastProblem()).contains("schema and table must be named");
    Puller puller = Puller.of(channel, "u");
    assertThat(puller.next()).isEqualTo(1);
    puller.acknowledge();
    DumpInfoResponse last = puller.nextRange();
    assertThat(last).isEqualTo(toTheEnd.build());
    puller.acknowledge();
    Await.until("all is done", java.time.Duration.ofSeconds(20), () -> refusal(empty).isOk());
    assertThat(refusal(empty).isOk()).as("the schedule without a range is done").isTrue();
    Status none = refusal(nameless);
    assertThat(none.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(none.getDescription()).contains("schema and table must be named");
  }

  @Test
  void aCoolDownThatMakesNoSenseIsRefused() {
    assertThat(refusal(() -> coolDown("u", -1)).getDescription()).contains("a cool-down of PT-1S");
    assertThat(refusal(() -> coolDown("u", Long.MAX_VALUE)).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void aWorkerThatAsksForAnUnknownUriInALoopIsAnsweredLater() throws Exception {
    assertThat(Puller.of(channel, UNKNOWN).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    long start = System.nanoTime();
    assertThat(Puller.of(channel, UNKNOWN).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(1_000_000_000L);
  }

  @Test
  void anUnknownUriIsNotFound() throws Exception {
    assertThat(refusal(() -> schedule(UNKNOWN, 1)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(refusal(() -> stopSchedule(UNKNOWN)).getDescription())
        .contains("requested uri not found");
    assertThat(refusal(() -> coolDown(UNKNOWN, 1)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(Puller.of(channel, UNKNOWN).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void aUriWhoseSourceCannotBeReadIsUnavailable() {
    Status status = refusal(() -> schedule(UNREADABLE, 1));
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).contains("'unreadable' cannot be read now");
  }
}
