package io.tidemark.gateway.server;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.schedule.DumpRange;
import io.tidemark.gateway.wire.DumpedKey;
import io.tidemark.gateway.wire.Held;
import io.tidemark.gateway.wire.Open;
import io.tidemark.gateway.wire.RangeClosed;
import io.tidemark.gateway.wire.RangeFailed;
import io.tidemark.gateway.wire.RangeProgress;
import io.tidemark.gateway.wire.RangeWanted;
import io.tidemark.gateway.wire.SteerRequest;
import io.tidemark.gateway.wire.SteerResponse;
import io.tidemark.postgres.KeyTexts;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stream of one job's enumerator. */
final class SteerStream
    implements StreamObserver<SteerRequest>, Steering.Enumerator, Consumer<Status> {
  private static final Logger LOG = LoggerFactory.getLogger(SteerStream.class);

  private final ServerCallStreamObserver<SteerResponse> response;
  private final Uris uris;
  private final Steering steering;
  private final Consumer<SteerStream> gone;
  private final Executor executor;
  private volatile String uri;
  private volatile boolean opened;

  /** Under the lock of this. */
  private boolean ended;

  /**
   * @param executor one thread, for what may have to wait for the store of schedules
   * @param gone hears of its end
   */
  SteerStream(
      ServerCallStreamObserver<SteerResponse> response,
      Uris uris,
      Steering steering,
      Executor executor,
      Consumer<SteerStream> gone) {
    this.response = response;
    this.uris = uris;
    this.steering = steering;
    this.executor = executor;
    this.gone = gone;
    response.setOnCancelHandler(this::leave);
  }

  @Override
  public void onNext(SteerRequest request) {
    try {
      if (uri == null) {
        open(request);
        return;
      }
      if (!opened) {
        throw Status.INVALID_ARGUMENT
            .withDescription("a request before the first response")
            .asException();
      }
      switch (request.getTypeCase()) {
        case FAILED -> {
          RangeFailed failed = request.getFailed();
          String reason = Printable.line(failed.getReason());
          if (failed.getForGood()) {
            steer(() -> steering.refused(uri, failed.getRequest(), reason));
          } else {
            steer(() -> steering.failed(uri, failed.getRequest(), reason));
          }
        }
        case PROGRESS -> {
          RangeProgress progress = request.getProgress();
          long read = Integer.toUnsignedLong(progress.getPartsRead());
          long parts = Integer.toUnsignedLong(progress.getParts());
          if (read > parts || parts == 0) {
            throw Status.INVALID_ARGUMENT
                .withDescription("%d of %d parts were read".formatted(read, parts))
                .asException();
          }
          steer(() -> steering.progress(uri, progress.getRequest(), read, parts));
        }
        case OPEN, TYPE_NOT_SET ->
            throw Status.INVALID_ARGUMENT
                .withDescription("not a request after an open")
                .asException();
      }
    } catch (StatusException e) {
      end(e.getStatus());
    }
  }

  private interface Step {
    void go() throws SQLException;
  }

  /** On a thread that may wait for the store. */
  private void steer(Step step) {
    executor.execute(
        () -> {
          try {
            step.go();
          } catch (SQLException e) {
            LOG.error("The schedules cannot be written", e);
            end(Status.INTERNAL.withDescription("the server's log says why"));
          }
        });
  }

  private void open(SteerRequest request) throws StatusException {
    Open open = request.getOpen();
    if (!request.hasOpen() || open.getUri().isEmpty()) {
      throw Status.INVALID_ARGUMENT
          .withDescription("the first request should be an open with a uri")
          .asException();
    }
    uri = open.getUri();
    Set<Long> held = new HashSet<>();
    for (Held each : open.getHeldList()) {
      held.add(each.getRequest());
    }
    uris.whenAllowed(
        uri,
        true,
        () -> {
          opened = true;
          steer(
              () -> {
                steering.open(uri, this, held);
                if (response.isCancelled()) {
                  steering.close(uri, this);
                }
              });
        },
        this::end);
  }

  @Override
  public void onError(Throwable cancelled) {
    leave();
  }

  @Override
  public void onCompleted() {
    end(Status.OK);
  }

  private void leave() {
    gone.accept(this);
    if (opened) {
      executor.execute(() -> steering.close(uri, this));
    }
  }

  /** Ends it, from outside. */
  @Override
  public void accept(Status status) {
    end(status);
  }

  private void end(Status status) {
    leave();
    finish(status);
  }

  private synchronized void finish(Status status) {
    if (ended) {
      return;
    }
    ended = true;
    Responses.end(response, status);
  }

  @Override
  public void wanted(long request, DumpRange range) {
    RangeWanted.Builder wanted =
        RangeWanted.newBuilder()
            .setRequest(request)
            .setSchema(range.table().schema())
            .setTable(range.table().name());
    RangeWanted.Builder whole =
        range
            .rows()
            .either(
                pages -> wanted.setFirst((int) pages.first()).setLast((int) pages.last()),
                keys -> wanted.addAllKeys(wire(keys.texts())));
    send(SteerResponse.newBuilder().setWanted(whole).build());
  }

  private static List<DumpedKey> wire(KeyTexts keys) {
    return keys.keys().stream()
        .map(key -> DumpedKey.newBuilder().addAllValues(key).build())
        .toList();
  }

  @Override
  public void closed(long request) {
    send(
        SteerResponse.newBuilder().setClosed(RangeClosed.newBuilder().setRequest(request)).build());
  }

  @Override
  public void paused(boolean paused) {
    send(SteerResponse.newBuilder().setPaused(paused).build());
  }

  @Override
  public void replaced() {
    // Not final: the newer one may be a zombie's.
    finish(Status.UNAVAILABLE.withDescription("another enumerator of '" + uri + "' has come"));
  }

  private synchronized void send(SteerResponse message) {
    if (!ended && !response.isCancelled()) {
      response.onNext(message);
    }
  }
}
