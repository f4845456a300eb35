package io.tidemark.cli.gateway;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.tidemark.cli.TidemarkProcess;
import io.tidemark.gateway.wire.DumpsGrpc;
import io.tidemark.gateway.wire.DumpsRequest;
import io.tidemark.gateway.wire.DumpsScheduleRequest;
import io.tidemark.gateway.wire.DumpsStatus;
import io.tidemark.jobs.gateway.GatewayJob;
import io.tidemark.jobs.gateway.GatewayJobSettings;
import io.tidemark.testkit.Await;
import io.tidemark.testkit.Watchdog;
import io.tidemark.testkit.flink.FlinkJobs;
import io.tidemark.testkit.flink.FlinkProcesses;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A gateway as a process, and jobs on Flink's processes that publish to it. */
final class GatewayRun implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofMillis(500);
  private static final int LOG_TAIL = 6_000;

  private final FlinkProcesses flink;
  private final FlinkJobs flinkJobs;
  private final Path directory;
  private final int port = freePort();
  private final int controllerPort = freePort();
  private final List<String> serverOptions;
  private final List<JobClient> jobs = new ArrayList<>();

  /** Ends the server also after a test that was killed. */
  private final Watchdog watchdog;

  private TidemarkProcess server;
  private ManagedChannel controller;
  private String uri = "";
  private int starts;
  private int dumps;

  /**
   * A run of which nothing is started but Flink.
   *
   * @param directory for all files
   * @param serverOptions of the server's JVM
   */
  GatewayRun(Path directory, String... serverOptions) throws IOException {
    this.flink = SharedFlink.get();
    this.flinkJobs = new FlinkJobs(flink);
    this.directory = directory;
    this.serverOptions = List.of(serverOptions);
    Files.createDirectories(sources());
    Files.createDirectories(home().resolve("server"));
    this.watchdog = Watchdog.over(home());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** What the server's command line names, by which the watchdog knows it. */
  private Path home() {
    return directory.resolve("gateway");
  }

  private Path sources() {
    return home().resolve("sources");
  }

  /** Where consumers connect to. */
  String target() {
    return "localhost:" + port;
  }

  /** Starts the server, on the ports and with the schedules of the last one. */
  void startServer() throws IOException {
    server =
        TidemarkProcess.start(
            directory,
            "gateway-" + ++starts,
            "",
            serverOptions,
            List.of(
                "gateway",
                "--sources",
                sources().toString(),
                "--state",
                home().resolve("state").toString(),
                "--port",
                Integer.toString(port),
                "--controller-port",
                Integer.toString(controllerPort)));
    Files.writeString(home().resolve("server").resolve("process.pid"), Long.toString(server.pid()));
    server.awaitLine("serving consumers");
  }

  void killServer() {
    server.kill();
  }

  boolean serverLives() {
    return server.isAlive();
  }

  /** Submits a job that publishes the database, from now on. */
  JobClient submit(String uri, TestDatabase database, Map<String, String> more) throws Exception {
    return submit(uri, database, more, FlinkJobs.options(checkpoints(uri), CHECKPOINT_INTERVAL));
  }

  /** Submits such a job whose first checkpoint begins after the interval, as the next ones do. */
  JobClient submit(
      String uri, TestDatabase database, Map<String, String> more, Duration checkpointInterval)
      throws Exception {
    Map<String, String> options = FlinkJobs.options(checkpoints(uri), checkpointInterval);
    // Flink begins with the first one at random, between this and the interval.
    options.put("execution.checkpointing.min-pause", checkpointInterval.toMillis() + "ms");
    return submit(uri, database, more, options);
  }

  /** Submits the job once more, to go on from its newest checkpoint. */
  JobClient resume(String uri, TestDatabase database, Map<String, String> more) throws Exception {
    return submit(uri, database, more, FlinkJobs.resumed(checkpoints(uri), CHECKPOINT_INTERVAL));
  }

  private JobClient submit(
      String uri, TestDatabase database, Map<String, String> more, Map<String, String> options)
      throws Exception {
    this.uri = uri;
    Path password = directory.resolve("password");
    Files.writeString(password, database.password());
    Map<String, String> settings = new TreeMap<>();
    settings.put("url", database.primaryUrl());
    settings.put("replicas", database.standbyUrl(0));
    settings.put("user", database.user());
    settings.put("password-file", password.toString());
    settings.put("slot", database.slot());
    settings.put("tables", "public.*");
    settings.put("start", "stream");
    settings.put("gateway.host", "localhost");
    settings.put("gateway.port", Integer.toString(port));
    settings.putAll(more);
    Files.writeString(sources().resolve(uri + ".properties"), "url = " + database.primaryUrl());
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createRemoteEnvironment(
            FlinkProcesses.HOST, flink.restPort(), Configuration.fromMap(options));
    environment.setParallelism(1);
    GatewayJob.build(environment, GatewayJobSettings.read(uri, settings));
    JobClient job = environment.executeAsync(uri);
    jobs.add(job);
    return job;
  }

  private Path checkpoints(String uri) {
    return directory.resolve("checkpoints-" + uri);
  }

  /** No longer ends the jobs that were submitted: they are gone with the JobManager. */
  void forgetJobs() {
    jobs.clear();
  }

  /** Asks for a dump of {@code t}, in ranges of so many pages. */
  void scheduleDump(String uri, TestDatabase database, int pagesEach) throws Exception {
    long pages = database.queryLong("SELECT pg_relation_size('t') / 8192");
    DumpsScheduleRequest.Builder request = DumpsScheduleRequest.newBuilder().setUri(uri);
    for (int first = 0; first < pages; first += pagesEach) {
      boolean last = first + pagesEach >= pages;
      var table = request.addTablesBuilder().setSchema("public").setName("t").setFirst(first);
      if (!last) {
        table.setLast(first + pagesEach - 1);
      }
    }
    var unused = dumpsService().schedule(request.build());
  }

  /** Asks for a dump of pages of {@code t}, both included. */
  void scheduleDump(String uri, int first, int last) {
    DumpsScheduleRequest.Builder request = DumpsScheduleRequest.newBuilder().setUri(uri);
    request.addTablesBuilder().setSchema("public").setName("t").setFirst(first).setLast(last);
    var unused = dumpsService().schedule(request.build());
  }

  /** Asks for dumps by the command line, which shows how far they are until they are done. */
  TidemarkProcess dump(String uri, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("dump", "schedule", "--wait", "--uri", uri));
    arguments.addAll(List.of("--controller", "localhost:" + controllerPort));
    arguments.addAll(List.of(options));
    return TidemarkProcess.start(directory, "dump-" + ++dumps, "", arguments);
  }

  private DumpsGrpc.DumpsBlockingStub dumpsService() {
    if (controller == null) {
      controller =
          Grpc.newChannelBuilder("localhost:" + controllerPort, InsecureChannelCredentials.create())
              .build();
    }
    controller.resetConnectBackoff();
    return DumpsGrpc.newBlockingStub(controller);
  }

  /** How far the dumps are; throws if the server is away. */
  DumpsStatus dumps(String uri) {
    return dumpsService().status(DumpsRequest.newBuilder().setUri(uri).build());
  }

  /** Whether some of what was scheduled is done, and some is not. */
  boolean isDumping(String uri) {
    DumpsStatus status = dumps(uri);
    return status.getDone() > 0 && isPending(status);
  }

  static boolean isPending(DumpsStatus status) {
    return status.getWaiting() + status.getRunning() > 0;
  }

  /** Waits until the job's enumerator is connected to the server. */
  void awaitJob(String uri) {
    await("the job of " + uri, () -> connected(uri));
  }

  private boolean connected(String uri) {
    try {
      return dumps(uri).getJobConnected();
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /**
   * Waits until what consumers recorded equals the table, to which nobody writes any more, all
   * dumps are done, and nothing is left that could come again.
   */
  void awaitEqual(JobClient job, String uri, TestDatabase database, DeliveryRecord record)
      throws Exception {
    Map<Integer, Judge.Held> table = Judge.table(database);
    String[] last = {""};
    flinkJobs.await(
        "the table and what was delivered to be equal",
        PATIENCE,
        () -> {
          Judge.Difference difference = Judge.difference(table, Judge.held(record.rows()));
          last[0] =
              difference.isNone()
                  ? ""
                  : difference + " as in " + Judge.historyOfADifference(table, record.rows());
          return difference.isNone();
        },
        () -> last[0] + "\n" + state());
    await("the dumps to be done", () -> !isPending(dumps(uri)));
    await("all to be acknowledged", () -> metric(job, "unacknowledgedEvents") == 0);
    Judge.Difference difference = Judge.difference(table, Judge.held(record.rows()));
    System.out.printf("verified: %s%n", difference);
    if (!difference.isNone()) {
      throw new AssertionError("it was equal, and became " + difference);
    }
  }

  /** A gauge of the job's tasks; -1 while there is none. */
  long metric(JobClient job, String name) {
    return flinkJobs.taskMetric(id(job), name).orElse(-1);
  }

  /** Whether the job's source was told to pause. */
  boolean isPaused(JobClient job) {
    return flinkJobs.coordinatorMetric(id(job), "enumerator.paused").orElse(0) == 1;
  }

  /** How many checkpoints the job has completed; -1 while nobody can tell. */
  long checkpoints(JobClient job) {
    return flinkJobs.checkpoints(id(job)).orElse(-1);
  }

  private static String id(JobClient job) {
    return job.getJobID().toString();
  }

  /** How often a sink has begun to publish the URI, on whichever server, in any test. */
  long publications(String uri) {
    long count = 0;
    for (int i = 0; i < flink.taskManagers(); i++) {
      Matcher matcher =
          Pattern.compile("'" + uri + "' is published").matcher(flink.taskManagerLog(i));
      count += matcher.results().count();
    }
    return count;
  }

  /** Waits, replacing TaskManagers that died. */
  void await(String what, Await.Condition condition) {
    flinkJobs.await(what, PATIENCE, condition, this::state);
  }

  /** What the server says, of the last URI, for errors. */
  private String state() {
    try {
      String log = server.errors();
      return "Gateway:\n%s\nDumps: %s"
          .formatted(log.substring(Math.max(0, log.length() - LOG_TAIL)), dumps(uri));
    } catch (IOException | StatusRuntimeException e) {
      return e.toString();
    }
  }

  @Override
  public void close() {
    for (JobClient job : jobs) {
      job.cancel().join();
    }
    if (controller != null) {
      controller.shutdownNow();
    }
    if (server != null) {
      server.kill();
    }
    watchdog.close();
  }
}
