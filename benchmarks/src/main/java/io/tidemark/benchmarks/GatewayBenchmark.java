package io.tidemark.benchmarks;

import io.tidemark.benchmarks.ConsumerTask.Service;
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
import java.util.function.ToDoubleFunction;

/**
 * What a consumer gets by way of a gateway, beside the stream alone: capture, gateway and consumer
 * are processes of their own on this machine, all readers of the same WAL in turn. Then {@link
 * GatewayHotKey}, the time from a commit to the consumer, at a fixed rate, {@link GatewayDumps} and
 * {@link GatewayColdStart}.
 */
final class GatewayBenchmark {
  private static final long WARM_UP_ROWS = 1_000_000;

  /** Three JVMs have to compile what is hot, gRPC above all: they get no faster after that. */
  private static final int WARM_UPS = 5;

  private static final long ROWS = 1_000_000;
  private static final String WARM_UP = "warm_up";
  private static final String TABLE = "published";
  private static final String LATENCY = "latency";
  private static final double MILLION = 1e6;
  private static final int PER_SECOND = 1_000;
  private static final long LATENCY_WARM_UP = 15_000;
  private static final long LATENCY_ROWS = 30_000;

  private final BenchmarkOptions options;
  private final Results results;
  private final PrintWriter progress;

  GatewayBenchmark(BenchmarkOptions options, Results results, PrintWriter progress) {
    this.options = options;
    this.results = results;
    this.progress = progress;
  }

  /** Runs it; each case's line goes out as soon as the case is done. */
  void run() throws Exception {
    try (BenchmarkDatabase database = BenchmarkDatabase.start(options.major(), 0);
        CaptureProcess alone = CaptureProcess.start(database, null, options.jvmOptions());
        GatewayChain ours = GatewayChain.start(database, Service.OURS, options);
        GatewayChain pgcapture = GatewayChain.start(database, Service.PGCAPTURE, options)) {
      results.ranOn(database.version());
      DrainRun.Backlog warmUp = load(database, WARM_UP, options.scaled(WARM_UP_ROWS));
      DrainRun.Backlog backlog = load(database, TABLE, options.scaled(ROWS));
      database.settle();
      List<GatewayChain> chains = List.of(ours, pgcapture);
      for (int i = 0; i < WARM_UPS; i++) {
        DrainRun.measure(database, alone, warmUp);
      }
      for (GatewayChain chain : chains) {
        for (int i = 0; i < WARM_UPS; i++) {
          chain.drain(warmUp);
        }
      }
      throughput(database, alone, chains, backlog);
      database.dropSlot(WARM_UP);
      database.dropSlot(TABLE);
      new GatewayHotKey(options, results, progress).run(database, chains);
      for (GatewayChain chain : chains) {
        latency(database, chain);
      }
    }
    new GatewayDumps(options, results, progress).run();
    new GatewayColdStart(options, results, progress).run();
  }

  private DrainRun.Backlog load(BenchmarkDatabase database, String table, long rows)
      throws Exception {
    progress.printf(Locale.ROOT, "loading %s, %d rows%n", table, rows);
    database.createTable(table);
    database.createSlot(table);
    database.loadInTransactionsOfTen(table, rows);
    return new DrainRun.Backlog(table, rows);
  }

  private void throughput(
      BenchmarkDatabase database,
      CaptureProcess alone,
      List<GatewayChain> chains,
      DrainRun.Backlog backlog)
      throws Exception {
    List<DrainRun> stream = new ArrayList<>();
    Map<Service, List<GatewayChain.Drained>> published = new EnumMap<>(Service.class);
    for (int run = 0; run < options.runs(); run++) {
      DrainRun drained = DrainRun.measure(database, alone, backlog);
      progress.printf(
          Locale.ROOT,
          "  stream: %s, %.2f CPU s per million%n",
          drained.throughput(),
          drained.counts().cpuSecondsPerMillion());
      stream.add(drained);
      for (GatewayChain chain : chains) {
        GatewayChain.Drained through = chain.drain(backlog);
        progress.printf(Locale.ROOT, "  %s: %s%n", name(chain.service()), through);
        published.computeIfAbsent(chain.service(), service -> new ArrayList<>()).add(through);
      }
    }
    published.forEach((service, runs) -> results.add(measurement(service, runs, stream)));
  }

  private static Measurement measurement(
      Service service, List<GatewayChain.Drained> runs, List<DrainRun> stream) {
    return Measurement.beside(
        "gateway, " + name(service),
        series("consumer", Throughput.UNIT, runs, run -> run.throughput().perSecond()),
        series("stream", Throughput.UNIT, stream, run -> run.throughput().perSecond()),
        series("messages", "MB/s", runs, run -> run.bytesPerSecond() / MILLION),
        series("CPU of the capture", RowCounts.CPU_UNIT, runs, GatewayChain.Drained::capture),
        series("CPU of the gateway", RowCounts.CPU_UNIT, runs, GatewayChain.Drained::gateway),
        series("CPU of the consumer", RowCounts.CPU_UNIT, runs, GatewayChain.Drained::consumer));
  }

  private static <T> Series series(
      String name, String unit, List<T> runs, ToDoubleFunction<T> figure) {
    return Series.median(name, unit, runs.stream().map(figure::applyAsDouble).toList());
  }

  static String name(Service service) {
    return service == Service.OURS ? "our wire" : "pgcapture's wire";
  }

  private void latency(BenchmarkDatabase database, GatewayChain chain) throws Exception {
    String table = LATENCY + "_" + chain.service().name().toLowerCase(Locale.ROOT);
    database.createTable(table);
    database.createSlot(table);
    long skipped = options.scaled(LATENCY_WARM_UP);
    long rows = skipped + options.scaled(LATENCY_ROWS);
    try {
      chain.follow(table, skipped, rows);
      write(database, table, rows);
      GatewayChain.Followed followed = chain.followed();
      Measurement measurement =
          measurement(
              "latency at %d tx/s, %s".formatted(PER_SECOND, name(chain.service())), followed);
      results.add(
          measurement, "%s%n  %s".formatted(measurement.line(), followed.toConsumer().histogram()));
    } finally {
      database.dropSlot(table);
    }
  }

  private static Measurement measurement(String name, GatewayChain.Followed followed) {
    List<Series> consumer = followed.toConsumer().figures("to the consumer");
    List<Series> more = new ArrayList<>(consumer.subList(1, consumer.size()));
    more.addAll(followed.toSink().figures("to the job's sink alone"));
    return Measurement.alone(name, consumer.get(0), more);
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
}
