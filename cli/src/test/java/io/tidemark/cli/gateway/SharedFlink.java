package io.tidemark.cli.gateway;

import io.tidemark.testkit.flink.FlinkProcesses;

/**
 * Flink's processes for all tests of this JVM, one after the other: most of what a job costs here
 * is the start of those. They end with the JVM.
 */
final class SharedFlink {
  private static FlinkProcesses processes;

  private SharedFlink() {}

  /** One JobManager, and TaskManagers of two slots each. */
  static synchronized FlinkProcesses get() {
    if (processes == null) {
      processes =
          FlinkProcesses.builder()
              .slotsPerTaskManager(2)
              .jvmOption("-XX:TieredStopAtLevel=1")
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(processes::close, "flink-end"));
    }
    return processes;
  }
}
