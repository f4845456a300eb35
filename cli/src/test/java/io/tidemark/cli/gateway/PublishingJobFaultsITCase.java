package io.tidemark.cli.gateway;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The jobs that publish may die, in part or as a whole. */
@Tag("once")
class PublishingJobFaultsITCase extends FaultRun {
  @Test
  void aTaskManagerMayDie() throws Exception {
    submit();
    try (Consumers consumers = consume("c");
        KeyWriter writer = KeyWriter.start(database, 47, ROWS)) {
      awaitDumps();
      awaitPublications(flink::killEldestTaskManager);
      writer.awaitMore();
      writer.stop();
      awaitEqual();
      consumers.check();
    }
    judge(0);
  }

  @Test
  void wholeJobsMayDieAndGoOnFromTheirCheckpoints() throws Exception {
    submit();
    try (Consumers consumers = consume("c");
        KeyWriter writer = KeyWriter.start(database, 53, ROWS)) {
      awaitDumps();
      flink.killJobManager();
      flink.killEldestTaskManager();
      run.forgetJobs();
      writer.awaitMore();
      flink.startJobManager();
      flink.replaceDeadTaskManagers();
      awaitPublications(this::resume);
      writer.awaitMore();
      writer.stop();
      awaitEqual();
      consumers.check();
    }
    judge(0);
  }
}
