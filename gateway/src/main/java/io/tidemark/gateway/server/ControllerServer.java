package io.tidemark.gateway.server;

import io.tidemark.gateway.schedule.DumpController;
import io.tidemark.gateway.schedule.ScheduleStore;
import io.tidemark.gateway.schedule.Timer;
import io.tidemark.gateway.source.SourceResolver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The controller of dumps, on a port of its own, with its schedules in a directory. */
public final class ControllerServer implements AutoCloseable {
  /** Where pgcapture's clients look for it. */
  public static final int DEFAULT_PORT = 10_000;

  private final ExecutorService wakeUps;
  private final ScheduleStore store;
  private final ControllerService service;
  private final GrpcPort port;

  private ControllerServer(
      ExecutorService wakeUps, ScheduleStore store, ControllerService service, GrpcPort port) {
    this.wakeUps = wakeUps;
    this.store = store;
    this.service = service;
    this.port = port;
  }

  /**
   * Opens the port and goes on with what is scheduled.
   *
   * @param directory for the schedules
   * @param sources which URIs there are
   * @throws SQLException if the schedules cannot be read, as by a second server
   * @throws IOException if the port cannot be opened
   */
  public static ControllerServer start(
      ListenOptions options, Path directory, SourceResolver sources)
      throws IOException, SQLException {
    ExecutorService wakeUps =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "tidemark-controller");
              thread.setDaemon(true);
              return thread;
            });
    ScheduleStore store = ScheduleStore.open(directory);
    try {
      DumpController controller = new DumpController(store, timer(wakeUps));
      ControllerService service = new ControllerService(controller, sources);
      GrpcPort port = GrpcPort.open(options, List.of(service));
      return new ControllerServer(wakeUps, store, service, port);
    } catch (IOException | SQLException | RuntimeException e) {
      wakeUps.shutdownNow();
      store.close();
      throw e;
    }
  }

  private static Timer timer(ExecutorService wakeUps) {
    return new Timer() {
      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public void after(long nanos, Runnable task) {
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, wakeUps).execute(task);
      }
    };
  }

  public InetSocketAddress address() {
    return port.address();
  }

  @Override
  public void close() throws SQLException {
    port.stopTakingCalls();
    service.close();
    port.close();
    wakeUps.shutdownNow();
    store.close();
  }
}
