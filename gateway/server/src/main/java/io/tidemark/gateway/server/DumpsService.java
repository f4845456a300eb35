package io.tidemark.gateway.server;

import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.schedule.DumpController;
import io.tidemark.gateway.schedule.DumpRange;
import io.tidemark.gateway.schedule.ScheduleStatus;
import io.tidemark.gateway.wire.DumpedTable;
import io.tidemark.gateway.wire.DumpsGrpc.DumpsImplBase;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsScheduleRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowSelection.Pages;
import io.tidemark.postgres.TableName;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Dumps on demand, beyond what pgcapture's clients can ask for. */
final class DumpsService extends DumpsImplBase {
  private final DumpController controller;
  private final Uris uris;
  private final Map<String, String> jobProblems = new ConcurrentHashMap<>();

  DumpsService(DumpController controller, Uris uris) {
    this.controller = controller;
    this.uris = uris;
  }

  /** What a job that runs in this process failed with; on any thread. */
  void jobFailed(String uri, String problem) {
    jobProblems.put(uri, problem.replaceAll("\\s*\\R\\s*", " "));
  }

  /** What is done to a URI's schedule, whose status is the answer. */
  private interface Action {
    void run(String uri) throws StatusException, SQLException;
  }

  @Override
  public void schedule(DumpsScheduleRequest request, StreamObserver<DumpsStatus> response) {
    answer(
        request.getUri(),
        response,
        uri -> {
          List<DumpRange> ranges =
              request.getTablesList().stream().map(DumpsService::range).toList();
          if (ranges.isEmpty()) {
            throw new IllegalArgumentException("no table to dump is named");
          }
          controller.add(uri, ranges);
        });
  }

  private static DumpRange range(DumpedTable table) {
    TableName name = new TableName(table.getSchema(), table.getName());
    if (table.getKeysCount() > 0) {
      if (table.hasFirst() || table.hasLast()) {
        throw new IllegalArgumentException(
            "a dump of %s: both pages and keys are named; make two of it".formatted(name));
      }
      List<List<String>> keys =
          table.getKeysList().stream().map(key -> List.copyOf(key.getValuesList())).toList();
      return DumpRange.ofKeys(name, new KeyTexts(keys));
    }
    return DumpRange.ofPages(
        name,
        Integer.toUnsignedLong(table.getFirst()),
        table.hasLast() ? Integer.toUnsignedLong(table.getLast()) : Pages.LAST_PAGE);
  }

  @Override
  public void stop(DumpsRequest request, StreamObserver<DumpsStatus> response) {
    answer(request.getUri(), response, controller::stop);
  }

  @Override
  public void pause(DumpsRequest request, StreamObserver<DumpsStatus> response) {
    answer(request.getUri(), response, uri -> controller.pause(uri, true));
  }

  @Override
  public void resume(DumpsRequest request, StreamObserver<DumpsStatus> response) {
    answer(request.getUri(), response, uri -> controller.pause(uri, false));
  }

  @Override
  public void status(DumpsRequest request, StreamObserver<DumpsStatus> response) {
    answer(request.getUri(), response, uri -> {});
  }

  private void answer(String uri, StreamObserver<DumpsStatus> response, Action action) {
    ControllerService.answer(
        response,
        () -> {
          uris.require(uri);
          action.run(uri);
          ScheduleStatus status = controller.status(uri);
          return message(status, status.jobConnected() ? "" : jobProblems.getOrDefault(uri, ""));
        });
  }

  private static DumpsStatus message(ScheduleStatus status, String jobProblem) {
    return DumpsStatus.newBuilder()
        .setWaiting(status.waiting())
        .setRunning(status.running())
        .setDone(status.done())
        .setPaused(status.paused())
        .setSince(TimeUnit.MILLISECONDS.toMicros(status.sinceMillis()))
        .setLastProblem(status.lastProblem())
        .setPartsRead(status.parts().read())
        .setParts(status.parts().all())
        .setProgress(status.progress())
        .setJobConnected(status.jobConnected())
        .setJobProblem(jobProblem)
        .build();
  }
}
