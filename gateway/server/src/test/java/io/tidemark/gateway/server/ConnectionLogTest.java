package io.tidemark.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class ConnectionLogTest {
  private Duration now = Duration.ofDays(1);
  private final ConnectionLog log = new ConnectionLog(() -> now.toNanos());

  @Test
  void whoDoesNotSpeakAsTheGatewayDoesIsTold() {
    assertThat(
            log.problem(
                Http2Exception.connectionError(
                    Http2Error.PROTOCOL_ERROR,
                    "HTTP/2 client preface string missing or corrupt. Hex dump for received bytes:"
                        + " 16030105a4010005a0")))
        .hasValueSatisfying(text -> assertThat(text).contains("speaks TLS, which this gateway"));
    assertThat(log.problem(new IOException(new NotSslRecordException("not an SSL/TLS record"))))
        .hasValueSatisfying(text -> assertThat(text).contains("does not speak TLS"));
    assertThat(log.problem(new SSLHandshakeException("no common cipher")))
        .hasValueSatisfying(text -> assertThat(text).endsWith(": no common cipher"));
    assertThat(log.problem(new IOException("Connection reset by peer"))).isEmpty();
  }

  @Test
  void theSameIsSaidOnceAMinute() {
    assertThat(log.isDue("a")).isTrue();
    assertThat(log.isDue("a")).isFalse();
    assertThat(log.isDue("b")).isTrue();
    now = now.plusSeconds(61);
    assertThat(log.isDue("a")).isTrue();
  }
}
