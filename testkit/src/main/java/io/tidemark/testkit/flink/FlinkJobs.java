package io.tidemark.testkit.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.tidemark.testkit.Await;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Jobs on processes that are killed: how they are configured so that they outlive it, and what they
 * tell of themselves. Jobs are named by their ids.
 */
public final class FlinkJobs {
  private static final int LOG_TAIL = 8_000;
  private static final Pattern RUNNING =
      Pattern.compile("\"id\":\"(\\w+)\",\"status\":\"RUNNING\"");
  private static final Pattern VERTEX = Pattern.compile("\"id\":\"(\\w{32})\"");
  private static final Pattern VALUE = Pattern.compile("\"value\":\"(\\d+)\"");
  private static final Pattern MAXIMUM = Pattern.compile("\"max\":([0-9.E]+)");
  private static final Pattern COMPLETED = Pattern.compile("\"completed\":(\\d+)");

  /** What Flink says of each checkpoint. */
  private static final Pattern CHECKPOINTING =
      Pattern.compile("CheckpointCoordinator |SourceCoordinator +Marking|awaiting \\d+ pending");

  private final FlinkProcesses flink;

  /** The jobs of these processes. */
  public FlinkJobs(FlinkProcesses flink) {
    this.flink = flink;
  }

  /** Options of a job that is restarted again and again, and keeps its checkpoints there. */
  public static Map<String, String> options(Path checkpoints, Duration interval) {
    Map<String, String> options = new HashMap<>();
    options.put("execution.checkpointing.interval", interval.toMillis() + "ms");
    options.put("execution.checkpointing.storage", "filesystem");
    options.put("execution.checkpointing.dir", checkpoints.toUri().toString());
    options.put(
        "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    options.put("restart-strategy.type", "fixed-delay");
    options.put("restart-strategy.fixed-delay.attempts", "100");
    options.put("restart-strategy.fixed-delay.delay", "500ms");
    return options;
  }

  /**
   * {@link #options} of a job that goes on from the newest checkpoint there.
   *
   * @throws IllegalStateException when none was completed
   */
  public static Map<String, String> resumed(Path checkpoints, Duration interval) {
    List<Path> completed = CompletedCheckpoints.in(checkpoints);
    if (completed.isEmpty()) {
      throw new IllegalStateException("no checkpoint in " + checkpoints + " was completed");
    }
    Map<String, String> options = options(checkpoints, interval);
    options.put(
        "execution.state-recovery.path", completed.get(completed.size() - 1).toUri().toString());
    return options;
  }

  /** The jobs that run. */
  public List<String> running() {
    return all(RUNNING, get("/jobs"));
  }

  /** A whole number that a coordinator of the job tells as a metric whose name ends so. */
  public OptionalLong coordinatorMetric(String job, String name) {
    return metric(job, "/jm-operator-metrics", name, VALUE);
  }

  /** The largest number that a subtask of the job tells as a metric whose name ends so. */
  public OptionalLong taskMetric(String job, String name) {
    return metric(job, "/subtasks/metrics", name, MAXIMUM);
  }

  /** How many checkpoints the job has completed. */
  public OptionalLong checkpoints(String job) {
    return first(COMPLETED, get("/jobs/" + job + "/checkpoints"));
  }

  private OptionalLong metric(String job, String kind, String name, Pattern value) {
    Pattern metric = Pattern.compile("\"id\":\"([^\"]*" + Pattern.quote(name) + ")\"");
    String base = "/jobs/" + job;
    for (String vertex : all(VERTEX, get(base))) {
      String metrics = base + "/vertices/" + vertex + kind;
      for (String id : all(metric, get(metrics))) {
        return first(value, get(metrics + "?get=" + URLEncoder.encode(id, UTF_8)));
      }
    }
    return OptionalLong.empty();
  }

  /** Nothing while there is no JobManager. */
  private String get(String path) {
    try {
      return flink.get(path);
    } catch (IOException e) {
      return "";
    }
  }

  private static OptionalLong first(Pattern pattern, String json) {
    return all(pattern, json).stream().mapToLong(s -> (long) Double.parseDouble(s)).findFirst();
  }

  private static List<String> all(Pattern pattern, String json) {
    return pattern.matcher(json).results().map(found -> found.group(1)).toList();
  }

  /** Waits, replacing TaskManagers that died; an error has the ends of all logs, and more. */
  public void await(
      String what, Duration patience, Await.Condition condition, Supplier<String> more) {
    Await.until(
        what,
        patience,
        () -> {
          flink.replaceDeadTaskManagers();
          return condition.holds();
        },
        () -> logs() + more.get());
  }

  private String logs() {
    StringBuilder logs = new StringBuilder("JobManager:\n").append(end(flink.jobManagerLog()));
    for (int i = 0; i < flink.taskManagers(); i++) {
      logs.append("\nTaskManager ").append(i).append(":\n").append(end(flink.taskManagerLog(i)));
    }
    return logs.append('\n').toString();
  }

  /** The end of a log, without what Flink says of each checkpoint. */
  private static String end(String all) {
    String log =
        all.lines().filter(line -> !CHECKPOINTING.matcher(line).find()).collect(joining("\n"));
    return log.substring(Math.max(0, log.length() - LOG_TAIL));
  }
}
