package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.routing.Routes;
import io.tidemark.gateway.transport.ManualTimer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsPortTest {
  private final ServerMetrics metrics =
      new ServerMetrics(
          new ConsumerStreams(1),
          new Uris(
              uri -> Optional.of(Map.of()),
              new Routes(GatewayOptions.DEFAULT_WAITS, new ManualTimer()),
              Runnable::run));

  private MetricsPort port;

  @BeforeEach
  void open() throws IOException {
    port = MetricsPort.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), metrics);
  }

  @AfterEach
  void close() {
    port.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:%d%s".formatted(port.address().getPort(), path)));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void metricsAreInPrometheusText() throws Exception {
    metrics.messages.add(3);
    metrics.messageBytes.add(5_000_000_000L);
    HttpResponse<String> answer = send(request("/metrics"));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4");
    assertThat(answer.body())
        .contains(
            "# TYPE tidemark_gateway_messages_total counter\ntidemark_gateway_messages_total 3\n")
        .contains("\ntidemark_gateway_message_bytes_total 5000000000\n")
        .contains("# TYPE tidemark_gateway_consumers gauge\ntidemark_gateway_consumers 0\n")
        .endsWith("\n");
    assertThat(answer.body().lines())
        .allMatch(
            line ->
                line.matches(
                    "# (HELP|TYPE) tidemark_gateway_[a-z_]+ .+|tidemark_gateway_[a-z_]+ \\d+"));
  }

  @Test
  void nothingElseIsThere() throws Exception {
    assertThat(send(request("/")).statusCode()).isEqualTo(404);
    assertThat(send(request("/metrics").POST(BodyPublishers.ofString("x"))).statusCode())
        .isEqualTo(405);
  }

  @Test
  void aPortThatIsTakenIsNamed() {
    assertThatThrownBy(() -> MetricsPort.open(port.address(), metrics))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot listen for metrics on")
        .hasMessageContaining(Integer.toString(port.address().getPort()));
  }
}
