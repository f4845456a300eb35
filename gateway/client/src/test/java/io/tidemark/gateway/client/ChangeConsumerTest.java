package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.again;
import static io.tidemark.gateway.client.Rows.batch;
import static io.tidemark.gateway.client.Rows.insert;
import static io.tidemark.gateway.client.Rows.inserts;
import static io.tidemark.gateway.client.Rows.orders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.tidemark.gateway.client.ScriptedServer.Stream;
import io.tidemark.gateway.transport.Backoff;
import io.tidemark.gateway.transport.TestCertificate;
import io.tidemark.gateway.wire.ChangeStreamGrpc;
import io.tidemark.gateway.wire.Start;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A consumer beside a server by hand, rule by rule. More than 400 lines for the number of rules.
 */
@Timeout(60)
class ChangeConsumerTest {
  private static final Backoff SHORT = new Backoff(Duration.ofMillis(10), Duration.ofMillis(50));

  private final BlockingQueue<Integer> handled = new LinkedBlockingQueue<>();
  private ScriptedServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = ScriptedServer.start();
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private ChangeConsumerBuilder builder() {
    return ChangeConsumer.builder()
        .target(server.target())
        .uri("shop")
        .reconnectBackoff(SHORT)
        .retryBackoff(SHORT);
  }

  private ChangeConsumerBuilder orderIds() {
    return builder().on("public.orders", change -> handled.add(change.getInt("id")));
  }

  private int nextHandled() throws InterruptedException {
    Integer id = handled.poll(20, TimeUnit.SECONDS);
    assertThat(id).as("a change").isNotNull();
    return id;
  }

  @Test
  void aConsumerSaysWhatItWantsAndAcknowledgesIt() throws Exception {
    ChangeConsumer consumer = orderIds().tables("^public\\.").maxMessageBytes(5 << 20).build();
    CompletableFuture<Void> end = consumer.start();
    Stream stream = server.accept();
    assertThat(stream.start())
        .isEqualTo(
            Start.newBuilder()
                .setUri("shop")
                .setTables("^public\\.")
                .setMaxBatchBytes(5 << 20)
                .build());
    stream.send(batch(orders(), insert(1), insert(2)));
    stream.awaitAcknowledged(2);
    CompletableFuture<Void> closed = CompletableFuture.runAsync(consumer::close);
    assertThat(stream.next()).isSameAs(Stream.FINISHED);
    closed.get(20, TimeUnit.SECONDS);
    end.get(20, TimeUnit.SECONDS);
    assertThat(handled).containsExactly(1, 2);
  }

  @Test
  void whatIsAskedForByDefaultAreTheTablesAndALot() throws Exception {
    try (ChangeConsumer consumer = orderIds().build()) {
      CompletableFuture<Void> end = consumer.start();
      Stream stream = server.accept();
      Start start = stream.start();
      assertThat(start.getMaxBatchBytes()).isEqualTo(256 << 20);
      assertThat(start.getTables()).isEqualTo("^(public\\.orders)$");
      assertThat(start.getDdl()).isFalse();
      assertThat(end).isNotDone();
    }
  }

  @Test
  void statementsAndChangesOfTablesComeInTheirPlaceIfTheyAreHandled() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (ChangeConsumer consumer =
        builder()
            .on("public.orders", change -> seen.add("row " + change.getInt("id")))
            .onDdl(ddl -> seen.add(ddl.statement().text().orElseThrow()))
            .onSchemaChange(change -> seen.add(change.toString()))
            .build()) {
      CompletableFuture<Void> end = consumer.start();
      Stream stream = server.accept();
      Start start = stream.start();
      assertThat(start.getDdl()).isTrue();
      assertThat(start.getTables()).isEmpty();
      stream.send(
          batch(
              Rows.schemaChange(1, null, Rows.ORDERS),
              orders(),
              insert(2),
              Rows.ddl(3, "DROP TABLE orders"),
              Rows.schemaChange(3, Rows.ORDERS, null)));
      stream.awaitAcknowledged(4);
      assertThat(seen)
          .containsExactly(
              "new table public.orders at 0/1#1",
              "row 2",
              "DROP TABLE orders",
              "end of table public.orders at 0/3#1");
      assertThat(end).isNotDone();
    }
  }

  @Test
  void aServerThatIsBackIsFoundAgain() throws Exception {
    int port = server.port();
    try (ChangeConsumer consumer = orderIds().build()) {
      CompletableFuture<Void> end = consumer.start();
      Stream first = server.accept();
      first.send(batch(orders(), insert(1)));
      assertThat(nextHandled()).isEqualTo(1);
      server.close();
      server = ScriptedServer.start(port);
      Stream second = server.accept();
      assertThat(second.start().getUri()).isEqualTo("shop");
      second.send(batch(orders(), insert(1), insert(2)));
      second.awaitAcknowledged(2);
      assertThat(nextHandled()).isEqualTo(1);
      assertThat(nextHandled()).isEqualTo(2);
      assertThat(end).isNotDone();
    }
  }

  @Test
  void whatIsGivenBackComesAgain() throws Exception {
    AtomicInteger failures = new AtomicInteger();
    ChangeConsumerBuilder builder =
        builder()
            .on(
                "public.orders",
                change -> {
                  if (change.getInt("id") == 2 && failures.getAndIncrement() < 2) {
                    throw new IOException("down");
                  }
                  handled.add(change.getInt("id"));
                });
    try (ChangeConsumer consumer = builder.build()) {
      CompletableFuture<Void> end = consumer.start();
      Stream stream = server.accept();
      stream.start();
      stream.send(batch(orders(), insert(1), insert(2), insert(3)));
      stream.awaitAcknowledged(1);
      for (int i = 0; i < 2; i++) {
        assertThat(stream.next().getGiveBack().getFrom()).isEqualTo(2);
        stream.send(batch(again(2), insert(2), insert(3)));
      }
      stream.awaitAcknowledged(3);
      assertThat(handled).containsExactly(1, 2, 3);
      assertThat(end).isNotDone();
    }
  }

  @Test
  void asynchronousHandlersAreAcknowledgedWhenTheyAreThrough() throws Exception {
    BlockingQueue<CompletableFuture<Void>> stages = new LinkedBlockingQueue<>();
    ChangeConsumerBuilder builder =
        builder()
            .onAnyAsync(
                event -> {
                  CompletableFuture<Void> stage = new CompletableFuture<>();
                  stages.add(stage);
                  return stage;
                });
    try (ChangeConsumer consumer = builder.build()) {
      CompletableFuture<Void> end = consumer.start();
      Stream stream = server.accept();
      stream.start();
      stream.send(batch(orders(), insert(1), insert(2)));
      CompletableFuture<Void> first = stages.poll(20, TimeUnit.SECONDS);
      stages.poll(20, TimeUnit.SECONDS).complete(null);
      first.complete(null);
      stream.awaitAcknowledged(2);
      assertThat(end).isNotDone();
    }
  }

  @Test
  void batchesComeWhenTheyAreAskedFor() throws Exception {
    BlockingQueue<String> log = new LinkedBlockingQueue<>();
    CompletableFuture<Status> end = new CompletableFuture<>();
    EventStream call =
        GrpcEventStream.open(
            new GrpcEventStream.Server(server.target(), java.util.Optional.empty(), null, 1 << 20),
            Start.newBuilder().setUri("shop").build(),
            new EventStream.Listener() {
              @Override
              public void batch(io.tidemark.gateway.wire.Batch batch) {
                log.add("batch " + batch.getEventsCount());
              }

              @Override
              public void ready() {}

              @Override
              public void ended(Status status) {
                log.add("end");
                end.complete(status);
              }
            });
    Stream stream = server.accept();
    stream.send(inserts(1));
    stream.send(inserts(1, 2));
    stream.send(inserts(1, 2, 3));
    stream.end();
    StringBuilder heard = new StringBuilder();
    for (int i = 0; i < 2; i++) {
      call.request();
      heard.append(log.poll(20, TimeUnit.SECONDS)).append(log.size()).append(' ');
    }
    call.request();
    assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo(Status.OK);
    assertThat(heard).hasToString("batch 10 batch 20 ");
    call.cancel();
  }

  @Test
  void anEventThatIsTooLargeEndsTheConsumer() throws Exception {
    ChangeConsumer consumer = orderIds().maxMessageBytes(64).build();
    CompletableFuture<Void> end = consumer.start();
    server.accept().send(inserts(1, 2, 3, 4, 5));
    assertFails(end, "RESOURCE_EXHAUSTED", "raise maxMessageBytes");
    consumer.close();
  }

  @Test
  void aRefusedConsumerSaysWhyAndWhatToDo() throws Exception {
    CompletableFuture<Void> end = orderIds().build().start();
    server.accept().end(Status.NOT_FOUND.withDescription("requested uri not found"));
    assertFails(
        end,
        "cannot consume uri 'shop' at " + server.target() + ": NOT_FOUND: requested uri not found",
        "Check the uri");
  }

  @Test
  void aServerWithoutTheServiceIsTold() throws Exception {
    Server other = ScriptedServer.builder(0).build().start();
    try {
      ChangeConsumer consumer = orderIds().target("localhost:" + other.getPort()).build();
      assertThatThrownBy(consumer::run)
          .isInstanceOf(ConsumerException.class)
          .hasMessageContaining("UNIMPLEMENTED")
          .hasMessageContaining("Check the port");
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void bytesThatAreNoBatchEndTheConsumer() throws Exception {
    Server odd = ScriptedServer.builder(0).addService(garbage()).build().start();
    try {
      ChangeConsumer consumer = orderIds().target("localhost:" + odd.getPort()).build();
      assertThatThrownBy(consumer::run)
          .isInstanceOf(ConsumerException.class)
          .hasMessageContaining("cannot be read");
    } finally {
      odd.shutdownNow();
    }
  }

  private static ServerServiceDefinition garbage() {
    MethodDescriptor.Marshaller<byte[]> bytes =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(InputStream stream) {
            try {
              return stream.readAllBytes();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    MethodDescriptor<byte[], byte[]> consume =
        MethodDescriptor.<byte[], byte[]>newBuilder(bytes, bytes)
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .setFullMethodName(ChangeStreamGrpc.getConsumeMethod().getFullMethodName())
            .build();
    return ServerServiceDefinition.builder(ChangeStreamGrpc.SERVICE_NAME)
        .addMethod(
            consume,
            ServerCalls.asyncBidiStreamingCall(
                responses -> {
                  responses.onNext(new byte[] {(byte) 0xFF, (byte) 0xFF});
                  return new io.grpc.stub.StreamObserver<>() {
                    @Override
                    public void onNext(byte[] request) {}

                    @Override
                    public void onError(Throwable error) {}

                    @Override
                    public void onCompleted() {}
                  };
                }))
        .build();
  }

  @Test
  void aRecordThatDoesNotFitEndsTheConsumer() throws Exception {
    @Table("public.orders")
    record Order(int id, String color) {}
    CompletableFuture<Void> end =
        builder().on(Order.class, change -> handled.add(change.row().id())).build().start();
    Stream stream = server.accept();
    stream.start();
    stream.send(batch(orders(), insert(1)));
    assertThat(stream.next()).isSameAs(Stream.FINISHED);
    assertFails(end, "needs 'color' of table public.orders", "which has 'id', 'note'");
  }

  @Test
  void aTokenIsShown() throws Exception {
    try (ChangeConsumer consumer = orderIds().token("t0ken").build()) {
      CompletableFuture<Void> end = consumer.start();
      server.accept().start();
      assertThat(server.authorization()).isEqualTo("Bearer t0ken");
      assertThat(end).isNotDone();
    }
  }

  @Test
  void aTokenThatIsNotThereIsAskedForAgain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ChangeConsumerBuilder builder =
        orderIds()
            .token(
                () -> {
                  if (asked.incrementAndGet() < 3) {
                    throw new IllegalStateException("no token yet");
                  }
                  return "t" + asked;
                });
    try (ChangeConsumer consumer = builder.build()) {
      CompletableFuture<Void> end = consumer.start();
      server.accept().start();
      assertThat(server.authorization()).isEqualTo("Bearer t3");
      assertThat(end).isNotDone();
    }
  }

  @Test
  void tlsHidesTheTokenAndShowsTheServer(@TempDir Path directory) throws Exception {
    TestCertificate ours = TestCertificate.make(directory, "gateway");
    TestCertificate theirs = TestCertificate.make(directory, "other");
    try (ScriptedServer secure = ScriptedServer.startTls(ours.certificate(), ours.key());
        ChangeConsumer trusting =
            orderIds()
                .target("127.0.0.1:" + secure.port())
                .token("t0ken")
                .tls(ours.certificate())
                .build();
        ChangeConsumer other =
            orderIds()
                .target("127.0.0.1:" + secure.port())
                .uri("other")
                .token("t0ken")
                .tls(theirs.certificate())
                .build()) {
      CompletableFuture<Void> otherEnd = other.start();
      CompletableFuture<Void> end = trusting.start();
      Stream stream = secure.accept();
      assertThat(stream.start().getUri()).isEqualTo("shop");
      assertThat(secure.authorization()).isEqualTo("Bearer t0ken");
      assertThat(end).isNotDone();
      assertThat(otherEnd).isNotDone();
    }
  }

  @Test
  void aHandlerMayCloseTheConsumer() throws Exception {
    AtomicReference<ChangeConsumer> consumer = new AtomicReference<>();
    consumer.set(builder().onAny(event -> consumer.get().close()).build());
    CompletableFuture<Void> end = consumer.get().start();
    Stream stream = server.accept();
    stream.start();
    stream.send(batch(orders(), insert(1)));
    stream.awaitAcknowledged(1);
    assertThat(stream.next()).isSameAs(Stream.FINISHED);
    end.get(20, TimeUnit.SECONDS);
  }

  @Test
  void anInterruptEndsIt() throws Exception {
    ChangeConsumer consumer = orderIds().build();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              consumer.run();
              interrupted.complete(Thread.currentThread().isInterrupted());
            });
    thread.start();
    Stream stream = server.accept();
    stream.start();
    thread.interrupt();
    assertThat(stream.next()).isSameAs(Stream.FINISHED);
    assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aConsumerRunsOnce() {
    ChangeConsumer consumer = orderIds().build();
    consumer.close();
    consumer.close();
    assertThatThrownBy(consumer::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was run or closed before");
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> ChangeConsumer.builder().target("x:1").build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "a consumer needs a target, a uri and a handler; it has target x:1, uri null and no"
                + " handler");
  }

  private static void assertFails(CompletableFuture<Void> end, String... parts) {
    assertThatThrownBy(() -> end.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(ConsumerException.class)
        .hasMessageContainingAll(parts);
  }
}
