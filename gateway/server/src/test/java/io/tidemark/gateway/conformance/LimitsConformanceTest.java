package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tidemark.gateway.server.Access;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.gateway.server.TestGateway;
import io.tidemark.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a port bears of its clients. */
@Timeout(60)
class LimitsConformanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private final Deque<ManagedChannel> channels = new ArrayDeque<>();
  private GatewayServer server;

  private void start(int connections, int callsPerSecond) throws Exception {
    ListenOptions listen =
        TestGateway.port(
            Optional.empty(),
            Access.open(),
            new ListenOptions.Limits(connections, callsPerSecond, 4 << 20));
    server = TestGateway.start(listen, listen, directory);
  }

  @AfterEach
  void stop() throws Exception {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }

  private ManagedChannel connect() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(server.gatewayAddress()).usePlaintext().build();
    channels.push(channel);
    return channel;
  }

  private static ServingStatus call(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  private static void assertRefused(ManagedChannel channel, String why) {
    assertThatThrownBy(() -> call(channel))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
              assertThat(e.getStatus().getDescription()).isEqualTo(why);
            });
  }

  @Test
  void aConnectionTooManyIsToldSoAndOthersGoOn() throws Exception {
    start(2, 100);
    ManagedChannel first = connect();
    ManagedChannel second = connect();
    assertThat(call(first)).isEqualTo(ServingStatus.SERVING);
    assertThat(call(second)).isEqualTo(ServingStatus.SERVING);
    assertRefused(connect(), "this port has 2 connections: it serves no more");
    assertThat(call(first)).isEqualTo(ServingStatus.SERVING);
    second.shutdownNow();
    Await.until(
        "another one takes its place",
        PATIENCE,
        () -> {
          try {
            return call(connect()) == ServingStatus.SERVING;
          } catch (StatusRuntimeException e) {
            return false;
          }
        });
  }

  @Test
  void aConnectionsCallsAreCountedByTheSecond() throws Exception {
    start(10, 1);
    ManagedChannel eager = connect();
    assertThat(call(eager)).isEqualTo(ServingStatus.SERVING);
    assertRefused(eager, "more than 1 calls a second on one connection");
    assertThat(call(connect())).as("on another one").isEqualTo(ServingStatus.SERVING);
    Await.until(
        "it may call again",
        PATIENCE,
        () -> {
          try {
            return call(eager) == ServingStatus.SERVING;
          } catch (StatusRuntimeException e) {
            return false;
          }
        });
  }
}
