package io.tidemark.cli;

import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.CaptureSettings;
import io.tidemark.source.settings.SettingsException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
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

    private void putInto(Configuration settings) {
      if (variable != null) {
        settings.set(CaptureOptions.PASSWORD_ENV, variable);
      } else {
        settings.set(CaptureOptions.PASSWORD_FILE, file.toString());
      }
    }
  }

  /**
   * Sets what is given, as the options of a capture. These prevail over what is set, except that
   * the usual variable is for those who have named no other source of the password.
   */
  void putInto(Configuration settings) {
    settings.set(CaptureOptions.URL, url);
    if (!user.isEmpty()) {
      settings.set(CaptureOptions.USER, user);
    }
    if (password != null) {
      settings.removeConfig(CaptureOptions.PASSWORD_ENV);
      settings.removeConfig(CaptureOptions.PASSWORD_FILE);
      password.putInto(settings);
    } else if (System.getenv(USUAL_VARIABLE) != null
        && !settings.contains(CaptureOptions.PASSWORD_ENV)
        && !settings.contains(CaptureOptions.PASSWORD_FILE)) {
      settings.set(CaptureOptions.PASSWORD_ENV, USUAL_VARIABLE);
    }
    properties.forEach(
        (name, value) -> settings.setString(CaptureOptions.PROPERTY.key() + "." + name, value));
  }

  /**
   * The primary alone.
   *
   * @throws SettingsException listing everything that is wrong
   */
  Endpoint primary() {
    Configuration settings = new Configuration();
    putInto(settings);
    return CaptureSettings.primary(settings);
  }
}
