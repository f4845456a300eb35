package io.tidemark.gateway.server;

import io.tidemark.gateway.routing.Routes;
import io.tidemark.gateway.schedule.DumpController;
import io.tidemark.gateway.schedule.ScheduleStore;
import io.tidemark.gateway.transport.BackgroundThread;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The gateway: consumers and jobs on one port, dumps on demand on another. The server keeps no
 * changes: the jobs keep what consumers have not acknowledged.
 */
public final class GatewayServer implements AutoCloseable {
  private static final int MAX_LOOKUPS = 4;
  private static final int MAX_WAITING = 10_000;
  private static final Duration TICK = Duration.ofSeconds(1);

  private final BackgroundThread background;

  /** Waits for the store of schedules. */
  private final BackgroundThread steeringThread;

  /** Waits for the sources. */
  private final ExecutorService lookups;

  private final ScheduleStore store;
  private final ConsumerStreams consumers;
  private final PublicationService publications;
  private final ControllerService controllerService;
  private final GrpcPort controllerPort;
  private final GrpcPort gatewayPort;
  private final DumpsService dumps;

  /** Null if there is none. */
  private final MetricsPort metricsPort;

  private GatewayServer(BackgroundThread background, ScheduleStore store, GatewayOptions options)
      throws IOException, SQLException {
    this.background = background;
    this.steeringThread = new BackgroundThread("tidemark-steering");
    this.lookups = lookups();
    this.store = store;
    DumpController controller = new DumpController(store, background);
    Uris uris = new Uris(options.sources(), new Routes(options.waits(), background), lookups);
    Steering steering = new Steering(controller);
    this.consumers = new ConsumerStreams(options.limits().consumers());
    ServerMetrics metrics = new ServerMetrics(consumers, uris);
    this.controllerService = new ControllerService(controller, uris);
    this.dumps = new DumpsService(controller, uris);
    this.controllerPort =
        GrpcPort.open(options.controller(), List.of(controllerService, dumps), background, false);
    this.publications = new PublicationService(uris, steering, background, steeringThread);
    try {
      boolean skip = options.limits().skipOversized();
      CaptureService.Oversized oversized =
          new CaptureService.Oversized(options.limits().messageBytes(), skip);
      this.gatewayPort =
          GrpcPort.open(
              options.gateway(),
              List.of(
                  new CaptureService(uris, consumers, metrics, oversized),
                  new ChangeStreamService(uris, consumers, metrics, skip),
                  publications),
              background,
              true);
    } catch (IOException | RuntimeException e) {
      controllerPort.close();
      throw e;
    }
    try {
      this.metricsPort =
          options.metrics().isEmpty() ? null : MetricsPort.open(options.metrics().get(), metrics);
    } catch (IOException | RuntimeException e) {
      gatewayPort.close();
      controllerPort.close();
      throw e;
    }
    steeringThread.every(TICK, steering::tick);
  }

  /**
   * Opens the ports and goes on with what is scheduled.
   *
   * @throws SQLException if the schedules cannot be read, as by a second server
   * @throws IOException if a port cannot be opened
   */
  public static GatewayServer start(GatewayOptions options) throws IOException, SQLException {
    ScheduleStore store = ScheduleStore.open(options.directory());
    BackgroundThread background = new BackgroundThread("tidemark-gateway");
    try {
      return new GatewayServer(background, store, options);
    } catch (IOException | SQLException | RuntimeException e) {
      background.close();
      store.close();
      throw e;
    }
  }

  private static ExecutorService lookups() {
    return new ThreadPoolExecutor(
        MAX_LOOKUPS,
        MAX_LOOKUPS,
        1,
        TimeUnit.MINUTES,
        new LinkedBlockingQueue<>(MAX_WAITING),
        task -> {
          Thread thread = new Thread(task, "tidemark-sources");
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Where consumers and jobs connect to. */
  public InetSocketAddress gatewayAddress() {
    return gatewayPort.address();
  }

  /** Where dumps are scheduled. */
  public InetSocketAddress controllerAddress() {
    return controllerPort.address();
  }

  /** Where metrics are; empty if nowhere. */
  public Optional<InetSocketAddress> metricsAddress() {
    return Optional.ofNullable(metricsPort).map(MetricsPort::address);
  }

  /** A job of a URI that runs in this process failed: whoever asks for its status is told why. */
  public void jobFailed(String uri, String problem) {
    dumps.jobFailed(uri, problem);
  }

  /** Sends consumers and workers away, to come back to another server, and ends. */
  @Override
  public void close() throws SQLException {
    gatewayPort.stopTakingCalls();
    controllerPort.stopTakingCalls();
    consumers.close();
    publications.close();
    controllerService.close();
    gatewayPort.close();
    controllerPort.close();
    if (metricsPort != null) {
      metricsPort.close();
    }
    steeringThread.close();
    lookups.shutdownNow();
    background.close();
    store.close();
  }
}
