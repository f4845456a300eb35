package io.tidemark.cli;

import io.tidemark.jobs.Failure;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How to reach a database; one role and password for all its servers. */
final class ConnectionOptions {
  private static final String USUAL_VARIABLE = "PGPASSWORD";

  @Option(
      names = "--url",
      required = true,
      paramLabel = "URL",
      description =
          "The primary: jdbc:postgresql://host:port/database, with any pgjdbc parameters.")
  private String url;

  @Option(
      names = "--user",
      paramLabel = "ROLE",
      description = "The role to log in as, unless the URL names it.")
  private String user = "";

  @ArgGroup private PasswordSource password;

  @Option(
      names = "--connection-property",
      paramLabel = "KEY=VALUE",
      description = "A further pgjdbc connection property, as sslmode=verify-full; repeatable.")
  private Map<String, String> properties = new TreeMap<>();

  static final class PasswordSource {
    @Option(
        names = "--password-env",
        paramLabel = "VARIABLE",
        description = "The environment variable that holds the password; PGPASSWORD by default.")
    private String variable;

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        description = "The file whose first line is the password.")
    private Path file;
  }

  Endpoint primary() {
    return endpoint(url);
  }

  Endpoint endpoint(String server) {
    try {
      return new Endpoint(server, user, password(), properties);
    } catch (IllegalArgumentException e) {
      throw new Failure(e.getMessage(), e);
    }
  }

  private Password password() {
    if (password == null) {
      return System.getenv(USUAL_VARIABLE) == null
          ? Password.NONE
          : Password.fromEnvironment(USUAL_VARIABLE);
    }
    return password.variable != null
        ? Password.fromEnvironment(password.variable)
        : Password.fromFile(password.file);
  }
}
