package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.tidemark.gateway.transport.TestCertificate;
import io.tidemark.gateway.wire.pgcapture.DBLogControllerGrpc;
import io.tidemark.gateway.wire.pgcapture.StopScheduleRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  private static final Access TOKENS =
      Access.tokens(
          Map.of(
              "s3cret", new Access.Grant(Set.of("orders"), false),
              "root", new Access.Grant(Set.of(Access.ALL), true)));

  @TempDir private Path directory;
  private final Deque<ManagedChannel> channels = new ArrayDeque<>();
  private GatewayServer server;

  private void start(Access access, Optional<TlsOptions> tls) throws Exception {
    server =
        TestGateway.start(
            TestGateway.port(Optional.empty(), Access.open(), ListenOptions.Limits.DEFAULT),
            TestGateway.port(tls, access, ListenOptions.Limits.DEFAULT),
            directory);
  }

  @AfterEach
  void stop() throws Exception {
    channels.forEach(ManagedChannel::shutdownNow);
    if (server != null) {
      server.close();
    }
  }

  private ManagedChannel plain() {
    return keep(NettyChannelBuilder.forAddress(server.controllerAddress()).usePlaintext().build());
  }

  private ManagedChannel tls(TestCertificate trusted, TestCertificate own) throws IOException {
    SslContextBuilder context =
        GrpcSslContexts.forClient().trustManager(trusted.certificate().toFile());
    if (own != null) {
      context.keyManager(own.certificate().toFile(), own.key().toFile());
    }
    return keep(
        NettyChannelBuilder.forAddress(server.controllerAddress())
            .sslContext(context.build())
            .build());
  }

  private ManagedChannel keep(ManagedChannel channel) {
    channels.add(channel);
    return channel;
  }

  /** What a call for this URI comes to. */
  private static Status call(ManagedChannel channel, String authorization, String uri) {
    try {
      DBLogControllerGrpc.newBlockingStub(channel)
          .withCallCredentials(new Authorization(authorization))
          .stopSchedule(StopScheduleRequest.newBuilder().setUri(uri).build());
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  private static Status.Code code(ManagedChannel channel, String authorization, String uri) {
    return call(channel, authorization, uri).getCode();
  }

  /** A header as it is; none if it is null. */
  private static final class Authorization extends CallCredentials {
    private final String value;

    Authorization(String value) {
      this.value = value;
    }

    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      Metadata headers = new Metadata();
      if (value != null) {
        headers.put(Metadata.Key.of("Authorization", Metadata.ASCII_STRING_MARSHALLER), value);
      }
      applier.apply(headers);
    }
  }

  @Test
  void withoutTokensEveryoneMayUseEveryUri() throws Exception {
    start(Access.open(), Optional.empty());
    assertThat(code(plain(), null, "orders")).isEqualTo(Status.Code.OK);
    assertThat(code(plain(), "Bearer any", "orders")).isEqualTo(Status.Code.OK);
  }

  @Test
  void aTokenPermitsItsUrisAlone() throws Exception {
    start(TOKENS, Optional.empty());
    ManagedChannel channel = plain();
    assertThat(code(channel, "Bearer s3cret", "orders")).isEqualTo(Status.Code.OK);
    assertThat(code(channel, "Bearer root", "anything")).isEqualTo(Status.Code.OK);
    Status other = call(channel, "Bearer s3cret", "payments");
    assertThat(other.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(other.getDescription()).contains("'payments'").doesNotContain("s3cret");
    for (String wrong :
        new String[] {null, "", "s3cret", "Basic s3cret", "Bearer s3cre", "Bearer "}) {
      Status status = call(channel, wrong, "orders");
      assertThat(status.getCode()).as("%s", wrong).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(status.getDescription()).contains("authorization: Bearer <token>");
    }
  }

  @Test
  void healthIsForEveryone() throws Exception {
    start(TOKENS, Optional.empty());
    assertThat(
            HealthGrpc.newBlockingStub(plain())
                .check(
                    HealthCheckRequest.newBuilder()
                        .setService(DBLogControllerGrpc.SERVICE_NAME)
                        .build())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void withTlsTheServerShowsItsCertificateAndTakesNoPlainText() throws Exception {
    TestCertificate own = TestCertificate.make(directory, "server");
    TestCertificate other = TestCertificate.make(directory, "other");
    start(TOKENS, Optional.of(new TlsOptions(own.certificate(), own.key(), Optional.empty())));
    assertThat(code(tls(own, null), "Bearer s3cret", "orders")).isEqualTo(Status.Code.OK);
    assertThat(code(tls(own, null), null, "orders")).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(code(tls(other, null), "Bearer s3cret", "orders"))
        .as("a client that trusts another")
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(code(plain(), "Bearer s3cret", "orders")).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void withMutualTlsAClientShowsItsCertificate() throws Exception {
    TestCertificate own = TestCertificate.make(directory, "server");
    TestCertificate client = TestCertificate.make(directory, "client");
    TestCertificate other = TestCertificate.make(directory, "other");
    start(
        Access.open(),
        Optional.of(
            new TlsOptions(own.certificate(), own.key(), Optional.of(client.certificate()))));
    assertThat(code(tls(own, client), null, "orders")).isEqualTo(Status.Code.OK);
    assertThat(code(tls(own, null), null, "orders")).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(code(tls(own, other), null, "orders")).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void filesThatAreNotPemAreNamed() throws Exception {
    Path none = directory.resolve("none.pem");
    Path text = Files.writeString(directory.resolve("text.pem"), "not a key");
    assertThatThrownBy(
            () -> start(Access.open(), Optional.of(new TlsOptions(none, text, Optional.empty()))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(none.toString())
        .hasMessageContaining(text.toString());
    // The schedules were let go again.
    start(Access.open(), Optional.empty());
  }

  @Test
  void tokensThatCouldNotBeMeantAreRefused() {
    assertThatThrownBy(() -> Access.tokens(Map.of())).hasMessageContaining("no tokens");
    assertThatThrownBy(() -> Access.tokens(Map.of(" ", new Access.Grant(Set.of("orders"), false))))
        .hasMessageContaining("an empty token for [orders]");
  }
}
