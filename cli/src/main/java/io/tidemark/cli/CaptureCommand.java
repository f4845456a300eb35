package io.tidemark.cli;

import io.tidemark.cli.local.StateDirectory;
import io.tidemark.cli.local.StopSignal;
import io.tidemark.jobs.Problem;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.PostgresCapture;
import io.tidemark.source.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints a database's changes, and goes on where it was. */
@Command(
    name = "capture",
    description = {
      "Prints a database's changes as lines of JSON.",
      "Ctrl-C ends it. With --state it goes on there the next time: nothing is lost, and after an"
          + " end in order nothing is printed twice."
    })
final class CaptureCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection;

  @Option(
      names = "--replica",
      paramLabel = "URL",
      description = "A standby to dump tables from; repeatable. Without one the primary serves.")
  private List<String> replicas = List.of();

  @Option(
      names = "--table",
      required = true,
      paramLabel = "PATTERN",
      description = "The tables, as public.orders or public.*; repeatable.")
  private List<String> tables = List.of();

  @Option(
      names = "--slot",
      paramLabel = "NAME",
      defaultValue = "tidemark",
      description = "The replication slot, made if it does not exist; default ${DEFAULT-VALUE}.")
  private String slot;

  @Option(
      names = "--publication",
      paramLabel = "NAME",
      defaultValue = "tidemark",
      description = "The publication, made if it does not exist; default ${DEFAULT-VALUE}.")
  private String publication;

  @Option(
      names = "--start",
      paramLabel = "MODE",
      defaultValue = "dump",
      description = {
        "Where to start without a state:",
        "  dump       the tables' rows, then the stream (default)",
        "  stream     the stream from now on",
        "  LSN        the stream from there, as 16/B374D848",
        "  slot       the stream from where the slot is",
        "  dump-only  the tables' rows, then end"
      })
  private String start;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Where to keep the state; without it the next run starts anew.")
  private Path state;

  @Option(
      names = "--retry",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = {
        "For how long, as 30s or 5m, to try again after what may pass by itself: a primary that"
            + " does not run, a connection that is cut, a full disk.",
        "It goes on from its newest state, and prints again what came since. By default the first"
            + " failure ends it."
      })
  private Duration retry = Duration.ZERO;

  @Option(
      names = "--lanes",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "1 keeps the total order and transactions; more keep the order of each row, and print"
              + " each TRUNCATE once in each lane.")
  private int lanes;

  @Option(
      names = "--property",
      paramLabel = "KEY=VALUE",
      description = "An option of the capture or of Flink; repeatable.")
  private Map<String, String> properties = new TreeMap<>();

  @Override
  public Integer call() throws Exception {
    StopSignal stop = StopSignal.install();
    PostgresCapture capture = PostgresCapture.builder().setAll(settings()).build();
    try (StateDirectory directory =
        state == null ? StateDirectory.temporary() : StateDirectory.open(state)) {
      directory.requireSame(kept());
      boolean ended = new CaptureRun(capture, properties, directory, retry, stop).run();
      if (!ended && (state == null || directory.newest().isEmpty())) {
        System.err.println(stopped());
      }
    }
    return 0;
  }

  /** What must be the same from run to run, beside what the database itself is asked for. */
  private Map<String, String> kept() {
    Map<String, String> kept = new TreeMap<>();
    kept.put("--slot", slot);
    kept.put("--publication", publication);
    kept.put("--lanes", Integer.toString(lanes));
    connection.primary().database().ifPresent(name -> kept.put("the database", name));
    return kept;
  }

  /** What is left of a capture without a state. */
  private String stopped() {
    return (state == null
            ? ""
            : "tidemark capture: there is no state in %s yet, the next run starts anew.%n"
                .formatted(state))
        + slotFate();
  }

  private String slotFate() {
    try (Connection primary = connection.primary().connect()) {
      return Slots.find(primary, slot).isEmpty()
          ? "There is no slot '%s'.".formatted(slot)
          : "The slot '%s' stays and holds WAL; './tidemark slots --url ... drop %s' drops it."
              .formatted(slot, slot);
    } catch (SQLException | IOException e) {
      return "If the slot '%s' was made, it stays and holds WAL; './tidemark slots --url ... drop %s' drops it. The primary does not say: %s"
          .formatted(slot, slot, Problem.describe(e));
    }
  }

  /** What the flags say prevails over {@code --property}. */
  private Configuration settings() {
    Configuration settings = Settings.of(properties);
    connection.putInto(settings);
    settings.set(CaptureOptions.REPLICAS, replicas);
    settings.set(CaptureOptions.DUMP_FROM_PRIMARY, replicas.isEmpty());
    settings.set(CaptureOptions.TABLES, tables);
    settings.set(CaptureOptions.SLOT, slot);
    settings.set(CaptureOptions.PUBLICATION, publication);
    settings.set(CaptureOptions.START, start);
    settings.set(CaptureOptions.LANES, lanes);
    return settings;
  }
}
