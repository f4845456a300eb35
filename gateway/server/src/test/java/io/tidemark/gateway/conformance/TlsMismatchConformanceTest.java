package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.client.ChangeConsumerBuilder;
import io.tidemark.gateway.client.ConsumerException;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.server.Access;
import io.tidemark.gateway.server.ConnectionLog;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.gateway.server.TestGateway;
import io.tidemark.gateway.server.TlsOptions;
import io.tidemark.gateway.transport.TestCertificate;
import io.tidemark.gateway.transport.TlsProblem;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.postgres.connection.Password;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client reads where it speaks TLS and the gateway does not, or the reverse. */
@Timeout(60)
class TlsMismatchConformanceTest {
  @TempDir private Path directory;
  private TestCertificate own;
  private TestCertificate other;
  private GatewayServer plain;
  private GatewayServer secure;

  @BeforeAll
  static void withoutAStackForEachConnection() {
    ConnectionLog.install();
  }

  @BeforeEach
  void listen() throws Exception {
    own = TestCertificate.make(directory, "server");
    other = TestCertificate.make(directory, "other");
    plain = start("plain", Optional.empty());
    secure =
        start(
            "secure", Optional.of(new TlsOptions(own.certificate(), own.key(), Optional.empty())));
  }

  private GatewayServer start(String name, Optional<TlsOptions> tls) throws Exception {
    ListenOptions port = TestGateway.port(tls, Access.open(), ListenOptions.Limits.DEFAULT);
    return TestGateway.start(port, port, Files.createDirectory(directory.resolve(name)));
  }

  @AfterEach
  void stop() throws Exception {
    plain.close();
    secure.close();
  }

  @Test
  void aCallSaysWhatToDoAboutTls() throws Exception {
    assertThat(call(plain, "").getCode()).isEqualTo(Status.Code.OK);
    assertThat(call(secure, own.certificate().toString()).getCode()).isEqualTo(Status.Code.OK);

    assertThat(TlsProblem.describe(call(plain, own.certificate().toString())))
        .startsWith("UNAVAILABLE: io exception; there is no TLS at that port: connect without it")
        .doesNotContain("\n");
    assertThat(TlsProblem.describe(call(secure, "")))
        .endsWith("; if the gateway speaks TLS at that port, connect by TLS");
    assertThat(TlsProblem.describe(call(secure, other.certificate().toString())))
        .contains("; the gateway's certificate is not trusted");
  }

  @Test
  void aConsumerEndsWhereTryingAgainIsInVain() {
    assertThatThrownBy(() -> consumer(plain).tls(own.certificate()).build().run())
        .isInstanceOf(ConsumerException.class)
        .hasMessageContaining("there is no TLS at that port: connect without it");
  }

  /** Of the controller, with TLS if there is an authority. */
  private static Status call(GatewayServer server, String authority) throws Exception {
    InetSocketAddress address = server.controllerAddress();
    ManagedChannel channel =
        new GatewayEndpoint(
                address.getHostString(),
                address.getPort(),
                !authority.isEmpty(),
                authority,
                "",
                "",
                Password.NONE,
                GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT)
            .connect();
    try {
      var unused =
          DumpsGrpc.newBlockingStub(channel)
              .status(DumpsRequest.newBuilder().setUri("shop").build());
      return Status.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    } finally {
      channel.shutdownNow();
    }
  }

  private static ChangeConsumerBuilder consumer(GatewayServer server) {
    InetSocketAddress address = server.gatewayAddress();
    return ChangeConsumer.builder()
        .target(address.getHostString() + ":" + address.getPort())
        .uri("shop")
        .onAny(change -> {});
  }
}
