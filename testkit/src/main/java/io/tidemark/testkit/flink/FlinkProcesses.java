package io.tidemark.testkit.flink;

import io.tidemark.testkit.Await;
import io.tidemark.testkit.Watchdog;
import io.tidemark.testkit.flink.FlinkCommands.TaskManagerResources;
import io.tidemark.testkit.flink.FlinkRest.Workers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A Flink session cluster of real processes on this machine, from the jars of a class path: one
 * JobManager and any number of TaskManagers, each of which can be killed.
 *
 * <p>All processes and files are gone after {@link #close()}, and also after this JVM ended in any
 * other way. Methods that start or await something throw {@link IllegalStateException} with the end
 * of a log when it does not happen within a minute. Not safe for use by several threads.
 */
public final class FlinkProcesses implements AutoCloseable {
  /** The address at which all processes listen. */
  public static final String HOST = "127.0.0.1";

  private static final Duration TIMEOUT = Duration.ofMinutes(1);
  private static final int START_ATTEMPTS = 3;
  private static final String SLOTS = "taskmanager.numberOfTaskSlots";

  private final Path directory;
  private final String classPath;
  private final int restPort;
  private final int slots;
  private final FlinkRest rest;
  private final FlinkCommands commands;
  private final Watchdog watchdog;
  private final List<FlinkProcess> taskManagers = new ArrayList<>();
  private final Set<Integer> replaced = new HashSet<>();
  private FlinkProcess jobManager;
  private TaskManagerResources resources;

  private FlinkProcesses(Builder builder, Path directory) throws IOException {
    this.directory = directory;
    classPath = builder.classPath;
    restPort = freePort();
    rest = new FlinkRest(restUrl());
    Path configuration = Files.createDirectory(directory.resolve("conf"));
    Files.createDirectory(logs());
    Map<String, String> options = builder.configuration(directory, restPort, freePort());
    slots = Integer.parseInt(options.get(SLOTS));
    Files.writeString(configuration.resolve("config.yaml"), FlinkCommands.yaml(options));
    Files.writeString(configuration.resolve("log4j.properties"), FlinkCommands.LOG_CONFIGURATION);
    commands = new FlinkCommands(configuration, builder.jvmOptions);
    watchdog = Watchdog.over(directory);
  }

  /** A cluster of one JobManager and one TaskManager of one slot, from this JVM's class path. */
  public static Builder builder() {
    return new Builder();
  }

  /** The address of the REST interface and the web UI: {@code http://127.0.0.1:port}. */
  public String restUrl() {
    return "http://%s:%d".formatted(HOST, restPort);
  }

  /** The port of the REST interface, which stays the same when the JobManager is replaced. */
  public int restPort() {
    return restPort;
  }

  /**
   * The JSON that the REST interface gives for a path such as {@code /jobs}.
   *
   * @throws IOException when the JobManager is not there or answers with another status than 200
   */
  public String get(String path) throws IOException {
    return rest.get(path);
  }

  /** The directory with {@code config.yaml}, as Flink's own programs take it. */
  public Path configuration() {
    return directory.resolve("conf");
  }

  /** The directory with a log of each process; {@link #close()} deletes it. */
  public Path logs() {
    return directory.resolve("logs");
  }

  /** How many TaskManagers were started so far, dead ones included. */
  public int taskManagers() {
    return taskManagers.size();
  }

  /** All that a TaskManager has logged. */
  public String taskManagerLog(int index) {
    return taskManagers.get(index).log();
  }

  /** All that the JobManager that was started last has logged. */
  public String jobManagerLog() {
    return jobManager.log();
  }

  /** Starts a JobManager and waits until its REST interface answers. */
  public void startJobManager() {
    if (jobManager != null && jobManager.isAlive()) {
      throw new IllegalStateException(jobManager + " runs already");
    }
    jobManager = start("jobmanager", commands.jobManager());
    Await.until(
        "the JobManager to answer at " + restUrl(),
        TIMEOUT,
        () -> rest.workers().isPresent() || !jobManager.isAlive(),
        jobManager::logTail);
    if (!jobManager.isAlive()) {
      throw new IllegalStateException("The JobManager ended. " + jobManager.logTail());
    }
  }

  /** Ends the JobManager with kill -9; without high availability, its jobs are lost. */
  public void killJobManager() {
    jobManager.kill();
  }

  /**
   * Starts one more TaskManager and returns its index, from 0; dead ones keep theirs. Its resource
   * id is {@code taskmanager-<index>}. It registers by itself: see {@link #awaitTaskManagers}.
   */
  public int startTaskManager() {
    if (resources == null) {
      FlinkProcess process = start("resources", commands.taskManagerResources());
      resources = TaskManagerResources.parse(process.output(TIMEOUT));
    }
    int index = taskManagers.size();
    String id = "taskmanager-" + index;
    taskManagers.add(start(id, commands.taskManager(resources, id)));
    return index;
  }

  /**
   * Starts a TaskManager for each that has died, as whatever supervises them in production does.
   * Flink's end themselves after errors that they take for fatal, and one of those is that a task
   * gives back a buffer of a connection that another TaskManager's death has broken: so a kill now
   * and then costs the survivor, too.
   */
  public void replaceDeadTaskManagers() {
    for (int i = 0, count = taskManagers.size(); i < count; i++) {
      if (!taskManagers.get(i).isAlive() && replaced.add(i)) {
        startTaskManager();
      }
    }
  }

  /** Ends the TaskManager that has run longest with kill -9. */
  public void killEldestTaskManager() {
    taskManagers.stream()
        .filter(FlinkProcess::isAlive)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("No TaskManager runs"))
        .kill();
  }

  /** Ends a TaskManager with kill -9. */
  public void killTaskManager(int index) {
    taskManagers.get(index).kill();
  }

  /** The process id of a TaskManager, dead or alive. */
  public long taskManagerPid(int index) {
    return taskManagers.get(index).pid();
  }

  /** Waits until exactly this number of TaskManagers is registered, with all their slots. */
  public void awaitTaskManagers(int count) {
    Workers expected = new Workers(count, count * slots);
    Await.until(
        "%s at %s".formatted(expected, restUrl()),
        TIMEOUT,
        () -> rest.workers().filter(expected::equals).isPresent(),
        () -> "There are %s. %s".formatted(rest.workers(), jobManager.logTail()));
  }

  /** Kills all processes and deletes their files. */
  @Override
  public void close() {
    watchdog.close();
    if (Files.exists(directory)) {
      throw new IllegalStateException("Could not stop the processes and delete " + directory);
    }
  }

  private FlinkProcess start(String name, List<String> command) {
    try {
      Path own = Files.createDirectories(directory.resolve(name));
      return FlinkProcess.start(command, classPath, own, logs().resolve(name + ".log"));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start " + name, e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Describes a cluster; methods return the builder. */
  public static final class Builder {
    private String classPath = System.getProperty("java.class.path");
    private int taskManagers = 1;
    private int slots = 1;
    private final Map<String, String> options = new HashMap<>();
    private final List<String> jvmOptions = new ArrayList<>();

    private Builder() {}

    /** The class path of all processes: Flink's jars, and the job's. */
    public Builder classPath(String path) {
      classPath = path;
      return this;
    }

    /** How many TaskManagers to start. */
    public Builder taskManagers(int count) {
      if (count < 0) {
        throw new IllegalArgumentException("%d TaskManagers are too few".formatted(count));
      }
      taskManagers = count;
      return this;
    }

    /** How many task slots each TaskManager offers. */
    public Builder slotsPerTaskManager(int count) {
      if (count < 1) {
        throw new IllegalArgumentException("%d slots are too few".formatted(count));
      }
      slots = count;
      return this;
    }

    /** An option of Flink, as in config.yaml. */
    public Builder option(String key, String value) {
      options.put(key, value);
      return this;
    }

    /** An option of every JVM, behind Flink's own. */
    public Builder jvmOption(String option) {
      jvmOptions.add(option);
      return this;
    }

    /**
     * Starts the processes and waits until all TaskManagers are registered.
     *
     * @throws IllegalStateException when a process does not start
     */
    public FlinkProcesses start() {
      for (int attempt = 1; ; attempt++) {
        try {
          return startOnce();
        } catch (IllegalStateException e) {
          // Another process took a port that was free a moment ago.
          boolean portTaken = e.getMessage().contains("java.net.BindException");
          if (attempt == START_ATTEMPTS || !portTaken) {
            throw e;
          }
        } catch (IOException e) {
          throw new UncheckedIOException("Cannot set up a Flink cluster", e);
        }
      }
    }

    private FlinkProcesses startOnce() throws IOException {
      FlinkProcesses processes =
          new FlinkProcesses(this, Files.createTempDirectory("tidemark-flink-"));
      try {
        processes.startJobManager();
        for (int i = 0; i < taskManagers; i++) {
          processes.startTaskManager();
        }
        processes.awaitTaskManagers(taskManagers);
        return processes;
      } catch (RuntimeException e) {
        processes.close();
        throw e;
      }
    }

    Map<String, String> configuration(Path directory, int restPort, int rpcPort) {
      Map<String, String> all = new HashMap<>();
      all.put("jobmanager.rpc.address", HOST);
      all.put("jobmanager.bind-host", HOST);
      all.put("jobmanager.rpc.port", Integer.toString(rpcPort));
      all.put("rest.address", HOST);
      all.put("rest.bind-address", HOST);
      all.put("rest.port", Integer.toString(restPort));
      all.put("taskmanager.host", HOST);
      all.put("taskmanager.bind-host", HOST);
      all.put(SLOTS, Integer.toString(slots));
      all.put("taskmanager.memory.process.size", "1g");
      // State is on the heap; by default two fifths of the memory would be kept from it.
      all.put("taskmanager.memory.managed.size", "16m");
      all.put("io.tmp.dirs", directory.toString());
      // A killed process is noticed in seconds.
      all.put("heartbeat.interval", "1 s");
      all.put("heartbeat.timeout", "10 s");
      all.put("metrics.fetcher.update-interval", "500 ms");
      all.putAll(options);
      return all;
    }
  }
}
