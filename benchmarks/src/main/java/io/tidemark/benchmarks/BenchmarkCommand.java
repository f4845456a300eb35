package io.tidemark.benchmarks;

import io.tidemark.cli.Subcommand;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code tidemark benchmark}: how fast it is on this machine. */
@Command(
    name = "benchmark",
    description = "Measures captures on this machine, beside PostgreSQL's own tools.")
public final class BenchmarkCommand implements Subcommand {
  @Spec private CommandSpec spec;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description =
          "Write the result to this file, too, as JSON; a file that is there is replaced.")
  private Path json;

  /** Measures something, line by line. */
  private interface Benchmark {
    void run(Results results) throws Exception;
  }

  /** What the comparisons have in common. */
  static final class ComparisonOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
        names = "--runs",
        paramLabel = "N",
        defaultValue = "3",
        description = "Runs of each case, of which the median counts; default ${DEFAULT-VALUE}.")
    private int runs;

    @Option(
        names = "--postgres",
        paramLabel = "VERSION",
        defaultValue = "18",
        description = "PostgreSQL's major version, 14 to 18; default ${DEFAULT-VALUE}.")
    private int postgres;

    @Option(
        names = "--scale",
        paramLabel = "FACTOR",
        defaultValue = "1",
        description = "Multiplies all numbers of rows; default ${DEFAULT-VALUE}.")
    private double scale;

    @Option(
        names = "--jvm-option",
        paramLabel = "OPTION",
        description = "An option for the JVM that is measured; repeatable.")
    private List<String> jvmOptions = List.of();

    private BenchmarkOptions checked() {
      if (postgres < 14 || postgres > 18) {
        throw new ParameterException(
            spec.commandLine(), "--postgres: " + postgres + "; give 14 to 18");
      }
      if (runs < 1 || !(scale > 0)) {
        throw new ParameterException(
            spec.commandLine(), "--runs: %d, --scale: %s; give more than 0".formatted(runs, scale));
      }
      return new BenchmarkOptions(postgres, runs, scale, jvmOptions);
    }
  }

  @Command(
      name = "stream",
      mixinStandardHelpOptions = true,
      description = {
        "Measures the stream beside pg_recvlogical: 10-row transactions, and one of 2 million rows.",
        "One line per case on standard output: ratio=1.00 is as fast."
      })
  int stream(@Mixin ComparisonOptions options) throws Exception {
    BenchmarkOptions checked = options.checked();
    return measure(
        results -> new StreamBenchmark(PostgresTools.find(), checked, results, err()).run());
  }

  @Command(
      name = "dump",
      mixinStandardHelpOptions = true,
      description = {
        "Measures a dump from a standby beside psql's COPY, and the stream while dumping beside the"
            + " stream without.",
        "One line per case on standard output: ratio=1.00 is as fast."
      })
  int dump(@Mixin ComparisonOptions options) throws Exception {
    BenchmarkOptions checked = options.checked();
    return measure(
        results -> new DumpBenchmark(PostgresTools.find(), checked, results, err()).run());
  }

  @Command(
      name = "gateway",
      mixinStandardHelpOptions = true,
      description = {
        "Measures what a consumer gets by way of a gateway beside the stream alone, by either"
            + " protocol, how long a commit takes to the consumer at 1,000 transactions a second,"
            + " and how long dumps on demand take.",
        "One line per case on standard output: ratio=1.00 is as fast as the stream."
      })
  int gateway(@Mixin ComparisonOptions options) throws Exception {
    BenchmarkOptions checked = options.checked();
    return measure(results -> new GatewayBenchmark(checked, results, err()).run());
  }

  @Command(
      name = "ddl",
      mixinStandardHelpOptions = true,
      description = {
        "Measures a database with the DDL capture beside one without: DDL statements, those on a"
            + " table of 100 partitions, and pgbench, which has none.",
        "One line per case on standard output: ratio=1.00 is as fast as without."
      })
  int ddl(
      @Mixin ComparisonOptions options,
      @Option(
              names = "--library",
              paramLabel = "FILE",
              description =
                  "The library tidemark.so, built for that major version; measured in a third"
                      + " database.")
          Path library)
      throws Exception {
    BenchmarkOptions checked = options.checked();
    return measure(
        results ->
            new DdlBenchmark(
                    PostgresTools.pgbench(), Optional.ofNullable(library), checked, results, err())
                .run());
  }

  @Command(
      name = "jmh",
      mixinStandardHelpOptions = true,
      description = "Measures the decoder and the merge with JMH.")
  int jmh(
      @Parameters(
              arity = "0..1",
              paramLabel = "PATTERN",
              defaultValue = ".*",
              description = "Which benchmarks, a regular expression; all by default.")
          String pattern)
      throws Exception {
    return measure(results -> Microbenchmarks.run(pattern, results));
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "a subcommand is missing");
  }

  /** Runs a benchmark, and writes a file if one is asked for: all of them come by here. */
  private int measure(Benchmark benchmark) throws Exception {
    Results results = new Results(spec.commandLine().getOut());
    if (json == null) {
      benchmark.run(results);
      return 0;
    }
    CommandSpec command = spec.commandLine().getParseResult().subcommand().commandSpec();
    ResultFile file = fileFor(command);
    Instant start = Instant.now();
    String commit = Checkout.commit(); // before it changes, as a benchmark takes its time
    benchmark.run(results);
    file.write(
        new Report(
            Invocation.of(command),
            start,
            commit,
            Machine.here(),
            Versions.here(results.postgres()),
            results.measurements()));
    return 0;
  }

  private ResultFile fileFor(CommandSpec command) {
    try {
      return ResultFile.at(json);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--json: " + e.getMessage(), e);
    }
  }

  private PrintWriter err() {
    return new PrintWriter(spec.commandLine().getErr(), true);
  }
}
