package io.tidemark.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tidemark.gateway.client.ChangeConsumer;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.gateway.wire.pgcapture.CaptureRequest;
import io.tidemark.gateway.wire.pgcapture.DBLogGatewayGrpc;
import io.tidemark.gateway.wire.pgcapture.Field;
import io.tidemark.postgres.change.RowChange;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The main class of a consumer's process. Standard input has a {@link ConsumerTask} a line;
 * standard output gets {@link RowCounts} of each, then {@link Latencies}: from the time in the
 * rows' column {@code at} until they came.
 */
final class ConsumerRunner {
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");
  private static final long CHECK_SECONDS = 1;

  private final ConsumerTask task;
  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final CountDownLatch done = new CountDownLatch(1);
  private final Latencies latencies = new Latencies();
  private final RowVisitor taken = new RowVisitor(this::take);
  private long rows;
  private long firstNanos;
  private long firstCpu;
  private volatile RowCounts counts;

  private ConsumerRunner(ConsumerTask task) {
    this.task = task;
  }

  /** Runs the tasks on standard input. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      ConsumerRunner runner = new ConsumerRunner(ConsumerTask.parse(line));
      runner.run();
      System.out.println(runner.counts.toLine());
      System.out.println(runner.latencies.toLine());
    }
    System.exit(0); // whatever threads are left
  }

  private void run() throws Exception {
    if (task.service() == ConsumerTask.Service.OURS) {
      ours();
    } else {
      pgcapture();
    }
  }

  private void ours() throws Exception {
    try (ChangeConsumer consumer =
        ChangeConsumer.builder()
            .target("localhost:" + task.port())
            .uri(GatewayRunner.URI)
            .onAny(change -> change.accept(taken))
            .build()) {
      CompletableFuture<Void> running = consumer.start();
      while (!done.await(CHECK_SECONDS, TimeUnit.SECONDS)) {
        if (running.isDone()) {
          running.get();
        }
      }
    }
  }

  private void take(RowChange row) {
    counted();
    if (task.skipped() > 0 && rows > task.skipped() && done.getCount() > 0) {
      latencies.add(ChronoUnit.MICROS.between(row.getInstant("at"), Instant.now()));
    }
    endIfLast();
  }

  private void counted() {
    if (++rows == task.skipped() + 1) {
      firstNanos = System.nanoTime();
      firstCpu = system.getProcessCpuTime();
    }
  }

  private void endIfLast() {
    if (rows == task.rows()) {
      counts =
          new RowCounts(
              rows - task.skipped(),
              0,
              System.nanoTime() - firstNanos,
              system.getProcessCpuTime() - firstCpu,
              System.currentTimeMillis());
      done.countDown();
    }
  }

  private void pgcapture() throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("localhost", task.port())
            .usePlaintext()
            // It waits for nothing, so it needs no threads of its own.
            .directExecutor()
            .build();
    try {
      Capture capture = new Capture();
      DBLogGatewayGrpc.newStub(channel).capture(capture);
      CaptureRequest.Builder init = CaptureRequest.newBuilder();
      init.getInitBuilder().setUri(GatewayRunner.URI);
      capture.requests.onNext(init.build());
      while (!done.await(CHECK_SECONDS, TimeUnit.SECONDS)) {
        if (capture.end != null) {
          throw new IllegalStateException("the stream ended: " + capture.end);
        }
      }
      capture.requests.onCompleted();
    } finally {
      channel.shutdown();
      if (!channel.awaitTermination(CHECK_SECONDS, TimeUnit.SECONDS)) {
        channel.shutdownNow();
      }
    }
  }

  /** As a client of pgcapture's does: each message is answered with its checkpoint. */
  private final class Capture implements ClientResponseObserver<CaptureRequest, CaptureMessage> {
    private ClientCallStreamObserver<CaptureRequest> requests;
    private volatile Status end;

    @Override
    public void beforeStart(ClientCallStreamObserver<CaptureRequest> stream) {
      requests = stream;
    }

    @Override
    public void onNext(CaptureMessage message) {
      counted();
      if (task.skipped() > 0 && rows > task.skipped() && done.getCount() > 0) {
        latencies.add(ChronoUnit.MICROS.between(at(message), Instant.now()));
      }
      CaptureRequest.Builder answer = CaptureRequest.newBuilder();
      answer.getAckBuilder().setCheckpoint(message.getCheckpoint());
      requests.onNext(answer.build());
      endIfLast();
    }

    private Instant at(CaptureMessage message) {
      for (Field field : message.getChange().getNewList()) {
        if (field.getName().equals("at")) {
          return EPOCH.plus(field.getBinary().asReadOnlyByteBuffer().getLong(), ChronoUnit.MICROS);
        }
      }
      throw new IllegalStateException("a message without the column 'at'");
    }

    @Override
    public void onError(Throwable failure) {
      end = Status.fromThrowable(failure);
    }

    @Override
    public void onCompleted() {
      end = Status.OK;
    }
  }
}
