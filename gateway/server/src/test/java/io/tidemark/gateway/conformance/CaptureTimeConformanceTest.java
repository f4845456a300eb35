package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.testkit.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How long things take is part of the wire: what pgcapture's clients rely on over time. */
@Timeout(60)
class CaptureTimeConformanceTest {
  private static final String URI = "shop";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private GatewayServer server;
  private ManagedChannel channel;
  private TestJob job;

  /** The job's time, in nanoseconds, which passes when the test says so. */
  private final AtomicLong now = new AtomicLong();

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        GatewayServer.start(
            GatewayOptions.plain(any, any, directory, uri -> Optional.of(Map.of())));
    channel = NettyChannelBuilder.forAddress(server.gatewayAddress()).usePlaintext().build();
    Outbox outbox = new Outbox(TestJob.OPTIONS, OutboxState.empty(), now::get);
    GatewayEndpoint gateway = GatewayEndpoint.plain("localhost", server.gatewayAddress().getPort());
    job = new TestJob(gateway, URI, "job", 1, outbox);
  }

  @AfterEach
  void stop() throws Exception {
    job.close();
    channel.shutdownNow();
    server.close();
  }

  private CaptureClient client() {
    CaptureClient client = CaptureClient.of(channel, URI);
    Await.until("the consumer is known", PATIENCE, () -> job.outbox.consumers() > 0);
    return client;
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
    job.wake();
  }

  @Test
  void aClientThatDebouncesIsCalledOnceForEachRow() throws Exception {
    try (DebouncingClient debouncing = DebouncingClient.start(client(), Duration.ofSeconds(1))) {
      long start = System.nanoTime();
      for (int i = 1; i <= 20; i++) {
        job.insert("orders:1=" + i);
      }
      job.insert("orders:2=a");
      List<String> calls = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        calls.add(debouncing.calls.poll(20, TimeUnit.SECONDS));
      }
      assertThat(calls).containsExactlyInAnyOrder("orders:1=20", "orders:2=a");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(1500));
      Await.until("all is acknowledged", PATIENCE, () -> job.outbox.size() == 0);
      assertThat(debouncing.calls).isEmpty();
    }
  }

  @Test
  void aRowThatIsNotAcknowledgedHoldsUpNoOther() throws Exception {
    CaptureClient client = client();
    for (int i = 1; i <= 50; i++) {
      job.insert("orders:" + i + "=a");
    }
    CaptureMessage first = client.next();
    for (int i = 2; i <= 50; i++) {
      assertThat(client.take()).isEqualTo("orders:" + i + "=a");
    }
    Await.until("the others are done", PATIENCE, () -> job.outbox.size() == 1);
    client.acknowledge(first);
    Await.until("all is acknowledged", PATIENCE, () -> job.outbox.size() == 0);
  }

  @Test
  void thousandsOfChangesOfARowAreDeliveredWithoutAnAnswer() throws Exception {
    CaptureClient client = client();
    for (int i = 0; i < 5_000; i++) {
      job.insert("orders:1=" + i);
    }
    List<CaptureMessage> all = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      all.add(client.next());
      assertThat(CaptureClient.text(all.get(i))).isEqualTo("orders:1=" + i);
    }
    all.forEach(client::acknowledge);
    Await.until("all is acknowledged", PATIENCE, () -> job.outbox.size() == 0);
  }

  @Test
  void whatAlwaysFailsComesLaterEachTimeAndTheOthersGoOn() throws Exception {
    CaptureClient client = client();
    job.insert("orders:1=bad");
    CaptureMessage bad = client.next();
    int row = 2;
    for (int seconds = 1; seconds <= 64; seconds *= 2) {
      client.requeue(bad, "the handler fails");
      Await.until("it waits", PATIENCE, () -> job.outbox.nanosUntilDue() < Long.MAX_VALUE);
      Duration wait = Duration.ofSeconds(Math.min(60, seconds));
      assertThat(Duration.ofNanos(job.outbox.nanosUntilDue())).isEqualTo(wait);
      job.insert("orders:" + row + "=good");
      assertThat(client.take()).isEqualTo("orders:" + row++ + "=good");
      assertThat(client.messages).isEmpty();
      pass(wait);
      assertThat(client.next()).isEqualTo(bad);
    }
    client.acknowledge(bad);
    Await.until("all is acknowledged", PATIENCE, () -> job.outbox.size() == 0);
  }

  @Test
  void aClientThatComesBackIsNotMadeToWait() throws Exception {
    CaptureClient client = client();
    job.insert("orders:1=a");
    for (int i = 0; i < 6; i++) {
      client.requeue(client.next(), "not yet");
      Await.until("it waits", PATIENCE, () -> job.outbox.nanosUntilDue() < Long.MAX_VALUE);
      if (i < 5) {
        pass(Duration.ofMinutes(1));
      }
    }
    client.cancel();
    Await.until("it is gone", PATIENCE, () -> job.outbox.consumers() == 0);
    assertThat(client().take()).isEqualTo("orders:1=a");
  }
}
