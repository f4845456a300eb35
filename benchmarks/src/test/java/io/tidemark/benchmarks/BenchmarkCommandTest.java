package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class BenchmarkCommandTest {
  private final CommandLine command = new CommandLine(new BenchmarkCommand());
  private final StringWriter err = new StringWriter();

  @TempDir Path directory;

  @Test
  void everyBenchmarkRefusesAFileThatCannotBeWrittenBeforeItBegins() {
    String file = directory.resolve("none").resolve("result.json").toString();
    command.setErr(new PrintWriter(err, true));

    assertThat(command.getSubcommands().keySet())
        .contains("stream", "dump", "gateway", "ddl", "jmh");
    for (String benchmark : command.getSubcommands().keySet()) {
      err.getBuffer().setLength(0);
      assertThat(command.execute(benchmark, "--json", file)).as(benchmark).isEqualTo(2);
      assertThat(err.toString()).contains("--json: '" + file + "'", "make it");
    }
  }

  @Test
  void anInvocationHasTheValuesOfAllOptionsButNotOfThoseOfAllCommands() {
    ParseResult parsed =
        command.parseArgs("dump", "--runs", "1", "--jvm-option", "-Xmx1g", "--json", "x.json");

    Invocation invocation = Invocation.of(parsed.subcommand().commandSpec());

    assertThat(invocation.name()).isEqualTo("benchmark dump");
    assertThat(invocation.options())
        .containsOnly(
            entry("runs", 1),
            entry("postgres", 18),
            entry("scale", 1.0),
            entry("jvm-option", List.of("-Xmx1g")));
  }

  @Test
  void anInvocationHasTheParameters() {
    ParseResult parsed = command.parseArgs("jmh", "Merge");

    assertThat(Invocation.of(parsed.subcommand().commandSpec()).options())
        .containsOnly(entry("PATTERN", "Merge"));
  }
}
