package io.tidemark.cli;

import io.tidemark.cli.local.LocalFlink;
import io.tidemark.cli.local.StateDirectory;
import io.tidemark.gateway.resolver.FileSourceResolver;
import io.tidemark.jobs.Failure;
import io.tidemark.jobs.gateway.GatewayJob;
import io.tidemark.jobs.gateway.GatewayJobSettings;
import io.tidemark.source.settings.SettingsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of a gateway's sources, on Flink in this process. Each keeps its state in a directory,
 * and goes on there the next time.
 */
public final class EmbeddedJobs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedJobs.class);
  private static final String SUFFIX = ".properties";

  /** Failures that pass by themselves, such as a database that restarts, are waited for. */
  private static final Map<String, String> RESTARTS =
      Map.of(
          "restart-strategy.type", "exponential-delay",
          "restart-strategy.exponential-delay.initial-backoff", "1 s",
          "restart-strategy.exponential-delay.max-backoff", "30 s");

  private final List<Running> running = new ArrayList<>();

  private record Running(
      String uri,
      StateDirectory state,
      JobClient job,
      CompletableFuture<JobExecutionResult> result) {}

  private EmbeddedJobs() {}

  /** No jobs. */
  public static EmbeddedJobs none() {
    return new EmbeddedJobs();
  }

  /**
   * Starts a job for each source.
   *
   * @param sources the directory of their files
   * @param state for the jobs' checkpoints
   * @param gateway that they publish to, whatever the files say
   * @throws SettingsException listing everything that is wrong with the files
   * @throws Failure if one cannot be started: then none runs
   */
  public static EmbeddedJobs start(Path sources, Path state, InetSocketAddress gateway)
      throws Exception {
    Map<String, GatewayJobSettings> settings = settings(sources, gateway);
    EmbeddedJobs jobs = new EmbeddedJobs();
    try {
      for (Map.Entry<String, GatewayJobSettings> each : settings.entrySet()) {
        jobs.running.add(start(each.getKey(), each.getValue(), state));
        LOG.info("The job of '{}' is started", each.getKey());
      }
    } catch (Exception e) {
      jobs.close();
      throw e;
    }
    return jobs;
  }

  private static List<String> uris(Path sources) throws IOException {
    try (Stream<Path> files = Files.list(sources)) {
      List<String> uris =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(SUFFIX))
              .map(name -> name.substring(0, name.length() - SUFFIX.length()))
              .sorted()
              .toList();
      if (uris.isEmpty()) {
        throw wrong(List.of("there is no source in " + sources + ": give files NAME.properties"));
      }
      return uris;
    }
  }

  /** Of all sources, by URI; what is wrong is told of all at once. */
  private static Map<String, GatewayJobSettings> settings(Path sources, InetSocketAddress gateway)
      throws IOException {
    Map<String, GatewayJobSettings> settings = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    for (String uri : uris(sources)) {
      Path file = sources.resolve(uri + SUFFIX);
      try {
        Map<String, String> values =
            new TreeMap<>(new FileSourceResolver(sources).resolve(uri).orElseThrow());
        values.put("gateway.host", gateway.getHostString());
        values.put("gateway.port", Integer.toString(gateway.getPort()));
        settings.put(uri, GatewayJobSettings.read(uri, values));
      } catch (SettingsException e) {
        e.problems().forEach(problem -> problems.add(file + ": " + problem));
      } catch (IllegalArgumentException e) {
        problems.add(file + ": " + e.getMessage());
      } catch (IOException e) {
        problems.add(Problem.describe(e));
      }
    }
    if (!problems.isEmpty()) {
      throw wrong(problems);
    }
    return settings;
  }

  private static SettingsException wrong(List<String> problems) {
    return new SettingsException("the gateway's jobs cannot be configured so", problems);
  }

  private static Running start(String uri, GatewayJobSettings settings, Path state)
      throws Exception {
    StateDirectory directory = StateDirectory.open(state.resolve("jobs").resolve(uri));
    try {
      directory.requireSame(Map.of("job", settings.sink().job()));
      LocalFlink flink =
          new LocalFlink(directory.checkpoints(), settings.checkpointInterval()).with(RESTARTS);
      directory.newest().ifPresent(flink::restoreFrom);
      StreamExecutionEnvironment environment = flink.environment(1);
      GatewayJob.build(environment, settings);
      JobClient job = environment.executeAsync("tidemark gateway " + uri);
      return new Running(uri, directory, job, job.getJobExecutionResult());
    } catch (Exception e) {
      directory.close();
      throw e;
    }
  }

  /**
   * Throws what a job ended with, if one did.
   *
   * @throws Failure naming the URI
   */
  public void check() throws InterruptedException {
    for (Running each : running) {
      if (each.result().isDone()) {
        try {
          each.result().get();
        } catch (ExecutionException e) {
          throw new Failure("the job of '" + each.uri() + "' failed", e.getCause());
        }
        throw new Failure("the job of '" + each.uri() + "' ended, though a stream has no end");
      }
    }
  }

  /** Ends the jobs, with savepoints if they can be written. */
  @Override
  public void close() throws IOException {
    for (Running each : running) {
      if (!each.result().isDone()) {
        end(each);
      }
      each.state().close();
    }
    running.clear();
  }

  private static void end(Running each) {
    try {
      each.job()
          .stopWithSavepoint(
              false, each.state().savepoints().toUri().toString(), SavepointFormatType.NATIVE)
          .get();
    } catch (ExecutionException e) {
      LOG.warn("The job of '{}' goes on at its last checkpoint the next time", each.uri(), e);
      each.job().cancel().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      each.job().cancel().join();
    }
  }
}
