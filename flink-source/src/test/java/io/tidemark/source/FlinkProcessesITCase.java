package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.testkit.flink.FlinkProcesses;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The testkit's Flink cluster of processes, tried here because testkit itself has no Flink. */
@Tag("once")
class FlinkProcessesITCase {
  @Test
  void killedProcessesAreMissedAndReplaced() throws Exception {
    try (FlinkProcesses flink =
        FlinkProcesses.builder().taskManagers(2).slotsPerTaskManager(2).start()) {
      assertThat(flink.get("/overview")).contains("\"slots-total\":4");

      flink.killTaskManager(0);
      flink.awaitTaskManagers(1);
      assertThat(flink.get("/taskmanagers")).contains("taskmanager-1").doesNotContain("manager-0");
      assertThat(flink.startTaskManager()).isEqualTo(2);
      flink.awaitTaskManagers(2);

      flink.killJobManager();
      flink.startJobManager();
      flink.awaitTaskManagers(2);
    }
  }
}
