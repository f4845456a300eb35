package io.tidemark.cli;

import io.tidemark.jobs.Problem;
import io.tidemark.source.settings.SettingsException;
import java.io.PrintWriter;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code tidemark} command: exit status 0 if all went well, 1 if not, 2 for wrong usage, 141 if
 * nobody reads standard output any more.
 */
@Command(
    name = "tidemark",
    description = "Captures a PostgreSQL database's changes with Apache Flink.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    subcommands = {
      QuickstartCommand.class,
      CaptureCommand.class,
      SlotsCommand.class,
      GatewayCommand.class,
      ConsumeCommand.class,
      DumpCommand.class,
      DdlCommand.class
    })
public final class Tidemark implements Runnable {
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** As who is ended by SIGPIPE. */
  static final int READER_GONE = 141;

  /** What Java puts in place of bytes that are no characters. */
  private static final char REPLACEMENT = '\uFFFD';

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a failure.")
  private boolean verbose;

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(readable(arguments)));
  }

  /** Java makes question marks of what the locale's encoding does not have, for good. */
  private static String[] readable(String[] arguments) {
    for (String argument : arguments) {
      if (argument.indexOf(REPLACEMENT) >= 0) {
        System.err.printf(
            "tidemark: the argument '%s' is not text in this locale (%s): set LC_ALL to one of"
                + " UTF-8, as C.UTF-8%n",
            argument, System.getProperty("sun.jnu.encoding"));
        System.exit(USAGE);
      }
    }
    return arguments;
  }

  static CommandLine commandLine() {
    Tidemark tidemark = new Tidemark();
    CommandLine commandLine = new CommandLine(tidemark);
    for (Subcommand subcommand : ServiceLoader.load(Subcommand.class)) {
      commandLine.addSubcommand(subcommand);
    }
    for (CommandLine subcommand : commandLine.getSubcommands().values()) {
      subcommand.getCommandSpec().mixinStandardHelpOptions(true);
    }
    commandLine.setParameterExceptionHandler(
        (problem, arguments) -> wrongUsage(problem.getCommandLine(), problem));
    commandLine.setExecutionExceptionHandler(
        (problem, failed, result) -> tidemark.failed(failed, problem));
    return commandLine;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a subcommand is missing");
  }

  private static int wrongUsage(CommandLine command, ParameterException problem) {
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println(name + ": " + problem.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(problem, err)) {
      err.println("See '" + name + " --help'.");
    }
    return USAGE;
  }

  private int failed(CommandLine command, Exception problem) {
    if (Problem.find(problem, ReaderGoneException.class).isPresent()) {
      return READER_GONE;
    }
    PrintWriter err = command.getErr();
    err.println(command.getCommandSpec().qualifiedName() + ": " + Problem.describe(problem));
    if (verbose) {
      problem.printStackTrace(err);
    }
    return problem instanceof SettingsException ? USAGE : FAILED;
  }
}
