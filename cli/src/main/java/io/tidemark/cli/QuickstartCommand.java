package io.tidemark.cli;

import io.tidemark.cli.local.StopSignal;
import io.tidemark.cli.quickstart.Quickstart;
import io.tidemark.cli.quickstart.QuickstartOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows a capture at work, and proves it. */
@Command(
    name = "quickstart",
    description = {
      "Starts a PostgreSQL primary and standbys, writes to them and changes their tables at random,"
          + " and meanwhile captures them with dump and stream.",
      "At the end it compares what the consumer holds with the primary, column by column and row by"
          + " row. Ctrl-C ends it the same way; a second one aborts."
    })
final class QuickstartCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "How long to write, as 30s or 5m; until Ctrl-C by default.")
  private Duration duration;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "300000",
      description = "Rows to begin with; default ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--rate",
      paramLabel = "TX/S",
      defaultValue = "500",
      description = "Transactions in a second; default ${DEFAULT-VALUE}.")
  private int rate;

  @Option(
      names = "--postgres",
      paramLabel = "VERSION",
      defaultValue = "18",
      description = "PostgreSQL's major version, 14 to 18; default ${DEFAULT-VALUE}.")
  private int postgres;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "1",
      description = "Standbys to dump from, 0 for none; default ${DEFAULT-VALUE}.")
  private int replicas;

  @Option(
      names = "--lanes",
      paramLabel = "N",
      defaultValue = "1",
      description = "Lanes of the merge: 1 keeps the total order; default ${DEFAULT-VALUE}.")
  private int lanes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Decides the random writes; random by default, and printed.")
  private Long seed;

  @Override
  public Integer call() throws Exception {
    QuickstartOptions options;
    try {
      options =
          new QuickstartOptions(
              Optional.ofNullable(duration),
              rows,
              rate,
              postgres,
              replicas,
              lanes,
              seed != null ? seed : System.nanoTime());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    boolean proven = new Quickstart(options, System.out, StopSignal.install()).run();
    if (System.out.checkError()) {
      throw new ReaderGoneException();
    }
    return proven ? 0 : Tidemark.FAILED;
  }
}
