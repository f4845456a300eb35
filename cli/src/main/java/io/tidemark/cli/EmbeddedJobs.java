package io.tidemark.cli;

import io.tidemark.cli.local.LocalFlink;
import io.tidemark.cli.local.LocalJob;
import io.tidemark.cli.local.StateDirectory;
import io.tidemark.gateway.resolver.FileSourceResolver;
import io.tidemark.jobs.Failure;
import io.tidemark.jobs.Problem;
import io.tidemark.jobs.gateway.GatewayJob;
import io.tidemark.jobs.gateway.GatewayJobSettings;
import io.tidemark.source.settings.SettingsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of a gateway's sources, on Flink in this process. Each keeps its state in a directory,
 * and goes on there the next time. One that cannot be started, or ends, leaves the others alone.
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

  private static final Duration STOP = Duration.ofSeconds(60);

  /** A problem that stays is told again after this. */
  private static final Duration REPEAT = Duration.ofMinutes(1);

  private final List<Running> running = new ArrayList<>();
  private final Map<String, String> ended = new TreeMap<>();
  private final BiConsumer<String, String> failed;

  /** A job, and what was told of it last, and when. */
  private static final class Running {
    private final String uri;
    private final StateDirectory state;
    private final LocalJob job;
    private String told;
    private long toldAt;

    Running(String uri, StateDirectory state, LocalJob job) {
      this.uri = uri;
      this.state = state;
      this.job = job;
    }
  }

  private EmbeddedJobs(BiConsumer<String, String> failed) {
    this.failed = failed;
  }

  /** No jobs. */
  public static EmbeddedJobs none() {
    return new EmbeddedJobs((uri, problem) -> {});
  }

  /**
   * Starts a job for each source.
   *
   * @param sources the directory of their files
   * @param state for the jobs' checkpoints
   * @param gateway that they publish to, whatever the files say
   * @param failed is told the URI of a job that failed, and why
   * @throws SettingsException listing everything that is wrong with the files
   * @throws Failure if none can be started
   */
  public static EmbeddedJobs start(
      Path sources, Path state, InetSocketAddress gateway, BiConsumer<String, String> failed)
      throws IOException, InterruptedException {
    Map<String, GatewayJobSettings> settings = settings(sources, gateway);
    EmbeddedJobs jobs = new EmbeddedJobs(failed);
    for (Map.Entry<String, GatewayJobSettings> each : settings.entrySet()) {
      try {
        jobs.running.add(start(each.getKey(), each.getValue(), state));
        LOG.info("The job of '{}' is started", each.getKey());
      } catch (InterruptedException e) {
        jobs.close();
        throw e;
      } catch (Exception e) {
        jobs.ended(each.getKey(), Problem.describe(e));
      }
    }
    jobs.requireAny();
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
      directory.keepNewest().ifPresent(flink::restoreFrom);
      StreamExecutionEnvironment environment = flink.environment(1);
      GatewayJob.build(environment, settings);
      return new Running(uri, directory, flink.start(environment, "tidemark gateway " + uri));
    } catch (Exception e) {
      directory.close();
      throw e;
    }
  }

  /**
   * Tells what jobs failed with. One that is not started again is given up; the others go on.
   *
   * @throws Failure if there is none any more
   */
  public void check() throws InterruptedException, IOException {
    for (Running each : List.copyOf(running)) {
      try {
        if (each.job.isOver()) {
          each.job.awaitEnd(Duration.ZERO);
          ended(each, "it ended, though a stream has no end");
        } else {
          each.job.newFailure().ifPresent(problem -> tell(each, Problem.describe(problem)));
        }
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        ended(each, Problem.describe(e));
      }
    }
    if (!ended.isEmpty()) {
      requireAny();
    }
  }

  private void tell(Running job, String problem) {
    failed.accept(job.uri, problem);
    long now = System.nanoTime();
    if (!problem.equals(job.told) || now - job.toldAt > REPEAT.toNanos()) {
      LOG.warn("The job of '{}' failed and is started again: {}", job.uri, problem);
      job.told = problem;
      job.toldAt = now;
    }
  }

  private void ended(Running job, String problem) throws IOException {
    running.remove(job);
    job.job.close();
    job.state.close();
    ended(job.uri, problem);
  }

  private void ended(String uri, String problem) {
    LOG.error("The job of '{}' has ended and is not started again: {}", uri, problem);
    failed.accept(uri, problem);
    ended.put(uri, problem);
  }

  private void requireAny() {
    if (running.isEmpty()) {
      throw new Failure(
          "no job runs any more: "
              + ended.entrySet().stream()
                  .map(each -> "that of '%s' failed: %s".formatted(each.getKey(), each.getValue()))
                  .collect(Collectors.joining("; ")));
    }
  }

  /** Ends the jobs, with savepoints if they can be written. */
  @Override
  public void close() {
    running.forEach(EmbeddedJobs::end);
    running.clear();
  }

  private static void end(Running each) {
    try (StateDirectory state = each.state) {
      try (LocalJob job = each.job) {
        if (job.isRunning()) {
          job.stop(state.savepoints(), STOP);
        }
      }
      state.keepNewest();
    } catch (ExecutionException | TimeoutException | IOException e) {
      LOG.warn(
          "The job of '{}' did not end in order, and goes on at its newest state the next time: {}",
          each.uri,
          Problem.describe(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
