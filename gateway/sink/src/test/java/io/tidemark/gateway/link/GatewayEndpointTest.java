package io.tidemark.gateway.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.tidemark.postgres.connection.Password;
import org.junit.jupiter.api.Test;

class GatewayEndpointTest {
  private static final Password TOKEN = Password.of("0123456789abcdef");

  @Test
  void aTokenGoesUnencryptedToThisMachineAlone() throws Exception {
    GatewayEndpoint elsewhere =
        new GatewayEndpoint(
            "192.0.2.1",
            10001,
            false,
            "",
            "",
            "",
            TOKEN,
            GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT);
    assertThatThrownBy(elsewhere::connect)
        .hasMessageContaining("would go unencrypted to 192.0.2.1:10001: use TLS")
        .hasMessageNotContaining("0123456789abcdef");
    ManagedChannel local =
        new GatewayEndpoint(
                "127.0.0.1",
                10001,
                false,
                "",
                "",
                "",
                TOKEN,
                GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT)
            .connect();
    ManagedChannel encrypted =
        new GatewayEndpoint(
                "192.0.2.1",
                10001,
                true,
                "",
                "",
                "",
                TOKEN,
                GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT)
            .connect();
    local.shutdownNow();
    encrypted.shutdownNow();
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> GatewayEndpoint.plain(" ", 10001)).hasMessageContaining("give a host");
    assertThatThrownBy(() -> GatewayEndpoint.plain("h", 0)).hasMessageContaining("'h:0'");
    assertThatThrownBy(
            () ->
                new GatewayEndpoint(
                    "h",
                    1,
                    true,
                    "",
                    "cert.pem",
                    "",
                    Password.NONE,
                    GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT))
        .hasMessageContaining("a certificate needs its key");
    assertThatThrownBy(
            () ->
                new GatewayEndpoint(
                    "h",
                    1,
                    false,
                    "ca.pem",
                    "",
                    "",
                    Password.NONE,
                    GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT))
        .hasMessageContaining("TLS is off");
    assertThat(GatewayEndpoint.plain("h", 1)).hasToString("h:1");
  }
}
