package io.tidemark.cli.gateway;

import io.tidemark.cli.gateway.Consuming.Protocol;
import java.util.Map;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The job that publishes may die, in part or as a whole. */
@Tag("once")
class PublishingJobFaultsITCase extends FaultRun {
  @ParameterizedTest
  @EnumSource(Protocol.class)
  void aTaskManagerMayDie(Protocol protocol) throws Exception {
    JobClient job = submit();
    try (Consuming consuming = consume(protocol, "c");
        KeyWriter writer = KeyWriter.start(database, 47, ROWS)) {
      awaitDump();
      long before = run.publications(URI);
      flink.killEldestTaskManager();
      run.await("the sink to come back", () -> run.publications(URI) > before);
      writer.awaitMore();
      writer.stop();
      run.awaitEqual(job, URI, database, record);
      consuming.check();
    }
    judge(protocol, 0);
  }

  @Test
  void theWholeJobMayDieAndGoesOnFromItsCheckpoint() throws Exception {
    submit();
    try (Consuming consuming = consume(Protocol.OURS, "c");
        KeyWriter writer = KeyWriter.start(database, 53, ROWS)) {
      awaitDump();
      flink.killJobManager();
      flink.killEldestTaskManager();
      run.forgetJobs();
      writer.awaitMore();
      flink.startJobManager();
      flink.replaceDeadTaskManagers();
      long before = run.publications(URI);
      JobClient job = run.resume(URI, database, Map.of());
      run.await("the sink to come back", () -> run.publications(URI) > before);
      writer.awaitMore();
      writer.stop();
      run.awaitEqual(job, URI, database, record);
      consuming.check();
    }
    judge(Protocol.OURS, 0);
  }
}
