package io.tidemark.source.enumerator;

import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests;
import io.tidemark.source.DumpRequests.Held;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.flink.util.FlinkRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enumerator's end of {@link DumpRequests}: brings what is said there, on any thread, to the
 * coordinator's, on which all else here runs.
 */
final class RequestLine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RequestLine.class);

  private final DumpRequests requests;
  private final CaptureWorld world;
  private final DumpCoordinator coordinator;
  private final Executor thread;
  private final Consumer<Boolean> pause;

  /** Null until opened. What a restored dump comes to before is in what the session is given. */
  private DumpRequests.Session session;

  private volatile boolean paused;
  private volatile boolean closed;

  /**
   * A line that is not open.
   *
   * @param requests null if nothing is asked for from outside
   * @param thread the coordinator's
   * @param pause told when the capture is to pause, and when to go on
   */
  RequestLine(
      DumpRequests requests,
      CaptureWorld world,
      DumpCoordinator coordinator,
      Executor thread,
      Consumer<Boolean> pause) {
    this.requests = requests;
    this.world = world;
    this.coordinator = coordinator;
    this.thread = thread;
    this.pause = pause;
  }

  /** Begins to listen. The dumps of a fresh start were begun before. */
  void open(List<Held> held) {
    if (requests != null) {
      session = requests.open(new Listener(), held);
    }
  }

  /** From any thread. */
  boolean isPaused() {
    return paused;
  }

  void progress(long request, int read, int parts) {
    if (session != null) {
      session.progress(request, read, parts);
    }
  }

  void read(long request) {
    if (session != null) {
      session.read(request);
    }
  }

  void failed(long request, String reason) {
    LOG.warn("Dump request {} comes to nothing: {}", Long.toUnsignedString(request, 16), reason);
    if (session != null) {
      session.failed(request, reason);
    }
  }

  @Override
  public void close() {
    closed = true;
    if (session != null) {
      session.close();
    }
  }

  private void requested(DumpRequest request) {
    if (world.captures(request.table())) {
      coordinator.requested(request);
    } else {
      failed(request.request(), request.table() + " is not one of the capture's tables");
    }
  }

  private void paused(boolean now) {
    if (paused != now) {
      LOG.info(now ? "The capture pauses" : "The capture goes on");
      paused = now;
      pause.accept(now);
    }
  }

  private static void fail(Throwable cause) {
    throw new FlinkRuntimeException(
        "dumps can no longer be requested: " + cause.getMessage(), cause);
  }

  /** On any thread. */
  private final class Listener implements DumpRequests.Listener {
    @Override
    public void requested(DumpRequest request) {
      run(() -> RequestLine.this.requested(request));
    }

    @Override
    public void closed(long request) {
      run(() -> coordinator.closed(request));
    }

    @Override
    public void paused(boolean now) {
      run(() -> RequestLine.this.paused(now));
    }

    @Override
    public void failed(Throwable cause) {
      run(() -> fail(cause));
    }

    private void run(Runnable what) {
      try {
        thread.execute(
            () -> {
              if (!closed) {
                what.run();
              }
            });
      } catch (RejectedExecutionException e) {
        LOG.debug("The enumerator has ended", e);
      }
    }
  }
}
