package io.tidemark.benchmarks;

import io.tidemark.benchmarks.ConsumerTask.Service;
import io.tidemark.testkit.postgres.PostgresServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Capture, gateway and one consumer, each a JVM of its own. Captures run one after the other: the
 * first ones warm all three up.
 */
final class GatewayChain implements AutoCloseable {
  private static final double MILLIS = 1e3;
  private static final double NANOS = 1e9;
  private static final double MILLION = 1e6;
  private static final Pattern MESSAGE_BYTES =
      Pattern.compile("^tidemark_gateway_message_bytes_total ([0-9]+)$", Pattern.MULTILINE);

  private final BenchmarkDatabase database;
  private final Service service;
  private final RunnerProcess gateway;
  private final RunnerProcess consumer;
  private final CaptureProcess capture;
  private final int port;
  private final URI metrics;
  private final int controllerPort;

  /**
   * What a consumer got.
   *
   * @param throughput from when the slot was seen active until the last row
   * @param perSecondFromFirst rows a second, from the first row to the last
   * @param bytesPerSecond of the messages that it got
   * @param capture CPU seconds per million rows, of the whole time, as the next two
   */
  record Drained(
      Throughput throughput,
      double perSecondFromFirst,
      double bytesPerSecond,
      double capture,
      double gateway,
      double consumer) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s, %.1f MB/s; CPU s per million: capture %.2f, gateway %.2f, consumer %.2f",
          throughput,
          bytesPerSecond / MILLION,
          capture,
          gateway,
          consumer);
    }
  }

  /** How long rows took. */
  record Followed(Latencies toConsumer, Latencies toSink) {}

  private GatewayChain(
      BenchmarkDatabase database,
      Service service,
      RunnerProcess gateway,
      RunnerProcess consumer,
      CaptureProcess capture)
      throws IOException {
    this.database = database;
    this.service = service;
    this.gateway = gateway;
    this.consumer = consumer;
    this.capture = capture;
    String[] ports =
        gateway
            .await(text -> text.startsWith(GatewayRunner.PORTS))
            .substring(GatewayRunner.PORTS.length())
            .split(" ", -1);
    this.port = Integer.parseInt(ports[0]);
    this.metrics = URI.create("http://localhost:" + Integer.parseInt(ports[1]) + "/metrics");
    this.controllerPort = Integer.parseInt(ports[2]);
  }

  /** Starts the three JVMs; dumps on demand are of the primary. */
  static GatewayChain start(BenchmarkDatabase database, Service service, BenchmarkOptions options)
      throws IOException {
    return start(database, null, service, options);
  }

  /**
   * Starts the three JVMs.
   *
   * @param standby where dumps on demand are read; null for the primary
   */
  static GatewayChain start(
      BenchmarkDatabase database, PostgresServer standby, Service service, BenchmarkOptions options)
      throws IOException {
    List<String> jvmOptions = options.jvmOptions();
    return new GatewayChain(
        database,
        service,
        RunnerProcess.start(GatewayRunner.class, jvmOptions),
        RunnerProcess.start(ConsumerRunner.class, jvmOptions),
        CaptureProcess.start(database, standby, jvmOptions));
  }

  Service service() {
    return service;
  }

  /** Takes a backlog, from a copy of its slot. */
  Drained drain(DrainRun.Backlog backlog) throws Exception {
    String slot = database.copySlot(backlog.table());
    try {
      consumer.tell(new ConsumerTask(service, port, 0, backlog.rows()).toLine());
      long bytes = messageBytes();
      long gatewayCpu = gateway.cpuNanos();
      capture.begin(
          CaptureTask.of(CaptureTask.Kind.DRAIN, slot, backlog.table(), backlog.rows()).into(port));
      long start = database.awaitReader(slot, capture::isAlive);
      long captureCpu = capture.cpuNanos();
      RowCounts counts = RowCounts.parse(consumer.await(RowCounts::isLine));
      consumer.await(Latencies::isLine);
      captureCpu = capture.cpuNanos() - captureCpu;
      gatewayCpu = gateway.cpuNanos() - gatewayCpu;
      bytes = messageBytes() - bytes;
      capture.stop();
      Throughput throughput =
          new Throughput(backlog.rows(), (counts.lastAtMillis() - start) / MILLIS);
      double millions = backlog.rows() / MILLION;
      return new Drained(
          throughput,
          backlog.rows() / (counts.nanos() / NANOS),
          bytes / throughput.seconds(),
          captureCpu / NANOS / millions,
          gatewayCpu / NANOS / millions,
          counts.cpuSecondsPerMillion());
    } finally {
      database.dropSlot(slot);
    }
  }

  private long messageBytes() throws Exception {
    String text =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
            .body();
    Matcher line = MESSAGE_BYTES.matcher(text);
    if (!line.find()) {
      throw new IllegalStateException("no count of bytes in " + text);
    }
    return Long.parseLong(line.group(1));
  }

  /**
   * Follows a table's slot from now on; {@link #followed} has the end.
   *
   * @param skipped rows that are not measured
   * @param rows the number of rows at which it ends, the skipped ones included
   */
  void follow(String table, long skipped, long rows) throws Exception {
    capture.begin(CaptureTask.of(CaptureTask.Kind.FOLLOW, table, table, 2 * skipped).into(port));
    consumer.tell(new ConsumerTask(service, port, skipped, rows).toLine());
    database.awaitReader(table, capture::isAlive);
  }

  Followed followed() throws IOException {
    consumer.await(RowCounts::isLine);
    Latencies toConsumer = Latencies.parse(consumer.await(Latencies::isLine));
    return new Followed(toConsumer, capture.stop());
  }

  /**
   * Publishes a table from now on, with a checkpoint a minute, for dumps on demand; {@link #served}
   * ends it.
   *
   * @param slot one that is there
   * @param rows how many the consumer takes until it is through
   */
  void serve(String slot, String table, long rows) throws Exception {
    capture.begin(CaptureTask.of(CaptureTask.Kind.SERVE, slot, table, 0).into(port));
    consumer.tell(new ConsumerTask(service, port, 0, rows).toLine());
    database.awaitReader(slot, capture::isAlive);
  }

  /** Has dumps read on demand of what is served. */
  DumpCalls dumps() {
    return new DumpCalls(controllerPort);
  }

  /** Waits until the consumer has all rows. */
  void served() throws IOException {
    consumer.await(RowCounts::isLine);
    consumer.await(Latencies::isLine);
    capture.stop();
  }

  @Override
  public void close() {
    capture.close();
    consumer.close();
    gateway.close();
  }
}
