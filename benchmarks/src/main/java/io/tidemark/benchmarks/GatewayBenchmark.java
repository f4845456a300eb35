package io.tidemark.benchmarks;

import io.tidemark.benchmarks.ConsumerTask.Service;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * What a consumer gets by way of a gateway, beside the stream alone: capture, gateway and consumer
 * are processes of their own on this machine, all readers of the same WAL in turn. Then the time
 * from a commit to the consumer, at a fixed rate.
 */
final class GatewayBenchmark {
  /** Three JVMs have to compile what is hot, gRPC above all. */
  private static final long WARM_UP_ROWS = 1_000_000;

  private static final long ROWS = 1_000_000;
  private static final String WARM_UP = "warm_up";
  private static final String TABLE = "published";
  private static final String LATENCY = "latency";
  private static final int PER_SECOND = 1_000;
  private static final long LATENCY_WARM_UP = 15_000;
  private static final long LATENCY_ROWS = 30_000;
  private static final double MILLIS = 1e3;
  private static final double NANOS = 1e9;
  private static final double MILLION = 1e6;

  private final BenchmarkOptions options;
  private final PrintWriter out;
  private final PrintWriter progress;

  GatewayBenchmark(BenchmarkOptions options, PrintWriter out, PrintWriter progress) {
    this.options = options;
    this.out = out;
    this.progress = progress;
  }

  /** Runs it; each case's line goes out as soon as the case is done. */
  void run() throws Exception {
    try (BenchmarkDatabase database = BenchmarkDatabase.start(options.major(), 0)) {
      throughput(database);
      for (Service service : Service.values()) {
        latency(database, service);
      }
    }
  }

  private void throughput(BenchmarkDatabase database) throws Exception {
    long rows = options.scaled(ROWS);
    progress.printf(Locale.ROOT, "loading the warm-up and %d rows%n", rows);
    database.createTable(WARM_UP);
    database.createSlot(WARM_UP);
    database.loadInTransactionsOfTen(WARM_UP, options.scaled(WARM_UP_ROWS));
    database.createTable(TABLE);
    database.createSlot(TABLE);
    database.loadInTransactionsOfTen(TABLE, rows);
    database.settle();
    List<Double> stream = new ArrayList<>();
    Map<Service, List<Double>> published = new EnumMap<>(Service.class);
    for (Service service : Service.values()) {
      published.put(service, new ArrayList<>());
    }
    for (int run = 0; run < options.runs(); run++) {
      stream.add(stream(database, rows));
      for (Service service : Service.values()) {
        published.get(service).add(published(database, service, rows));
      }
    }
    published.forEach(
        (service, rates) ->
            out.println(
                Comparison.rates(
                    "gateway, " + name(service), "consumer", rates, "stream", stream)));
    out.flush();
    database.dropSlot(WARM_UP);
    database.dropSlot(TABLE);
  }

  private static String name(Service service) {
    return service == Service.OURS ? "our wire" : "pgcapture's wire";
  }

  /** Rows in a second of the stream alone. */
  private double stream(BenchmarkDatabase database, long rows) throws Exception {
    DrainRun run =
        DrainRun.run(
            database,
            new DrainRun.Backlog(WARM_UP, options.scaled(WARM_UP_ROWS)),
            new DrainRun.Backlog(TABLE, rows),
            options);
    progress.printf(
        Locale.ROOT,
        "  stream: %s, %.2f CPU s per million%n",
        run.throughput(),
        run.counts().cpuSecondsPerMillion());
    return run.throughput().perSecond();
  }

  /** Rows in a second at the consumer. */
  private double published(BenchmarkDatabase database, Service service, long rows)
      throws Exception {
    String warmUp = database.copySlot(WARM_UP);
    String slot = database.copySlot(TABLE);
    try (Chain chain = new Chain(database)) {
      CaptureTask first =
          CaptureTask.of(CaptureTask.Kind.DRAIN, warmUp, WARM_UP, options.scaled(WARM_UP_ROWS));
      chain.capture.begin(first.into(chain.port));
      chain.consume(service, 0, options.scaled(WARM_UP_ROWS));
      RowCounts unused = chain.consumed();
      chain.unusedLatencies();
      chain.capture.stop();
      chain.capture.latencies();
      long gatewayCpu = chain.gatewayCpu();
      chain.consume(service, 0, rows);
      chain.capture.begin(
          CaptureTask.of(CaptureTask.Kind.DRAIN, slot, TABLE, rows).into(chain.port));
      long start = database.awaitReader(slot, chain.capture::isAlive);
      RowCounts counts = chain.consumed();
      Throughput throughput = new Throughput(rows, (counts.lastAtMillis() - start) / MILLIS);
      double gateway = (chain.gatewayCpu() - gatewayCpu) / NANOS / (rows / MILLION);
      RowCounts captured = chain.capture.stop();
      progress.printf(
          Locale.ROOT,
          "  %s: %s; CPU s per million: capture %.2f, gateway %.2f, consumer %.2f%n",
          name(service),
          throughput,
          captured.cpuSecondsPerMillion(),
          gateway,
          counts.cpuSecondsPerMillion());
      return throughput.perSecond();
    } finally {
      database.dropSlot(warmUp);
      database.dropSlot(slot);
    }
  }

  private void latency(BenchmarkDatabase database, Service service) throws Exception {
    String table = LATENCY + "_" + service.name().toLowerCase(Locale.ROOT);
    database.createTable(table);
    database.createSlot(table);
    long skipped = options.scaled(LATENCY_WARM_UP);
    long rows = skipped + options.scaled(LATENCY_ROWS);
    try (Chain chain = new Chain(database)) {
      chain.capture.begin(
          CaptureTask.of(CaptureTask.Kind.FOLLOW, table, table, 2 * skipped).into(chain.port));
      chain.consume(service, skipped, rows);
      database.awaitReader(table, chain.capture::isAlive);
      write(database, table, rows);
      chain.consumed();
      Latencies latencies = Latencies.parse(chain.consumer.await(Latencies::isLine));
      chain.capture.stop();
      Latencies toSink = chain.capture.latencies();
      out.printf(
          Locale.ROOT,
          "latency at %d tx/s, %s: %s; to the job's sink alone: %s%n",
          PER_SECOND,
          name(service),
          latencies.figures(),
          toSink.figures());
      out.println("  " + latencies.histogram());
      out.flush();
    } finally {
      database.dropSlot(table);
    }
  }

  /** One row a transaction, with the client's clock before it is sent, at a fixed rate. */
  private static void write(BenchmarkDatabase database, String table, long rows) throws Exception {
    Pace pace = new Pace(PER_SECOND, System::nanoTime);
    try (Connection connection = database.connect();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO "
                    + table
                    + " (name, n, at, amount) VALUES (repeat('x', 50), 1, ?, 12.5)")) {
      for (long i = 0; i < rows; ) {
        long wait = pace.untilDue();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
        } else {
          insert.setObject(1, Instant.now().atOffset(ZoneOffset.UTC));
          insert.executeUpdate();
          pace.taken();
          i++;
        }
      }
    }
  }

  /** Capture, gateway and consumer. */
  private final class Chain implements AutoCloseable {
    final RunnerProcess gateway;
    final RunnerProcess consumer;
    final CaptureProcess capture;
    final int port;

    Chain(BenchmarkDatabase database) throws IOException {
      gateway = RunnerProcess.start(GatewayRunner.class, options.jvmOptions());
      consumer = RunnerProcess.start(ConsumerRunner.class, options.jvmOptions());
      capture = CaptureProcess.start(database, null, options.jvmOptions());
      String line = gateway.await(text -> text.startsWith(GatewayRunner.PORT));
      port = Integer.parseInt(line.substring(GatewayRunner.PORT.length()));
    }

    void consume(Service service, long skipped, long rows) throws IOException {
      consumer.tell(new ConsumerTask(service, port, skipped, rows).toLine());
    }

    RowCounts consumed() throws IOException {
      return RowCounts.parse(consumer.await(RowCounts::isLine));
    }

    void unusedLatencies() throws IOException {
      consumer.await(Latencies::isLine);
    }

    long gatewayCpu() throws IOException {
      gateway.tell("cpu");
      String line = gateway.await(text -> text.startsWith(GatewayRunner.CPU));
      return Long.parseLong(line.substring(GatewayRunner.CPU.length()));
    }

    @Override
    public void close() {
      capture.close();
      consumer.close();
      gateway.close();
    }
  }
}
