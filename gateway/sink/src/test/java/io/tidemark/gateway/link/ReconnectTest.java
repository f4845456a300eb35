package io.tidemark.gateway.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.wire.Hello;
import io.tidemark.gateway.wire.RangeWanted;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that hangs up on everyone. */
@Timeout(60)
class ReconnectTest {
  private static final int ATTEMPTS = 6;

  /** By its own waits it takes 3.1 s at most; by gRPC's, which grow to 2 minutes, 12 s and more. */
  private static final Duration LONGEST = Duration.ofSeconds(9);

  private ServerSocket socket;

  @BeforeEach
  void listen() throws Exception {
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws Exception {
    socket.close();
  }

  private GatewayEndpoint gateway() {
    return GatewayEndpoint.plain("localhost", socket.getLocalPort());
  }

  @Test
  void eachAttemptToPublishIsOneToConnect() throws Exception {
    Outbox outbox = new Outbox(new Outbox.Options(16, 1000, 1000, 1000), OutboxState.empty());
    Hello hello = Hello.newBuilder().setUri("shop").setJob("job").build();
    try (PublicationLink link = new PublicationLink(gateway(), hello, outbox, failure -> {})) {
      link.start();
      assertConnects();
    }
  }

  @Test
  void eachAttemptToBeSteeredIsOneToConnect() throws Exception {
    SteerLink.Listener listener =
        new SteerLink.Listener() {
          @Override
          public void wanted(RangeWanted range) {}

          @Override
          public void closed(long request) {}

          @Override
          public void paused(boolean paused) {}

          @Override
          public void refused(Throwable why) {}
        };
    try (SteerLink link = new SteerLink(gateway(), "shop", Set.of(), listener)) {
      assertThat(link).isNotNull();
      assertConnects();
    }
  }

  private void assertConnects() throws Exception {
    long begin = System.nanoTime();
    for (int i = 0; i < ATTEMPTS; i++) {
      socket.accept().close();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LONGEST);
  }
}
