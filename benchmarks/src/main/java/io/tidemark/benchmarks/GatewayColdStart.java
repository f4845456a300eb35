package io.tidemark.benchmarks;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.tidemark.cli.Tidemark;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.gateway.wire.pgcapture.CaptureRequest;
import io.tidemark.gateway.wire.pgcapture.DBLogGatewayGrpc;
import io.tidemark.jobs.Failure;
import io.tidemark.testkit.Directories;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A gateway that is started with an embedded job for the first time: how long from the start of the
 * process until a consumer of pgcapture's wire has its first message, of a row that is there, with
 * pre-flight, publication, slot and dump in between.
 */
final class GatewayColdStart {
  private static final String TABLE = "cold";
  private static final Pattern SERVING = Pattern.compile("serving consumers on .*:([0-9]+), .*");
  private static final long PATIENCE_SECONDS = 120;
  private static final double NANOS = 1e9;

  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;

  GatewayColdStart(BenchmarkOptions options, Results results, PrintWriter progress) {
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** When what came, in seconds from the start of the process. */
  private record Start(double serving, double firstMessage) {}

  /** Runs it; its line goes out when it is done. */
  void run() throws Exception {
    List<Start> starts = new ArrayList<>();
    try (BenchmarkDatabase database = BenchmarkDatabase.start(options.major(), 0)) {
      results.ranOn(database.version());
      database.createTable(TABLE);
      database.loadInOneTransaction(TABLE, 1);
      for (int run = 1; run <= options.runs(); run++) {
        Start start = measure(database, TABLE + "_" + run);
        progress.printf(
            Locale.ROOT,
            "  cold start: serving after %.2f s, first message after %.2f s%n",
            start.serving(),
            start.firstMessage());
        starts.add(start);
      }
    }
    results.add(
        Measurement.alone(
            "cold start of a gateway with its job",
            Series.median(
                "to the first message", "s", starts.stream().map(Start::firstMessage).toList()),
            List.of(
                Series.median(
                    "to the open port", "s", starts.stream().map(Start::serving).toList()))));
  }

  private Start measure(BenchmarkDatabase database, String slot) throws Exception {
    Path home = Files.createTempDirectory("tidemark-benchmark-cold-");
    try {
      Path sources = writeSource(home, database, slot);
      long start = System.nanoTime();
      try (RunnerProcess gateway =
          RunnerProcess.start(
              Tidemark.class,
              options.jvmOptions(),
              List.of(
                  "gateway",
                  "--embedded",
                  "--sources=" + sources,
                  "--state=" + home.resolve("state"),
                  "--port=0",
                  "--controller-port=0"))) {
        Matcher serving = SERVING.matcher(gateway.await(line -> SERVING.matcher(line).matches()));
        double served = secondsSince(start);
        if (!serving.matches()) {
          throw new IllegalStateException("no port in the line that has one");
        }
        awaitFirst(Integer.parseInt(serving.group(1)));
        double first = secondsSince(start);
        gateway.terminate();
        return new Start(served, first);
      } finally {
        database.dropSlot(slot);
      }
    } finally {
      Directories.delete(home);
    }
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / NANOS;
  }

  private static Path writeSource(Path home, BenchmarkDatabase database, String slot)
      throws IOException {
    Path sources = Files.createDirectories(home.resolve("sources"));
    Path password = home.resolve("password");
    Files.writeString(password, database.primary().password());
    Files.write(
        sources.resolve(GatewayRunner.URI + ".properties"),
        List.of(
            "url = " + database.primary().url(BenchmarkDatabase.NAME),
            "user = " + database.primary().user(),
            "password-file = " + password,
            "tables = public." + TABLE,
            "publication = " + slot,
            "slot = " + slot,
            "dump-from-primary = true",
            "start = dump"));
    return sources;
  }

  /** As an existing client does it: it connects, says which URI, and is sent what there is. */
  private static void awaitFirst(int port) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("localhost", port).usePlaintext().build();
    try {
      First first = new First();
      StreamObserver<CaptureRequest> requests = DBLogGatewayGrpc.newStub(channel).capture(first);
      CaptureRequest.Builder init = CaptureRequest.newBuilder();
      init.getInitBuilder().setUri(GatewayRunner.URI);
      requests.onNext(init.build());
      first.came.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      requests.onCompleted();
    } catch (ExecutionException e) {
      throw new Failure("the consumer got no message: " + Status.fromThrowable(e.getCause()), e);
    } finally {
      channel.shutdownNow();
    }
  }

  private static final class First implements StreamObserver<CaptureMessage> {
    private final CompletableFuture<CaptureMessage> came = new CompletableFuture<>();

    @Override
    public void onNext(CaptureMessage message) {
      came.complete(message);
    }

    @Override
    public void onError(Throwable failure) {
      came.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      came.completeExceptionally(new IllegalStateException("the stream ended"));
    }
  }
}
