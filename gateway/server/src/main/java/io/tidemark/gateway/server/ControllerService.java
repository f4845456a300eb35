package io.tidemark.gateway.server;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.schedule.AlreadyScheduledException;
import io.tidemark.gateway.schedule.DumpController;
import io.tidemark.gateway.schedule.DumpRange;
import io.tidemark.gateway.transport.Shutdown;
import io.tidemark.gateway.wire.pgcapture.DBLogControllerGrpc.DBLogControllerImplBase;
import io.tidemark.gateway.wire.pgcapture.DumpInfoRequest;
import io.tidemark.gateway.wire.pgcapture.DumpInfoResponse;
import io.tidemark.gateway.wire.pgcapture.ScheduleRequest;
import io.tidemark.gateway.wire.pgcapture.ScheduleResponse;
import io.tidemark.gateway.wire.pgcapture.SetScheduleCoolDownRequest;
import io.tidemark.gateway.wire.pgcapture.SetScheduleCoolDownResponse;
import io.tidemark.gateway.wire.pgcapture.StopScheduleRequest;
import io.tidemark.gateway.wire.pgcapture.StopScheduleResponse;
import io.tidemark.postgres.RowSelection.Pages;
import io.tidemark.postgres.TableName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Dumps on demand, as pgcapture's clients ask for them. */
final class ControllerService extends DBLogControllerImplBase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControllerService.class);
  private static final Duration LONGEST_COOL_DOWN = Duration.ofDays(1);

  private final DumpController controller;
  private final Uris uris;
  private final Set<Puller> pullers = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  ControllerService(DumpController controller, Uris uris) {
    this.controller = controller;
    this.uris = uris;
  }

  /** What a call does; its failures become statuses. */
  interface Action<R> {
    R run() throws StatusException, SQLException, AlreadyScheduledException;
  }

  @Override
  public void schedule(ScheduleRequest request, StreamObserver<ScheduleResponse> response) {
    answer(
        response,
        () -> {
          uris.require(request.getUri());
          schedule(request.getUri(), request.getDumpsList());
          return ScheduleResponse.getDefaultInstance();
        });
  }

  /** Ranges that cannot be are left out, as long as there are others; so are those of no pages. */
  private void schedule(String uri, List<DumpInfoResponse> infos)
      throws SQLException, AlreadyScheduledException {
    List<DumpRange> ranges = new ArrayList<>();
    List<IllegalArgumentException> problems = new ArrayList<>();
    for (DumpInfoResponse info : infos) {
      if (Integer.compareUnsigned(info.getPageEnd(), info.getPageBegin()) >= 0) {
        try {
          ranges.add(range(info));
        } catch (IllegalArgumentException e) {
          problems.add(e);
        }
      }
    }
    if (ranges.isEmpty() && !problems.isEmpty()) {
      throw problems.get(0);
    }
    controller.schedule(uri, ranges);
    problems.forEach(each -> controller.leftOut(uri, Printable.line(each.getMessage())));
  }

  @Override
  public void stopSchedule(
      StopScheduleRequest request, StreamObserver<StopScheduleResponse> response) {
    answer(
        response,
        () -> {
          uris.require(request.getUri());
          controller.stop(request.getUri());
          return StopScheduleResponse.getDefaultInstance();
        });
  }

  @Override
  public void setScheduleCoolDown(
      SetScheduleCoolDownRequest request, StreamObserver<SetScheduleCoolDownResponse> response) {
    answer(
        response,
        () -> {
          uris.require(request.getUri());
          controller.coolDown(request.getUri(), coolDown(request));
          return SetScheduleCoolDownResponse.getDefaultInstance();
        });
  }

  private static Duration coolDown(SetScheduleCoolDownRequest request) {
    com.google.protobuf.Duration given = request.getDuration();
    // Beyond what a Duration can hold is beyond the longest, too.
    long seconds = Math.min(given.getSeconds(), LONGEST_COOL_DOWN.toSeconds() + 1);
    Duration least = Duration.ofSeconds(seconds, given.getNanos());
    if (least.isNegative() || least.compareTo(LONGEST_COOL_DOWN) > 0) {
      throw new IllegalArgumentException(
          "a cool-down of %s: it must be from 0 to %s".formatted(least, LONGEST_COOL_DOWN));
    }
    return least;
  }

  @Override
  public StreamObserver<DumpInfoRequest> pullDumpInfo(StreamObserver<DumpInfoResponse> response) {
    Puller puller = new Puller((ServerCallStreamObserver<DumpInfoResponse>) response);
    pullers.add(puller);
    if (closed) {
      close();
    }
    return puller;
  }

  /** Ends all streams: their clients are to come back to another server. */
  @Override
  public void close() {
    closed = true;
    pullers.forEach(puller -> puller.end(Shutdown.STATUS));
  }

  /**
   * One stream of ranges. gRPC calls it on one thread at a time; {@link #end} may be on another.
   */
  private final class Puller implements StreamObserver<DumpInfoRequest> {
    private final ServerCallStreamObserver<DumpInfoResponse> response;
    private volatile DumpController.Worker worker;
    private final AtomicBoolean ended = new AtomicBoolean();

    Puller(ServerCallStreamObserver<DumpInfoResponse> response) {
      this.response = response;
      response.setOnCancelHandler(this::cancelled);
    }

    @Override
    public void onNext(DumpInfoRequest request) {
      if (ended.get()) {
        return;
      }
      try {
        if (worker == null) {
          register(request.getUri());
        } else if (request.getRequeueReason().isEmpty()) {
          worker.acknowledge();
        } else {
          worker.requeue(Printable.line(request.getRequeueReason()));
        }
      } catch (StatusException | SQLException | RuntimeException e) {
        end(status(e).getStatus());
      }
    }

    private void register(String uri) throws StatusException {
      if (uri.isEmpty()) {
        throw Status.INVALID_ARGUMENT
            .withDescription("first request uri should not be empty")
            .asException();
      }
      uris.require(uri);
      worker = controller.register(uri, (table, pages) -> response.onNext(info(table, pages)));
      if (ended.get()) {
        leave();
      }
    }

    @Override
    public void onError(Throwable cancelled) {
      cancelled();
    }

    @Override
    public void onCompleted() {
      end(Status.OK);
    }

    private void cancelled() {
      ended.set(true);
      pullers.remove(this);
      leave();
    }

    private void end(Status status) {
      if (!ended.compareAndSet(false, true)) {
        return;
      }
      pullers.remove(this);
      // After this nothing is sent on the stream by others.
      leave();
      Responses.end(response, status);
    }

    private void leave() {
      DumpController.Worker leaving = worker;
      if (leaving != null) {
        try {
          leaving.leave();
        } catch (SQLException e) {
          LOG.warn("A stopped range stays in the store until the next start", e);
        }
      }
    }
  }

  private static DumpRange range(DumpInfoResponse info) {
    return DumpRange.ofPages(
        new TableName(info.getSchema(), info.getTable()),
        Integer.toUnsignedLong(info.getPageBegin()),
        Integer.toUnsignedLong(info.getPageEnd()));
  }

  private static DumpInfoResponse info(TableName table, Pages pages) {
    return DumpInfoResponse.newBuilder()
        .setSchema(table.schema())
        .setTable(table.name())
        .setPageBegin((int) pages.first())
        .setPageEnd((int) pages.last())
        .build();
  }

  /** Answers a call by what the action gives, or by the status of what it fails with. */
  static <R> void answer(StreamObserver<R> response, Action<R> action) {
    R result;
    try {
      result = action.run();
    } catch (StatusException | SQLException | AlreadyScheduledException | RuntimeException e) {
      response.onError(status(e));
      return;
    }
    response.onNext(result);
    response.onCompleted();
  }

  private static StatusException status(Exception e) {
    if (e instanceof StatusException status) {
      return status;
    }
    Status status =
        e instanceof AlreadyScheduledException
            ? Status.ALREADY_EXISTS
            : e instanceof IllegalArgumentException
                ? Status.INVALID_ARGUMENT
                : e instanceof IllegalStateException ? Status.FAILED_PRECONDITION : Status.INTERNAL;
    if (status.getCode() == Status.Code.INTERNAL) {
      LOG.error("A call failed", e);
      return status.withDescription("the server's log says why").asException();
    }
    return status.withDescription(e.getMessage()).asException();
  }
}
