package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.wire.DumpedTable;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsGrpc.DumpsBlockingStub;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsScheduleRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.gateway.wire.RangeWanted;
import io.tidemark.testkit.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
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

/** Dumps on demand by our own service, from outside. */
@Timeout(60)
class DumpsConformanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final DumpsRequest SHOP = DumpsRequest.newBuilder().setUri("shop").build();
  private static final DumpedTable ORDERS =
      DumpedTable.newBuilder().setSchema("public").setName("orders").build();

  @TempDir private Path directory;
  private GatewayServer server;
  private ManagedChannel channel;
  private DumpsBlockingStub dumps;
  private TestJob job;

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        GatewayServer.start(
            GatewayOptions.plain(
                any,
                any,
                directory,
                uri -> uri.equals("shop") ? Optional.of(Map.of()) : Optional.empty()));
    channel = NettyChannelBuilder.forAddress(server.controllerAddress()).usePlaintext().build();
    dumps = DumpsGrpc.newBlockingStub(channel);
  }

  @AfterEach
  void stop() throws Exception {
    if (job != null) {
      job.close();
    }
    channel.shutdownNow();
    server.close();
  }

  private void job() throws Exception {
    job = new TestJob(server.gatewayAddress(), "shop", "job", 1).steered(Set.of());
  }

  private DumpsStatus schedule(DumpedTable... tables) {
    return dumps.schedule(
        DumpsScheduleRequest.newBuilder().setUri("shop").addAllTables(List.of(tables)).build());
  }

  private RangeWanted wanted() throws InterruptedException {
    RangeWanted range = job.wanted.poll(20, TimeUnit.SECONDS);
    assertThat(range).isNotNull();
    return range;
  }

  private interface Call {
    DumpsStatus run();
  }

  private static Status status(Call call) {
    try {
      call.run();
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  @Test
  void aTableWithoutPagesIsAllOfItsPages() throws Exception {
    job();
    schedule(ORDERS, ORDERS.toBuilder().setFirst(3).setLast(9).build());
    RangeWanted whole = wanted();
    assertThat(whole.getSchema() + "." + whole.getTable()).isEqualTo("public.orders");
    assertThat(Integer.toUnsignedLong(whole.getFirst())).isZero();
    assertThat(Integer.toUnsignedLong(whole.getLast())).isEqualTo(0xFFFF_FFFEL);
    RangeWanted some = wanted();
    assertThat(List.of(some.getFirst(), some.getLast())).containsExactly(3, 9);
    schedule(ORDERS.toBuilder().setFirst(0x9000_0000).build());
    RangeWanted rest = wanted();
    assertThat(Integer.toUnsignedLong(rest.getFirst())).isEqualTo(0x9000_0000L);
    assertThat(Integer.toUnsignedLong(rest.getLast())).isEqualTo(0xFFFF_FFFEL);
  }

  private static DumpedTable keys(List<List<String>> keys) {
    DumpedTable.Builder table = ORDERS.toBuilder();
    keys.forEach(key -> table.addKeysBuilder().addAllValues(key));
    return table.build();
  }

  @Test
  void keysAreOneRangeThatTheJobIsAskedFor() throws Exception {
    List<List<String>> texts = List.of(List.of("7", "a,b"), List.of("8", ""));
    DumpsStatus status = schedule(keys(texts), ORDERS);
    assertThat(status.getWaiting()).isEqualTo(2);
    job();
    RangeWanted range = wanted();
    assertThat(range.getSchema() + "." + range.getTable()).isEqualTo("public.orders");
    assertThat(range.getKeysList())
        .extracting(key -> List.copyOf(key.getValuesList()))
        .isEqualTo(texts);
    assertThat(List.of(range.getFirst(), range.getLast())).containsExactly(0, 0);
    assertThat(wanted().getKeysList()).isEmpty();
    job.ends(range.getRequest());
    Await.until("it is done", PATIENCE, () -> dumps.status(SHOP).getDone() == 1);
    schedule(keys(List.of(List.of("x"))));
    RangeWanted wrong = wanted();
    job.steer().failed(wrong.getRequest(), "a text is no value of column id");
    Await.until(
        "a problem is told", PATIENCE, () -> !dumps.status(SHOP).getLastProblem().isEmpty());
    assertThat(dumps.status(SHOP).getLastProblem())
        .isEqualTo("public.orders, 1 key: a text is no value of column id");
    assertThat(dumps.status(SHOP).getWaiting()).as("it does not come again").isZero();
    schedule(ORDERS.toBuilder().setFirst(3).setLast(9).build());
    assertThat(wanted().getFirst()).as("nothing waits for it").isEqualTo(3);
  }

  @Test
  void pgcapturesWorkersGetPagesAndNoKeys() throws Exception {
    schedule(
        keys(List.of(List.of("7"))),
        ORDERS.toBuilder().setFirst(3).setLast(9).build(),
        keys(List.of(List.of("8"))),
        ORDERS.toBuilder().setFirst(10).setLast(19).build());
    Puller puller = Puller.of(channel, "shop");
    assertThat(puller.next()).isEqualTo(3);
    puller.acknowledge();
    assertThat(puller.next()).isEqualTo(10);
    puller.acknowledge();
    Await.until("its pages are done", PATIENCE, () -> dumps.status(SHOP).getDone() == 2);
    assertThat(dumps.status(SHOP).getWaiting()).isEqualTo(2);
    assertThat(puller.hasNone()).isTrue();
    job();
    assertThat(wanted().getKeys(0).getValues(0)).isEqualTo("7");
    assertThat(wanted().getKeys(0).getValues(0)).isEqualTo("8");
  }

  @Test
  void theStatusTellsHowFarItIs() throws Exception {
    assertThat(dumps.status(SHOP)).isEqualTo(DumpsStatus.getDefaultInstance());
    long before = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    DumpsStatus scheduled = schedule(ORDERS, ORDERS);
    assertThat(scheduled.getWaiting()).isEqualTo(2);
    assertThat(scheduled.getSince()).isBetween(before, before + 60_000_000);
    assertThat(scheduled.getJobConnected()).isFalse();
    job();
    RangeWanted first = wanted();
    RangeWanted second = wanted();
    assertThat(dumps.status(SHOP).getRunning()).isEqualTo(2);
    assertThat(dumps.status(SHOP).getJobConnected()).isTrue();
    job.steer().progress(first.getRequest(), 1, 4);
    Await.until("a part is read", PATIENCE, () -> dumps.status(SHOP).getPartsRead() == 1);
    assertThat(dumps.status(SHOP).getParts()).isEqualTo(4);
    assertThat(dumps.status(SHOP).getProgress()).isEqualTo(0.125);
    job.ends(first.getRequest());
    Await.until("one is done", PATIENCE, () -> dumps.status(SHOP).getDone() == 1);
    job.steer().failed(second.getRequest(), "the table is away");
    Await.until(
        "a problem is told", PATIENCE, () -> !dumps.status(SHOP).getLastProblem().isEmpty());
    assertThat(dumps.status(SHOP).getLastProblem())
        .contains("public.orders")
        .contains("the table is away");
    assertThat(dumps.status(SHOP).getWaiting()).as("it does not come again").isZero();
  }

  @Test
  void aPauseHoldsBackWhatIsNotBegun() throws Exception {
    job();
    assertThat(dumps.pause(SHOP).getPaused()).isTrue();
    assertThat(schedule(ORDERS).getWaiting()).isEqualTo(1);
    assertThat(job.wanted.poll(300, TimeUnit.MILLISECONDS)).isNull();
    assertThat(dumps.resume(SHOP).getPaused()).isFalse();
    wanted();
  }

  @Test
  void aStopDropsWhatIsNotBegun() throws Exception {
    schedule(ORDERS, ORDERS);
    DumpsStatus stopped = dumps.stop(SHOP);
    assertThat(stopped.getWaiting()).isZero();
    job();
    assertThat(job.pauses.poll(20, TimeUnit.SECONDS)).as("it is there").isTrue();
    schedule(ORDERS.toBuilder().setFirst(5).setLast(5).build());
    assertThat(wanted().getFirst()).isEqualTo(5);
    assertThat(dumps.stop(SHOP).getRunning()).as("what is begun goes on").isEqualTo(1);
  }

  @Test
  void whatCannotBeIsRefusedAndNothingOfItDone() {
    DumpsRequest other = DumpsRequest.newBuilder().setUri("other").build();
    for (Call call :
        List.<Call>of(
            () -> dumps.status(other),
            () -> dumps.pause(other),
            () -> dumps.resume(other),
            () -> dumps.stop(other),
            () -> dumps.status(DumpsRequest.getDefaultInstance()))) {
      assertThat(status(call).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }
    assertThat(status(this::schedule).getDescription()).contains("no table to dump is named");
    for (DumpedTable wrong :
        List.of(
            ORDERS.toBuilder().setName("").build(),
            ORDERS.toBuilder().setFirst(2).setLast(1).build(),
            keys(List.of(List.of("1"))).toBuilder().setFirst(3).build(),
            keys(List.of(List.of("1"))).toBuilder().setName("").build(),
            keys(List.of(List.of("1"), List.of())),
            keys(List.of(List.of("1\0"))),
            keys(Collections.nCopies(5_001, List.of("1"))))) {
      Status status = status(() -> schedule(ORDERS, wrong));
      assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
    assertThat(dumps.status(SHOP)).isEqualTo(DumpsStatus.getDefaultInstance());
  }
}
