package io.tidemark.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.client.ChangeConsumerBuilder;
import io.tidemark.gateway.client.ConsumerException;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.server.Access;
import io.tidemark.gateway.server.GatewayOptions;
import io.tidemark.gateway.server.GatewayServer;
import io.tidemark.gateway.server.ListenOptions;
import io.tidemark.gateway.server.TlsOptions;
import io.tidemark.gateway.transport.Backoff;
import io.tidemark.gateway.transport.TestCertificate;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.connection.Password;
import io.tidemark.testkit.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The consumer library, the server and a job's sink, together. */
@Timeout(120)
class ChangeConsumerConformanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Backoff SHORT = new Backoff(Duration.ofMillis(5), Duration.ofMillis(100));
  private static final ListenOptions ANY = ListenOptions.plain(loopback(0));

  @TempDir private Path directory;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
  private final List<CompletableFuture<Void>> running = new ArrayList<>();
  private GatewayServer server;

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private GatewayServer start(ListenOptions gateway) throws Exception {
    return GatewayServer.start(
        new GatewayOptions(
            gateway,
            ANY,
            Optional.empty(),
            directory,
            uri -> uri.equals("shop") ? Optional.of(Map.of()) : Optional.empty(),
            GatewayOptions.DEFAULT_WAITS,
            GatewayOptions.Limits.DEFAULT));
  }

  @AfterEach
  void stop() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    if (server != null) {
      server.close();
    }
    assertThat(running).allMatch(each -> each.isDone() && !each.isCompletedExceptionally());
  }

  private <T extends AutoCloseable> T keep(T closeable) {
    open.push(closeable);
    return closeable;
  }

  private TestJob job() throws Exception {
    return keep(new TestJob(server.gatewayAddress(), "shop", "job", 1));
  }

  private ChangeConsumerBuilder consumer() {
    InetSocketAddress address = server.gatewayAddress();
    return ChangeConsumer.builder()
        .target(address.getHostString() + ":" + address.getPort())
        .uri("shop")
        .reconnectBackoff(SHORT)
        .retryBackoff(SHORT);
  }

  private CompletableFuture<Void> run(ChangeConsumerBuilder builder) {
    return keep(builder.build()).start();
  }

  /** Runs one that is to end with the test. */
  private void consume(ChangeConsumerBuilder builder) {
    running.add(run(builder));
  }

  private void take(RowChange change) {
    taken.add("%s %d=%s".formatted(change.op(), change.getInt("id"), change.getString("name")));
  }

  private List<String> take(int count) throws InterruptedException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(taken.poll(30, TimeUnit.SECONDS));
    }
    return texts;
  }

  private static void awaitAcknowledged(TestJob job) {
    Await.until("all is acknowledged", PATIENCE, () -> job.outbox.size() == 0);
  }

  @Test
  void changesGoToTheirHandlersAndAreAcknowledged() throws Exception {
    server = start(ANY);
    TestJob job = job();
    consume(
        consumer()
            .on("public.orders", this::take)
            .onTruncate(truncate -> taken.add("TRUNCATE " + truncate.table()))
            .onCommit(commit -> taken.add("COMMIT"))
            .onAny(event -> {}));
    job.insert("orders:1=a", "users:1=b");
    job.truncate("orders");
    job.insert("orders:2=c");
    assertThat(take(5))
        .containsExactly("INSERT 1=a", "COMMIT", "TRUNCATE public.orders", "INSERT 2=c", "COMMIT");
    awaitAcknowledged(job);
  }

  @Test
  void whatChangesATableComesInItsPlaceToThoseWhoHandleIt() throws Exception {
    server = start(ANY);
    TestJob job = job();
    CompletableFuture<Void> rowsAlone = run(consumer().on("public.orders", this::take));
    job.comes("orders");
    job.insert("orders:1=a");
    job.ddl("COMMENT ON TABLE orders IS 'x'", "COMMENT");
    assertThat(take(1)).containsExactly("INSERT 1=a");
    awaitAcknowledged(job);
    assertThat(rowsAlone).isNotDone();
    open.pop().close();

    consume(
        consumer()
            .tables("^public\\.orders$")
            .on("public.orders", this::take)
            .onDdl(ddl -> taken.add(ddl.statement().text().orElseThrow()))
            .onSchemaChange(change -> taken.add(change.toString())));
    job.comes("orders");
    job.insert("orders:2=b");
    job.comes("users");
    job.ddl("DROP TABLE users", "DROP TABLE");
    job.insert("orders:3=c");
    assertThat(take(4))
        .containsExactly(
            "new table public.orders at 0/4B0#1", "INSERT 2=b", "DROP TABLE users", "INSERT 3=c");
    awaitAcknowledged(job);
    assertThat(taken).isEmpty();
  }

  @Test
  void whatAHandlerFailsAtComesAgainWithAllAfterIt() throws Exception {
    server = start(ANY);
    TestJob job = job();
    AtomicInteger failures = new AtomicInteger(2);
    consume(
        consumer()
            .on(
                "public.orders",
                change -> {
                  take(change);
                  if (change.getString("name").equals("b") && failures.getAndDecrement() > 0) {
                    throw new IllegalStateException("not now");
                  }
                }));
    job.insert("orders:1=a", "orders:2=b", "orders:1=c");
    assertThat(take(5))
        .containsExactly("INSERT 1=a", "INSERT 2=b", "INSERT 2=b", "INSERT 2=b", "INSERT 1=c");
    awaitAcknowledged(job);
    assertThat(taken).isEmpty();
  }

  @Test
  void aConsumerAndAJobFindAServerThatWasRestarted() throws Exception {
    server = start(ANY);
    int port = server.gatewayAddress().getPort();
    TestJob job = job();
    CompletableFuture<Void> end = run(consumer().on("public.orders", this::take));
    for (int round = 0; round < 3; round++) {
      job.insert("orders:1=" + round);
      assertThat(take(1)).containsExactly("INSERT 1=" + round);
      awaitAcknowledged(job);
      server.close();
      job.insert("orders:2=" + round);
      server = start(ListenOptions.plain(loopback(port)));
      assertThat(take(1)).containsExactly("INSERT 2=" + round);
      awaitAcknowledged(job);
    }
    assertThat(end).isNotDone();
    assertThat(job.failures).isEmpty();
  }

  @Test
  void twoConsumersShareAndNothingIsLostWhenOneGoes() throws Exception {
    server = start(ANY);
    TestJob job = job();
    ChangeConsumer first = consumer().on("public.orders", this::take).build();
    running.add(first.start());
    consume(consumer().on("public.orders", this::take));
    Await.until("both are there", PATIENCE, () -> job.outbox.consumers() == 2);
    for (int i = 0; i < 300; i++) {
      job.insert("orders:" + i + "=x");
      if (i == 150) {
        first.close();
      }
    }
    awaitAcknowledged(job);
    assertThat(Set.copyOf(taken)).hasSize(300);
  }

  @Test
  void tlsAndATokenAreWhatTheServerAsksFor() throws Exception {
    TestCertificate own = TestCertificate.make(directory, "server");
    TestCertificate other = TestCertificate.make(directory, "other");
    server =
        start(
            new ListenOptions(
                loopback(0),
                Optional.of(new TlsOptions(own.certificate(), own.key(), Optional.empty())),
                Access.tokens(
                    Map.of(
                        "reader", new Access.Grant(Set.of("shop"), false),
                        "writer", new Access.Grant(Set.of("shop"), true))),
                ListenOptions.Limits.DEFAULT));
    Path token = Files.writeString(directory.resolve("token"), "writer\n");
    GatewayEndpoint gateway =
        new GatewayEndpoint(
            server.gatewayAddress().getHostString(),
            server.gatewayAddress().getPort(),
            true,
            own.certificate().toString(),
            "",
            "",
            Password.fromFile(token),
            GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT);
    TestJob job =
        keep(
            new TestJob(
                gateway, "shop", "job", 1, new Outbox(TestJob.OPTIONS, OutboxState.empty())));
    job.steered(Set.of());
    job.insert("orders:1=a");
    consume(consumer().tls(own.certificate()).token("reader").on("public.orders", this::take));
    assertThat(take(1)).containsExactly("INSERT 1=a");
    awaitAcknowledged(job);
    assertThat(job.pauses.poll(20, TimeUnit.SECONDS)).isTrue();
    assertThat(job.pauses.poll(20, TimeUnit.SECONDS)).as("it may steer").isFalse();
    CompletableFuture<Void> unknown =
        run(consumer().tls(own.certificate()).token("guess").on("public.orders", this::take));
    assertThatThrownBy(() -> unknown.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(ConsumerException.class)
        .hasMessageContaining("UNAUTHENTICATED")
        .hasMessageNotContaining("guess");
    CompletableFuture<Void> distrusts =
        run(consumer().tls(other.certificate()).token("reader").on("public.orders", this::take));
    job.insert("orders:2=b");
    assertThat(take(1)).as("the first one's").containsExactly("INSERT 2=b");
    awaitAcknowledged(job);
    assertThat(distrusts).isNotDone();
    assertThat(job.outbox.consumers()).isEqualTo(1);
  }

  @Test
  void aUriThatIsUnknownEndsTheConsumer() throws Exception {
    server = start(ANY);
    CompletableFuture<Void> end = run(consumer().uri("other").on("public.orders", this::take));
    assertThatThrownBy(() -> end.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(ConsumerException.class)
        .hasMessageContaining("NOT_FOUND");
  }
}
