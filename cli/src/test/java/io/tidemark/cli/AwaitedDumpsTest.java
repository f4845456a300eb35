package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.wire.DumpsGrpc.DumpsImplBase;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsScheduleRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(60)
class AwaitedDumpsTest {
  private static final String PROBLEM = "public.t, 1 key: a text is no value of column id";

  private final Queue<DumpsStatus> answers = new ConcurrentLinkedQueue<>();
  private final StringWriter err = new StringWriter();
  private Server server;

  @BeforeEach
  void listen() throws Exception {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new Answers())
            .build()
            .start();
  }

  @AfterEach
  void stop() {
    server.shutdownNow();
  }

  /** Gives one answer after the other, whatever the call, and refuses when it has none. */
  private final class Answers extends DumpsImplBase {
    @Override
    public void schedule(DumpsScheduleRequest request, StreamObserver<DumpsStatus> response) {
      answer(response);
    }

    @Override
    public void status(DumpsRequest request, StreamObserver<DumpsStatus> response) {
      answer(response);
    }

    private void answer(StreamObserver<DumpsStatus> response) {
      if (answers.isEmpty()) {
        response.onError(
            Status.INVALID_ARGUMENT.withDescription("it cannot be so").asRuntimeException());
        return;
      }
      response.onNext(answers.remove());
      response.onCompleted();
    }
  }

  private static DumpsStatus.Builder status(long waiting, long running, long done) {
    return DumpsStatus.newBuilder().setWaiting(waiting).setRunning(running).setDone(done);
  }

  private static DumpsStatus failed(long waiting, long running, long done) {
    return status(waiting, running, done).setLastProblem(PROBLEM).build();
  }

  private static AwaitedDumps awaited(DumpsStatus first, DumpsStatus... more) {
    AwaitedDumps awaited = new AwaitedDumps(first);
    for (DumpsStatus status : more) {
      assertThat(awaited.areOver()).isFalse();
      awaited.see(status);
    }
    assertThat(awaited.areOver()).isTrue();
    return awaited;
  }

  @Test
  void whatIsDoneIsNoProblem() {
    assertThat(awaited(status(0, 0, 0).build()).problem()).isEmpty();
    assertThat(awaited(status(0, 0, 3).build()).problem()).isEmpty();
    assertThat(
            awaited(status(2, 0, 0).build(), failed(1, 1, 0), failed(2, 1, 1), failed(0, 0, 4))
                .problem())
        .as("one was read again, and more came")
        .isEmpty();
  }

  @Test
  void whatIsDroppedIsAProblemThatIsTold() {
    assertThat(awaited(status(1, 0, 0).build(), failed(0, 0, 0)).problem())
        .hasValue(
            "1 of 1 ranges did not get done and will not come again; schedule them again when this"
                + " is mended: "
                + PROBLEM);
    assertThat(awaited(failed(2, 1, 1), failed(0, 1, 2), failed(0, 0, 3)).problem())
        .hasValueSatisfying(problem -> assertThat(problem).startsWith("1 of 4 ranges"));
    assertThat(awaited(status(2, 1, 0).build(), status(0, 0, 1).build()).problem())
        .hasValueSatisfying(problem -> assertThat(problem).endsWith("the schedule was stopped"));
  }

  @Test
  void anotherScheduleIsCountedByItself() {
    assertThat(
            awaited(
                    status(3, 0, 0).setSince(1).build(),
                    status(1, 0, 0).setSince(2).build(),
                    status(0, 0, 1).setSince(2).build())
                .problem())
        .isEmpty();
    assertThat(
            awaited(
                    status(1, 0, 0).setSince(1).build(),
                    status(1, 1, 0).setSince(2).build(),
                    status(0, 0, 1).setSince(2).build())
                .problem())
        .isPresent();
  }

  @Test
  void aCommandThatWaitedInVainFails() {
    answers.addAll(List.of(status(1, 0, 0).build(), failed(0, 0, 0)));
    assertThat(run("schedule", "--key", "t=seven", "--wait")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("tidemark dump schedule: 1 of 1 ranges did not get done")
        .contains(PROBLEM)
        .doesNotContain("\tat ");
  }

  @Test
  void aCommandThatSawAllDoneSucceeds() {
    answers.addAll(List.of(status(1, 0, 0).build(), status(0, 0, 1).build()));
    assertThat(run("status", "--wait")).isZero();
    assertThat(answers).isEmpty();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aStatusIsShownOnceForAsLongAsItStays() {
    DumpsStatus.Builder none = status(0, 0, 0).setJobProblem("the slot is lost");
    List<String> lines = DumpCommand.lines(none.build(), Instant.EPOCH);
    assertThat(lines).containsExactly("nothing is scheduled", "  the job failed: the slot is lost");

    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      DumpsStatus waiting = status(1, 0, 0).build();
      answers.addAll(List.of(waiting, waiting, waiting, status(0, 0, 1).build()));
      assertThat(run("status", "--wait")).isZero();
    } finally {
      System.setOut(before);
    }
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("0 of 1 ranges done"),
            line -> assertThat(line).contains("1 of 1 ranges done"));
  }

  @Test
  void aRefusalIsToldOnce() {
    assertThat(run("status")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "tidemark dump status: the gateway at localhost:%d: INVALID_ARGUMENT: it cannot be so"
                .formatted(server.getPort()));
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("dump"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--uri", "u", "--controller", "localhost:" + server.getPort()));
    CommandLine tidemark = Tidemark.commandLine();
    tidemark.setErr(new PrintWriter(err, true));
    return tidemark.execute(all.toArray(String[]::new));
  }
}
