package io.tidemark.cli;

import io.tidemark.jobs.Failure;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.ServerErrors;
import io.tidemark.postgres.setup.DdlCheck;
import io.tidemark.postgres.setup.DdlFinding;
import io.tidemark.postgres.setup.DdlOptions;
import io.tidemark.postgres.setup.DdlOptions.Means;
import io.tidemark.postgres.setup.DdlRemoval;
import io.tidemark.postgres.setup.DdlSetup;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Installs the DDL capture in a database, checks it and removes it. */
@Command(
    name = "ddl",
    description = "Installs in a database what brings its DDL statements into the stream.")
final class DdlCommand implements Runnable {
  /** A library that sessions are to preload is not on the server. */
  private static final String NO_FILE = "58P01";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "install, check or uninstall?");
  }

  /** As what to install it; by default that is found out. */
  static final class MeansOptions {
    @Option(names = "--extension", description = "As an extension, whose files are on the server.")
    private boolean extension;

    @Option(
        names = "--script",
        description = "By script, also where the extension's files are on the server.")
    private boolean script;

    private Means means() {
      return extension ? Means.EXTENSION : script ? Means.SCRIPT : Means.ANY;
    }
  }

  @Command(
      name = "install",
      mixinStandardHelpOptions = true,
      description = {
        "Installs it, or brings it to this program's version, in one transaction; what is there"
            + " already stays as it is. An extension if the server has its files, else a script."
      })
  int install(
      @Mixin ConnectionOptions connection,
      @ArgGroup MeansOptions means,
      @Option(
              names = "--strict",
              negatable = true,
              description =
                  "Whether a statement fails that cannot be described; by default it goes on, and"
                      + " leaves a gap.")
          Boolean strict,
      @Option(
              names = "--for-role",
              paramLabel = "ROLE",
              description =
                  "Let the role that a capture logs in as read the key of the signatures.")
          String reader)
      throws SQLException, IOException {
    DdlOptions options =
        new DdlOptions(
            means == null ? Means.ANY : means.means(),
            Optional.ofNullable(strict),
            Optional.ofNullable(reader));
    try (Connection server = connect(connection)) {
      DdlSetup.install(server, options).forEach(out()::println);
    }
    return 0;
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = {
        "Says all that is wrong with it, as a script for psql that mends it; status 1 if something"
            + " is."
      })
  int check(
      @Mixin ConnectionOptions connection,
      @Option(
              names = "--for-role",
              paramLabel = "ROLE",
              description =
                  "The role that a capture logs in as; by default that of this connection.")
          String reader)
      throws SQLException, IOException {
    DdlCheck.Result result;
    try (Connection server = connect(connection)) {
      result = DdlCheck.check(server, Optional.ofNullable(reader));
    }
    PrintWriter out = out();
    result.installed().ifPresent(installed -> out.println("-- " + installed));
    result.findings().forEach(finding -> print(finding, out));
    if (result.isSound()) {
      out.println("-- nothing is wrong");
    }
    return result.isSound() ? 0 : Tidemark.FAILED;
  }

  @Command(
      name = "uninstall",
      mixinStandardHelpOptions = true,
      description = {
        "Removes it from a database, and its role if no other database uses it; does nothing where"
            + " it is not."
      })
  int uninstall(@Mixin ConnectionOptions connection) throws SQLException, IOException {
    try (Connection server = connect(connection)) {
      DdlRemoval.remove(server).forEach(out()::println);
    }
    return 0;
  }

  /** What is wrong as comments, so that all of it can be run. */
  private static void print(DdlFinding finding, PrintWriter out) {
    out.printf(
        "-- %s%s%s%n",
        finding.severity() == DdlFinding.Severity.NOTE ? "note: " : "",
        finding.what(),
        finding.todo().isEmpty() ? "" : "; " + finding.todo());
    finding.sql().forEach(statement -> out.println(statement + ";"));
  }

  private static Connection connect(ConnectionOptions options) throws SQLException, IOException {
    Endpoint primary = options.primary();
    try {
      return primary.connect();
    } catch (SQLException e) {
      if (ServerErrors.state(e).equals(NO_FILE)) {
        throw new Failure(
            "sessions of %s cannot start, as they are to preload a library that is not on the server: %s; put it there, or take it out of session_preload_libraries: a superuser gets in with PGOPTIONS='-c session_preload_libraries=' and psql, and can ALTER DATABASE ... RESET session_preload_libraries"
                .formatted(primary, e.getMessage()),
            e);
      }
      throw e;
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
