package io.tidemark.testkit.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.testkit.flink.FlinkCommands.TaskManagerResources;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlinkCommandsTest {
  private static final Path CONF = Path.of("/somewhere/conf");

  private final FlinkCommands commands = new FlinkCommands(CONF, List.of("-Dmine=1"));

  @Test
  void configurationIsSortedAndQuoted() {
    assertThat(FlinkCommands.yaml(Map.of("rest.port", "8081", "a.b", "it's: #1")).lines())
        .containsExactly("a.b: 'it''s: #1'", "rest.port: '8081'");
  }

  @Test
  void ownOptionsWinOverDefaults() {
    Map<String, String> options =
        FlinkProcesses.builder()
            .slotsPerTaskManager(3)
            .option("taskmanager.memory.process.size", "2g")
            .configuration(Path.of("/somewhere"), 1111, 2222);
    assertThat(options)
        .containsEntry("taskmanager.memory.process.size", "2g")
        .containsEntry("taskmanager.numberOfTaskSlots", "3")
        .containsEntry("rest.port", "1111")
        .containsEntry("jobmanager.rpc.port", "2222");
  }

  @Test
  void taskManagerGetsTheMemoryThatFlinkWorkedOut() {
    TaskManagerResources resources =
        TaskManagerResources.parse(
            """
            INFO  [] - Loading configuration
            BASH_JAVA_UTILS_EXEC_RESULT:-Xmx100 -XX:MaxMetaspaceSize=200
            BASH_JAVA_UTILS_EXEC_RESULT:-D taskmanager.memory.network.min=300b -D taskmanager.cpu.cores=1.0
            """);
    assertThat(commands.taskManager(resources, "taskmanager-7"))
        .startsWith(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx100")
        .containsSubsequence(
            "-XX:MaxMetaspaceSize=200",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-Dmine=1",
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            "--configDir",
            "/somewhere/conf",
            "-D",
            "taskmanager.memory.network.min=300b",
            "-D",
            "taskmanager.cpu.cores=1.0",
            "-D",
            "taskmanager.resource-id=taskmanager-7");
  }

  @Test
  void resourcesNameTheirVerbBeforeTheConfiguration() {
    assertThat(commands.taskManagerResources())
        .endsWith(
            "org.apache.flink.runtime.util.bash.BashJavaUtils",
            "GET_TM_RESOURCE_PARAMS",
            "--configDir",
            "/somewhere/conf");
  }

  @Test
  void outputWithoutResourcesIsShown() {
    assertThatThrownBy(() -> TaskManagerResources.parse("Error: no such class"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Error: no such class");
  }
}
