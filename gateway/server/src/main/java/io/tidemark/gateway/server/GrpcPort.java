package io.tidemark.gateway.server;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.tidemark.gateway.transport.Timer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** An open port with services, and beside them gRPC's own services for health and reflection. */
final class GrpcPort implements AutoCloseable {
  private static final int MAX_HEADER_BYTES = 16 << 10;

  /** A client that is gone without a word is noticed after this and {@link #KEEP_ALIVE_TIMEOUT}. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  /** Clients that ask more often are sent away: those of ours ask every 10 s. */
  private static final Duration LEAST_KEEP_ALIVE = Duration.ofSeconds(5);

  /** How long a connection may be without a call: clients connect again when they have one. */
  private static final Duration MAX_IDLE = Duration.ofMinutes(1);

  /** Of one connection at a time. */
  private static final int MAX_CALLS = 1000;

  /** What also a machine keeps that is busy with something else. */
  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Server server;
  private final HealthStatusManager health;

  private GrpcPort(Server server, HealthStatusManager health) {
    this.server = server;
    this.health = health;
  }

  /**
   * Opens the port.
   *
   * @param timer for answers that wait
   * @param direct whether the services are called on the connections' own threads: they must not
   *     wait for anything
   * @throws IOException if it cannot be opened, or the TLS files cannot be read
   */
  static GrpcPort open(
      ListenOptions options, List<BindableService> services, Timer timer, boolean direct)
      throws IOException {
    HealthStatusManager health = new HealthStatusManager();
    PortLimits limits = new PortLimits(options.limits(), System::nanoTime);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(options.address())
            .addTransportFilter(limits)
            .intercept(new NotFoundDelay(timer))
            .intercept(limits)
            .maxConnectionIdle(MAX_IDLE.toSeconds(), TimeUnit.SECONDS)
            .maxConcurrentCallsPerConnection(MAX_CALLS)
            .maxInboundMessageSize(options.limits().messageBytes())
            .maxInboundMetadataSize(MAX_HEADER_BYTES)
            .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
            .permitKeepAliveTime(LEAST_KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(health.getHealthService())
            .addService(
                ServerInterceptors.intercept(
                    ProtoReflectionServiceV1.newInstance(), options.access()));
    if (direct) {
      builder.directExecutor();
    }
    if (options.tls().isPresent()) {
      builder.sslContext(context(options.tls().get()));
    }
    for (BindableService service : services) {
      builder.addService(ServerInterceptors.intercept(service, options.access()));
      health.setStatus(
          service.bindService().getServiceDescriptor().getName(), ServingStatus.SERVING);
    }
    return new GrpcPort(started(builder.build(), options), health);
  }

  private static Server started(Server server, ListenOptions options) throws IOException {
    try {
      return server.start();
    } catch (IOException e) {
      Throwable why = e.getCause() == null ? e : e.getCause(); // gRPC's own says the address again
      BindException problem =
          new BindException(
              "cannot listen on %s: %s".formatted(options.address(), why.getMessage()));
      problem.initCause(why);
      throw problem;
    }
  }

  private static SslContext context(TlsOptions tls) throws IOException {
    SslContextBuilder builder;
    try {
      builder = GrpcSslContexts.forServer(tls.certificates().toFile(), tls.key().toFile());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "cannot read the certificates in %s with the key in %s: %s"
              .formatted(tls.certificates(), tls.key(), e.getMessage()),
          e);
    }
    if (tls.clientAuthority().isPresent()) {
      builder.trustManager(tls.clientAuthority().get().toFile()).clientAuth(ClientAuth.REQUIRE);
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IOException("cannot use " + tls + ": " + e.getMessage(), e);
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getListenSockets().get(0);
  }

  /** From now on; those that run go on. */
  void stopTakingCalls() {
    if (!server.isShutdown()) {
      health.enterTerminalState();
      server.shutdown();
    }
  }

  /** Takes no more calls, gives those that run some time to end, then ends them. */
  @Override
  public void close() {
    stopTakingCalls();
    try {
      if (!server.awaitTermination(GRACE.toSeconds(), TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
