package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.jobs.Failure;
import java.io.IOException;
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
}
