package io.tidemark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.chunk.DumpException;
import io.tidemark.postgres.setup.PreflightException;
import io.tidemark.postgres.setup.RefusedException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.junit.jupiter.api.Test;

class ProblemTest {
  @Test
  void wrappersSayNothing() {
    Exception cause = new IOException("the slot is in use");
    Exception problem =
        new ExecutionException(new JobExecutionException(null, "Job execution failed.", cause));

    assertThat(Problem.describe(problem)).isEqualTo("the slot is in use");
  }

  @Test
  void causesAddWhatWasNotSaidYet() {
    Exception problem =
        new Failure(
            "the capture failed",
            new RuntimeException(
                "cannot read orders: timeout", new IOException("timeout", new IOException("EOF"))));

    assertThat(Problem.describe(problem))
        .isEqualTo("the capture failed: cannot read orders: timeout: EOF");
  }

  @Test
  void anExceptionWithoutAMessageIsNamed() {
    assertThat(Problem.describe(new IllegalStateException())).isEqualTo("IllegalStateException");
  }

  @Test
  void anErrorOfTheServerComesWithWhatToDoOnce() {
    Exception starting = new SQLException("FATAL: the database system is starting up", "57P03");

    assertThat(Problem.describe(new IOException("the stream failed", starting)))
        .isEqualTo(
            "the stream failed: FATAL: the database system is starting up; try again when the"
                + " server runs");
    assertThat(Problem.describe(new Failure("start the server", starting)))
        .isEqualTo("start the server: FATAL: the database system is starting up");
  }

  @Test
  void aFileThatIsOnlyNamedIsSaidToBeMissing() {
    assertThat(Problem.describe(new NoSuchFileException("/a/b")))
        .isEqualTo("there is no file /a/b");
    assertThat(Problem.describe(new FileSystemException("/a/b", null, "No space left on device")))
        .isEqualTo("/a/b: No space left on device");
  }

  @Test
  void whatMayPassByItselfIsToldFromWhatStays() {
    SQLException cut = new SQLException("connection reset", "08006");
    assertThat(Problem.mayPass(new ExecutionException(new IOException("failed", cut)))).isTrue();
    assertThat(Problem.mayPass(DumpException.of("reading t", cut))).isTrue();
    assertThat(Problem.mayPass(new IOException("No space left on device"))).isTrue();
    assertThat(Problem.mayPass(preflight(new io.tidemark.postgres.setup.Problem("a", "b", true))))
        .isTrue();

    SQLException password = new SQLException("password authentication failed", "28P01");
    assertThat(Problem.mayPass(new IOException("failed", password))).isFalse();
    assertThat(Problem.mayPass(DumpException.of("reading t", password))).isFalse();
    assertThat(Problem.mayPass(new RefusedException("the slot is lost"))).isFalse();
    assertThat(
            Problem.mayPass(
                preflight(
                    new io.tidemark.postgres.setup.Problem("a", "b", true),
                    new io.tidemark.postgres.setup.Problem("c", "d"))))
        .isFalse();
    assertThat(Problem.mayPass(new IOException("failed", new IllegalStateException()))).isFalse();
  }

  private static PreflightException preflight(io.tidemark.postgres.setup.Problem... problems) {
    return new PreflightException(List.of(problems));
  }
}
