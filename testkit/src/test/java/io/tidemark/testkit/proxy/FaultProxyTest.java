package io.tidemark.testkit.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.proxy.FaultProxy.Direction;
import io.tidemark.testkit.proxy.FaultProxy.Fault;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultProxyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** For how long nothing comes where nothing must come. */
  private static final int SILENCE_MILLIS = 200;

  private ServerSocket server;
  private FaultProxy proxy;

  /** Both ends of a connection through the proxy. */
  private record Ends(Socket client, Socket server) {}

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    proxy = FaultProxy.before(server.getLocalPort());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    server.close();
  }

  @Test
  void passesAllBytesBothWaysAndTheEndOfEach() throws Exception {
    byte[] sent = new byte[1 << 20];
    new Random(1).nextBytes(sent);
    Ends ends = connect();
    send(ends.client(), sent);
    byte[] arrived = ends.server().getInputStream().readAllBytes();
    assertThat(arrived).isEqualTo(sent);
    send(ends.server(), arrived);
    assertThat(ends.client().getInputStream().readAllBytes()).isEqualTo(sent);

    await("the connection to be forgotten", () -> proxy.open() == 0);
    assertThat(proxy.connections()).isEqualTo(1);
    assertThat(proxy.passed(Direction.TO_SERVER)).isEqualTo(sent.length);
    assertThat(proxy.passed(Direction.TO_CLIENT)).isEqualTo(sent.length);
  }

  @Test
  void anEndLetsBothSidesReadWhatWasPassedOnAndNoMore() throws Exception {
    Ends ends = connect();
    ends.client().getOutputStream().write(1);
    assertThat(ends.server().getInputStream().read()).isEqualTo(1);
    proxy.inject(Fault.FIN);
    ends.server().getOutputStream().write(2);
    assertThat(ends.client().getInputStream().read()).isEqualTo(-1);
    assertThat(ends.server().getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void aResetReachesBothSides() throws Exception {
    Ends ends = connect();
    proxy.inject(Fault.RESET);
    assertThatThrownBy(() -> ends.client().getInputStream().read())
        .isInstanceOf(SocketException.class);
    assertThatThrownBy(() -> ends.server().getInputStream().read())
        .isInstanceOf(SocketException.class);
    assertThat(proxy.open()).isZero();
  }

  @Test
  void aConnectionIsTornAfterExactlySoManyBytesAndAnotherIsNot() throws Exception {
    Ends other = connect();
    Ends torn = connect();
    CompletableFuture<Void> came = proxy.injectAfter(12_345, Fault.FIN);
    other.server().getOutputStream().write(new byte[12_344]);
    assertThat(other.client().getInputStream().readNBytes(12_344)).hasSize(12_344);
    assertThat(came).isNotDone();
    send(torn.server(), new byte[200_000]);

    assertThat(torn.client().getInputStream().readAllBytes()).hasSize(12_345);
    came.get(20, TimeUnit.SECONDS);
    send(other.server(), new byte[10]);
    assertThat(other.client().getInputStream().readAllBytes()).hasSize(10);
  }

  @Test
  void aConnectionThatComesLaterIsTornToo() throws Exception {
    CompletableFuture<Void> came = proxy.injectAfter(3, Fault.STALL);
    Ends ends = connect();
    ends.server().getOutputStream().write(new byte[5]);
    assertThat(ends.client().getInputStream().readNBytes(3)).hasSize(3);
    came.get(20, TimeUnit.SECONDS);
    assertSilent(ends.client());
    proxy.resume();
    assertThat(ends.client().getInputStream().readNBytes(2)).hasSize(2);
  }

  @Test
  void whatIsStalledIsHeldBackThatWayAloneUntilResumed() throws Exception {
    Ends ends = connect();
    proxy.stall(Direction.TO_CLIENT);
    Ends later = connect();
    for (Ends each : new Ends[] {ends, later}) {
      each.client().getOutputStream().write(1);
      assertThat(each.server().getInputStream().read()).isEqualTo(1);
      send(each.server(), new byte[] {2});
      assertSilent(each.client());
    }
    proxy.resume();
    for (Ends each : new Ends[] {ends, later}) {
      assertThat(each.client().getInputStream().readAllBytes()).containsExactly(2);
    }
  }

  @Test
  void newConnectionsAreRefusedAndOpenOnesGoOn() throws Exception {
    Ends ends = connect();
    proxy.refuse();
    assertThatThrownBy(
            () -> {
              try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
                refused.setSoTimeout((int) PATIENCE.toMillis());
                refused.getInputStream().read();
              }
            })
        .isInstanceOf(SocketException.class);
    assertThat(proxy.refused()).isEqualTo(1);
    ends.client().getOutputStream().write(7);
    assertThat(ends.server().getInputStream().read()).isEqualTo(7);
    proxy.accept();
    connect();
    assertThat(proxy.connections()).isEqualTo(2);
  }

  @Test
  void closingEndsConnectionsPortAndThread() throws Exception {
    Ends ends = connect();
    int port = proxy.port();
    proxy.close();
    assertThat(ends.client().getInputStream().read()).isEqualTo(-1);
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(ConnectException.class);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("fault-proxy-" + port));
    assertThatThrownBy(proxy::open).hasMessageContaining("closed");
  }

  @Test
  void namesItselfInTheServersUrl() {
    String url = "jdbc:postgresql://127.0.0.1:%d/db?a=b";
    assertThat(proxy.url(url.formatted(server.getLocalPort())))
        .isEqualTo(url.formatted(proxy.port()));
    assertThatThrownBy(() -> proxy.url(url.formatted(1))).hasMessageContaining("not of port");
  }

  private Ends connect() throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    client.setSoTimeout((int) PATIENCE.toMillis());
    Socket accepted = server.accept();
    accepted.setSoTimeout((int) PATIENCE.toMillis());
    await("the proxy to count it", () -> proxy.open() > 0);
    return new Ends(client, accepted);
  }

  private static void send(Socket socket, byte[] bytes) {
    // In a thread of its own: more than the proxy and the sockets hold is held up.
    Thread sender =
        new Thread(
            () -> {
              try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
              } catch (IOException e) {
                // Torn.
              }
            });
    sender.setDaemon(true);
    sender.start();
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SILENCE_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout((int) PATIENCE.toMillis());
  }

  private static void await(String what, Await.Condition condition) {
    Await.until(what, PATIENCE, condition);
  }
}
