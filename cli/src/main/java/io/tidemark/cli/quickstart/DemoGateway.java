package io.tidemark.cli.quickstart;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.settings.GatewayPorts;
import io.tidemark.gateway.sink.GatewayDumpRequests;
import io.tidemark.gateway.sink.GatewaySinkOptions;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsScheduleRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.jobs.Failure;
import io.tidemark.postgres.TableName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A gateway in this JVM, and a consumer of it that brings what it gets into a {@link HeldState}.
 */
final class DemoGateway implements AutoCloseable {
  static final String URI = "demo";

  private final GatewayServer server;
  private final ChangeConsumer consumer;
  private final CompletableFuture<Void> consuming;
  private final ManagedChannel controller;

  private DemoGateway(GatewayServer server, HeldState held) {
    this.server = server;
    this.consumer =
        ChangeConsumer.builder()
            .target("localhost:" + server.gatewayAddress().getPort())
            .uri(URI)
            .onAny(held::apply)
            .build();
    this.consuming = consumer.start();
    this.controller =
        Grpc.newChannelBuilder(
                "localhost:" + server.controllerAddress().getPort(),
                InsecureChannelCredentials.create())
            .build();
  }

  /**
   * Starts both, on the usual ports if they are free.
   *
   * @param directory for schedules
   */
  static DemoGateway start(Path directory, HeldState held) throws IOException, SQLException {
    InetAddress local = InetAddress.getLoopbackAddress();
    GatewayServer server =
        GatewayServer.start(
            GatewayOptions.plain(
                new InetSocketAddress(local, free(local, GatewayPorts.GATEWAY)),
                new InetSocketAddress(local, free(local, GatewayPorts.CONTROLLER)),
                directory,
                uri -> uri.equals(URI) ? Optional.of(Map.of()) : Optional.empty()));
    return new DemoGateway(server, held);
  }

  private static int free(InetAddress address, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(address, port));
      return port;
    } catch (IOException e) {
      return 0;
    }
  }

  private GatewayEndpoint endpoint() {
    return GatewayEndpoint.plain("localhost", server.gatewayAddress().getPort());
  }

  GatewayDumpRequests dumpRequests() {
    return new GatewayDumpRequests(endpoint(), URI);
  }

  GatewaySinkOptions sink() {
    return GatewaySinkOptions.of(endpoint(), URI, "quickstart");
  }

  /** Where consumers connect to. */
  String address() {
    return "localhost:" + server.gatewayAddress().getPort();
  }

  /** Throws what the consumer failed with, if it did. */
  void check() throws InterruptedException {
    if (!consuming.isDone()) {
      return;
    }
    try {
      consuming.get();
    } catch (ExecutionException e) {
      throw new Failure("the consumer failed", e.getCause());
    }
    throw new Failure("the consumer ended, though a stream has no end");
  }

  /** Has whole tables dumped once more. */
  void dump(List<TableName> tables) {
    DumpsScheduleRequest.Builder request = DumpsScheduleRequest.newBuilder().setUri(URI);
    for (TableName table : tables) {
      request.addTablesBuilder().setSchema(table.schema()).setName(table.name());
    }
    DumpsStatus unused = DumpsGrpc.newBlockingStub(controller).schedule(request.build());
  }

  /** Whether every dump that was asked for was acknowledged to the last row. */
  boolean dumpsAreDone() {
    DumpsStatus status =
        DumpsGrpc.newBlockingStub(controller).status(DumpsRequest.newBuilder().setUri(URI).build());
    return status.getWaiting() == 0 && status.getRunning() == 0;
  }

  /** Before the job ends, which the consumer would take for a failure. */
  void stopConsuming() {
    consumer.close();
  }

  @Override
  public void close() throws SQLException {
    stopConsuming();
    controller.shutdownNow();
    server.close();
  }
}
