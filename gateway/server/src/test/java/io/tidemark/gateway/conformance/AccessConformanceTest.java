package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.MetadataUtils;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.server.Access;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.gateway.server.TestGateway;
import io.tidemark.gateway.server.TlsOptions;
import io.tidemark.gateway.transport.TestCertificate;
import io.tidemark.gateway.wire.ChangeStreamGrpc;
import io.tidemark.gateway.wire.ConsumeRequest;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.PublicationGrpc;
import io.tidemark.gateway.wire.Start;
import io.tidemark.gateway.wire.SteerRequest;
import io.tidemark.gateway.wire.SteerResponse;
import io.tidemark.gateway.wire.pgcapture.DBLogGatewayGrpc;
import io.tidemark.postgres.connection.Password;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, of all that a gateway offers. */
@Timeout(120)
class AccessConformanceTest {
  private static final String READER = "reads-shop-alone";
  private static final String WRITER = "publishes-shop-alone";

  private static final Access TOKENS =
      Access.tokens(
          Map.of(
              READER, new Access.Grant(Set.of("shop"), false),
              WRITER, new Access.Grant(Set.of("shop"), true)));

  @TempDir private Path directory;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private GatewayServer server;

  private void start(Access access, Optional<TlsOptions> tls) throws Exception {
    ListenOptions listen = TestGateway.port(tls, access, ListenOptions.Limits.DEFAULT);
    server = TestGateway.start(listen, listen, directory);
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    if (server != null) {
      server.close();
    }
  }

  private ManagedChannel channel(InetSocketAddress address) {
    ManagedChannel channel = NettyChannelBuilder.forAddress(address).usePlaintext().build();
    open.push(channel::shutdownNow);
    return channel;
  }

  private static ClientInterceptor shows(String token) {
    Metadata headers = new Metadata();
    if (token != null) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    }
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private GatewayEndpoint endpoint(String token) throws IOException {
    Path file = Files.writeString(directory.resolve("token-" + token), token);
    return new GatewayEndpoint(
        server.gatewayAddress().getHostString(),
        server.gatewayAddress().getPort(),
        false,
        "",
        "",
        "",
        Password.fromFile(file),
        GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT);
  }

  private TestJob job(String token, String uri) throws IOException {
    TestJob job =
        new TestJob(
            endpoint(token), uri, "job", 1, new Outbox(TestJob.OPTIONS, OutboxState.empty()));
    open.push(job);
    return job;
  }

  private Status capture(String token, String uri) throws Exception {
    CaptureClient client =
        new CaptureClient(
            DBLogGatewayGrpc.newStub(channel(server.gatewayAddress()))
                .withInterceptors(shows(token)));
    client.init(uri, Map.of());
    return client.end();
  }

  private Status consume(String token, String uri) throws Exception {
    StreamClient client =
        StreamClient.of(
            ChangeStreamGrpc.newStub(channel(server.gatewayAddress()))
                .withInterceptors(shows(token)));
    client.send(ConsumeRequest.newBuilder().setStart(Start.newBuilder().setUri(uri)).build());
    return client.end();
  }

  private Status steer(String token, String uri) throws Exception {
    CompletableFuture<Status> end = new CompletableFuture<>();
    var requests =
        PublicationGrpc.newStub(channel(server.gatewayAddress()))
            .withInterceptors(shows(token))
            .steer(
                new io.grpc.stub.StreamObserver<SteerResponse>() {
                  @Override
                  public void onNext(SteerResponse response) {
                    end.complete(Status.OK);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    end.complete(Status.fromThrowable(failure));
                  }

                  @Override
                  public void onCompleted() {}
                });
    SteerRequest.Builder request = SteerRequest.newBuilder();
    request.getOpenBuilder().setUri(uri);
    requests.onNext(request.build());
    return end.get(20, TimeUnit.SECONDS);
  }

  private Status dumps(String token, String uri) {
    try {
      DumpsGrpc.newBlockingStub(channel(server.controllerAddress()))
          .withInterceptors(shows(token))
          .status(DumpsRequest.newBuilder().setUri(uri).build());
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private static void assertDenied(Status status, String uri) {
    assertThat(status.getCode()).as("%s", status).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(status.getDescription()).contains(uri).doesNotContain(READER, WRITER);
  }

  @Test
  void whoMayConsumeMayNotPublish() throws Exception {
    start(TOKENS, Optional.empty());
    TestJob reader = job(READER, "shop");
    assertThat(reader.failures.poll(20, TimeUnit.SECONDS))
        .hasMessageContaining("PERMISSION_DENIED")
        .hasMessageContaining("permits to consume 'shop', not to publish it")
        .hasMessageNotContaining(READER);
    assertDenied(steer(READER, "shop"), "shop");
    TestJob writer = job(WRITER, "shop");
    writer.insert("orders:1=a");
    CaptureClient client =
        new CaptureClient(
            DBLogGatewayGrpc.newStub(channel(server.gatewayAddress()))
                .withInterceptors(shows(READER)));
    client.init("shop", Map.of());
    assertThat(client.take()).isEqualTo("orders:1=a");
    assertThat(steer(WRITER, "shop")).isEqualTo(Status.OK);
    assertThat(dumps(READER, "shop")).isEqualTo(Status.OK);
  }

  @Test
  void aTokenIsForItsUrisAlone() throws Exception {
    start(TOKENS, Optional.empty());
    assertDenied(capture(WRITER, "bank"), "bank");
    assertDenied(consume(READER, "bank"), "bank");
    assertDenied(steer(WRITER, "bank"), "bank");
    assertDenied(dumps(WRITER, "bank"), "bank");
    TestJob job = job(WRITER, "bank");
    assertThat(job.failures.poll(20, TimeUnit.SECONDS)).hasMessageContaining("PERMISSION_DENIED");
  }

  @Test
  void withoutAKnownTokenNothingIsPermitted() throws Exception {
    start(TOKENS, Optional.empty());
    for (String token : new String[] {null, "unknown"}) {
      assertThat(capture(token, "shop").getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(consume(token, "shop").getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(steer(token, "shop").getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(dumps(token, "shop").getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
    TestJob job = job("unknown", "shop");
    assertThat(job.failures.poll(20, TimeUnit.SECONDS))
        .hasMessageContaining("UNAUTHENTICATED")
        .hasMessageNotContaining("unknown,");
  }

  private CaptureClient captureByTls(TestCertificate trusted, TestCertificate own)
      throws IOException {
    SslContextBuilder context =
        GrpcSslContexts.forClient().trustManager(trusted.certificate().toFile());
    if (own != null) {
      context.keyManager(own.certificate().toFile(), own.key().toFile());
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(server.gatewayAddress()).sslContext(context.build()).build();
    open.push(channel::shutdownNow);
    return CaptureClient.of(channel, "shop");
  }

  private TestJob jobByTls(TestCertificate trusted, TestCertificate own) throws IOException {
    GatewayEndpoint gateway =
        new GatewayEndpoint(
            server.gatewayAddress().getHostString(),
            server.gatewayAddress().getPort(),
            true,
            trusted.certificate().toString(),
            own == null ? "" : own.certificate().toString(),
            own == null ? "" : own.key().toString(),
            Password.NONE,
            GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT);
    TestJob job =
        new TestJob(gateway, "shop", "job", 1, new Outbox(TestJob.OPTIONS, OutboxState.empty()));
    open.push(job);
    return job;
  }

  @Test
  void withMutualTlsJobsAndConsumersShowCertificates() throws Exception {
    TestCertificate own = TestCertificate.make(directory, "server");
    TestCertificate client = TestCertificate.make(directory, "client");
    TestCertificate other = TestCertificate.make(directory, "other");
    start(
        Access.open(),
        Optional.of(
            new TlsOptions(own.certificate(), own.key(), Optional.of(client.certificate()))));
    assertThat(captureByTls(own, null).end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(captureByTls(own, other).end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(captureByTls(other, client).end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    CaptureClient consumer = captureByTls(own, client);
    TestJob stranger = jobByTls(own, other);
    stranger.insert("orders:1=stranger");
    TestJob job = jobByTls(own, client);
    job.insert("orders:1=a");
    assertThat(consumer.take()).isEqualTo("orders:1=a");
    assertThat(stranger.outbox.size()).isEqualTo(3);
    assertThat(stranger.failures).as("it may come to be allowed: it tries again").isEmpty();
  }

  @Test
  void plainTextIsNotForAPortWithTls() throws Exception {
    TestCertificate own = TestCertificate.make(directory, "server");
    start(TOKENS, Optional.of(new TlsOptions(own.certificate(), own.key(), Optional.empty())));
    assertThat(capture(READER, "shop").getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThatThrownBy(
            () ->
                new GatewayEndpoint(
                    "localhost",
                    1,
                    false,
                    own.certificate().toString(),
                    "",
                    "",
                    Password.NONE,
                    GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT))
        .hasMessageContaining("certificates are given, but TLS is off");
  }
}
