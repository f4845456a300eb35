package io.tidemark.jobs.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.sink.GatewaySinkOptions;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.StartMode;
import io.tidemark.source.settings.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

class GatewayJobSettingsTest {
  private static final Map<String, String> LEAST =
      Map.of(
          "url", "jdbc:postgresql://primary/shop",
          "tables", "public.orders",
          "dump-from-primary", "true");

  private static Map<String, String> with(String... keysAndValues) {
    Map<String, String> values = new TreeMap<>(LEAST);
    for (int i = 0; i < keysAndValues.length; i += 2) {
      values.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return values;
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertWrong(
      String... keysAndValues) {
    return assertThatThrownBy(() -> GatewayJobSettings.read("shop", with(keysAndValues)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void mostHasDefaults() {
    GatewayJobSettings settings = GatewayJobSettings.read("shop", LEAST);
    assertThat(settings.sink().uri()).isEqualTo("shop");
    assertThat(settings.sink().job()).isEqualTo("tidemark of jdbc:postgresql://primary/shop");
    assertThat(settings.sink().gateway()).hasToString("localhost:10001");
    assertThat(settings.sink().buckets()).isEqualTo(GatewaySinkOptions.DEFAULT_BUCKETS);
    assertThat(settings.sink().fullBytes()).isEqualTo(GatewaySinkOptions.DEFAULT_FULL_BYTES);
    assertThat(settings.checkpointInterval()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.capture().config().startMode()).isEqualTo(StartMode.streamOnly());
    assertThat(settings.sink().maxMessageBytes()).isEqualTo(64 << 20);
    assertThat(settings.sink().gateway().keepAliveTimeout()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void allCanBeSaid() {
    GatewayJobSettings settings =
        GatewayJobSettings.read(
            null,
            with(
                "uri", "bank",
                "slot", "s",
                "url", "jdbc:postgresql://primary/shop?sslpassword=s3cret",
                "gateway.host", "gw",
                "gateway.port", "4711",
                "gateway.tls", "true",
                "gateway.authority", "ca.pem",
                "gateway.buckets", "3",
                "gateway.unacknowledged-size", "5 mb",
                "gateway.max-message-size", "6 mb",
                "gateway.keep-alive-timeout", "7 s",
                "checkpoint-interval", "3 s",
                "start", "0/10",
                "password-env", "PGPASSWORD"));
    assertThat(settings.sink().uri()).isEqualTo("bank");
    assertThat(settings.sink().job())
        .as("without what may be secret")
        .isEqualTo("s of jdbc:postgresql://primary/shop");
    assertThat(settings.sink().gateway()).hasToString("gw:4711");
    assertThat(settings.sink().gateway().tls()).isTrue();
    assertThat(settings.sink().buckets()).isEqualTo(3);
    assertThat(settings.sink().fullBytes()).isEqualTo(5 << 20);
    assertThat(settings.sink().maxMessageBytes()).isEqualTo(6 << 20);
    assertThat(settings.sink().gateway().keepAliveTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(settings.checkpointInterval()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void everythingThatIsWrongIsToldAtOnce() {
    assertThatThrownBy(
            () ->
                GatewayJobSettings.read(
                    null,
                    Map.of(
                        "gateway.port", "0",
                        "gateway.buckets", "many",
                        "gateway.tls", "maybe",
                        "start", "now",
                        "checkpoint-interval", "1 ms",
                        "lanes", "4",
                        "line", "4",
                        "replicas", "nowhere")))
        .hasMessageContaining("uri is missing")
        .hasMessageContaining("url is missing")
        .hasMessageContaining("gateway.port is '0': give more than 0")
        .hasMessageContaining("gateway.buckets is 'many': give a whole number")
        .hasMessageContaining("gateway.tls is 'maybe': give true or false")
        .hasMessageContaining("start is 'now': give dump, stream, slot, dump-only or an LSN")
        .hasMessageContaining("checkpoint-interval is '1 ms': give at least 10 ms")
        .hasMessageContaining("lanes is '4', but consumers of a URI get one order")
        .hasMessageContaining("no option is called line; there are url, user, ")
        .hasMessageContaining("replicas: not a PostgreSQL JDBC URL: 'nowhere'")
        .hasMessageContaining("tables is missing");
    assertWrong("gateway.buckets", "0", "dump-from-primary", "false")
        .hasMessageContaining("gateway.buckets is '0': give more than 0")
        .hasMessageContaining("nowhere to read them");
    assertWrong("uri", "bank").hasMessageContaining("uri is 'bank' in the settings of 'shop'");
    assertWrong("password-env", "A", "password-file", "b")
        .hasMessageContaining("password-env and password-file are both given");
    assertWrong("gateway.certificate", "c.pem", "gateway.tls", "true")
        .hasMessageContaining("a certificate needs its key");
    assertWrong("gateway.keep-alive-timeout", "0 s")
        .hasMessageContaining("gateway.keep-alive-timeout is '0 s': give more than 0");
    assertWrong("gateway.port", "99999").hasMessageContaining("'localhost:99999'");
    assertWrong("start", "dump-only").hasMessageContaining("choose a start mode that streams on");
    assertWrong("dump.chunk-sise", "1")
        .message()
        .isEqualTo(
            "the settings are wrong:\n  - no option is called dump.chunk-sise; there are "
                + Stream.concat(CaptureOptions.all().stream(), GatewayJobOptions.all().stream())
                    .map(Settings::name)
                    .collect(Collectors.joining(", ")));
  }

  @Test
  void nothingSecretIsInMessages() {
    String url = "jdbc:mysql://me:s3cret@primary/shop?password=s3cret";
    assertWrong("url", url, "replicas", url, "property.sslpassword", "s3cret", "password", "s3cret")
        .hasMessageContaining("url: not a PostgreSQL JDBC URL")
        .hasMessageContaining("replicas: not a PostgreSQL JDBC URL")
        .hasMessageContaining("no option is called password; ")
        .hasMessageNotContaining("s3cret");
  }
}
