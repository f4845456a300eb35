package io.tidemark.testkit.flink;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The command lines and files with which Flink's processes start, as its own scripts make them. */
final class FlinkCommands {
  private static final String RESULT = "BASH_JAVA_UTILS_EXEC_RESULT:";

  /** As in the configuration that Flink ships. */
  private static final List<String> MODULES =
      List.of(
          "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.net=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/java.text=ALL-UNNAMED",
          "--add-opens=java.base/java.time=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
          "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
          "--add-opens=java.base/java.util.concurrent.locks=ALL-UNNAMED");

  static final String LOG_CONFIGURATION =
      """
      rootLogger.level = INFO
      rootLogger.appenderRef.console.ref = console
      appender.console.name = console
      appender.console.type = CONSOLE
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %-40c{1.} %m%n
      """;

  private final Path configuration;
  private final List<String> jvmOptions;

  /**
   * @param configuration the directory with config.yaml
   * @param jvmOptions options for every process, behind Flink's own
   */
  FlinkCommands(Path configuration, List<String> jvmOptions) {
    this.configuration = configuration;
    this.jvmOptions = List.copyOf(jvmOptions);
  }

  /** config.yaml with flat keys, sorted; every value is a quoted string, which Flink converts. */
  static String yaml(Map<String, String> options) {
    return new TreeMap<>(options)
        .entrySet().stream()
            .map(e -> "%s: '%s'%n".formatted(e.getKey(), e.getValue().replace("'", "''")))
            .collect(Collectors.joining());
  }

  List<String> jobManager() {
    return java(
        List.of("-Xmx512m"),
        List.of("org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"),
        List.of());
  }

  /** The program that tells how much memory a TaskManager's JVM and its pools must be given. */
  List<String> taskManagerResources() {
    return java(
        List.of("-Xmx128m"),
        List.of("org.apache.flink.runtime.util.bash.BashJavaUtils", "GET_TM_RESOURCE_PARAMS"),
        List.of());
  }

  List<String> taskManager(TaskManagerResources resources, String id) {
    List<String> options = new ArrayList<>(resources.dynamicOptions());
    options.add("-D");
    options.add("taskmanager.resource-id=" + id);
    return java(
        resources.jvmOptions(),
        List.of("org.apache.flink.runtime.taskexecutor.TaskManagerRunner"),
        options);
  }

  private List<String> java(List<String> memory, List<String> program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(memory);
    command.addAll(MODULES);
    command.add("-Dlog4j.configurationFile=" + configuration.resolve("log4j.properties").toUri());
    command.addAll(jvmOptions);
    command.addAll(program);
    command.add("--configDir");
    command.add(configuration.toString());
    command.addAll(arguments);
    return command;
  }

  /**
   * What {@link #taskManagerResources()} printed.
   *
   * @param jvmOptions the JVM's memory flags
   * @param dynamicOptions {@code -D}, {@code key=value} and so on
   */
  record TaskManagerResources(List<String> jvmOptions, List<String> dynamicOptions) {
    TaskManagerResources {
      jvmOptions = List.copyOf(jvmOptions);
      dynamicOptions = List.copyOf(dynamicOptions);
    }

    /**
     * @throws IllegalStateException when the output has not two result lines
     */
    static TaskManagerResources parse(String output) {
      List<List<String>> results =
          output
              .lines()
              .filter(line -> line.startsWith(RESULT))
              .map(line -> Arrays.asList(line.substring(RESULT.length()).strip().split("\\s+")))
              .toList();
      if (results.size() != 2) {
        throw new IllegalStateException(
            "Flink did not tell a TaskManager's resources; is flink-runtime on the class path, and the configuration valid? It printed:%n%s"
                .formatted(output));
      }
      return new TaskManagerResources(results.get(0), results.get(1));
    }
  }
}
