package io.tidemark.source;

import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.setup.TablePattern;
import io.tidemark.source.settings.Settings;
import io.tidemark.source.settings.SettingsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;

/**
 * The one reader of a source's settings: makes a configuration of the values of {@link
 * CaptureOptions}, wherever they come from, and of what only a program can give.
 */
public final class CaptureSettings {
  private static final String WRONG = "the capture cannot be configured so";
  private static final String EXAMPLE_URL = "jdbc:postgresql://primary:5432/shop";
  private static final String GIVE_A_SOURCE =
      "give replicas, or allow dumps from the primary by dump-from-primary";
  private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");
  private static final int MAX_LANES = 4096;

  private final Settings settings;
  private final Given given;

  /**
   * What a program gives beside the options.
   *
   * @param primary instead of the option's URL
   * @param replicas whole, beside those given by URL
   * @param replicaUrls beside those of the option
   * @param tables patterns beside those of the option
   * @param password instead of the options'
   * @param dumpRequests where dumps on demand come from
   */
  record Given(
      Optional<Endpoint> primary,
      List<Endpoint> replicas,
      List<String> replicaUrls,
      List<String> tables,
      Optional<Password> password,
      Optional<DumpRequests> dumpRequests) {
    static final Given NOTHING =
        new Given(
            Optional.empty(), List.of(), List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  private CaptureSettings(Configuration options, Given given) {
    this.settings = new Settings(options);
    this.given = given;
  }

  /**
   * The primary alone, for those who connect to it without capturing.
   *
   * @param options values of {@link CaptureOptions}; those of other things are not looked at
   * @throws SettingsException listing everything that is wrong
   */
  public static Endpoint primary(Configuration options) {
    CaptureSettings reader = new CaptureSettings(options, Given.NOTHING);
    Endpoint primary = reader.primary(reader.login());
    reader.settings.check("the connection cannot be configured so");
    return primary;
  }

  /**
   * Checks the configuration as far as it can be without a connection.
   *
   * @throws SettingsException listing everything that is wrong
   */
  static CaptureConfig read(Configuration options, Given given) {
    return new CaptureSettings(options, given).read();
  }

  /** How to log in to each server that is given by URL. */
  private record Login(String user, Password password, Map<String, String> properties) {}

  private CaptureConfig read() {
    settings.checkGroups(CaptureOptions.all());
    Login login = login();
    Endpoint primary = primary(login);
    List<Endpoint> replicas = replicas(login);
    boolean fromPrimary = settings.get(CaptureOptions.DUMP_FROM_PRIMARY);
    if (fromPrimary && !replicas.isEmpty()) {
      settings.problem(
          "dumps are to be read from the primary and from %d replicas: give one of the two"
              .formatted(replicas.size()));
    }
    List<TablePattern> tables = tables();
    String slot = settings.get(CaptureOptions.SLOT);
    if (!SLOT_NAME.matcher(slot).matches()) {
      settings.problem("slot is '%s': give 1 to 63 of a-z, 0-9 and underscores".formatted(slot));
    }
    String publication = settings.get(CaptureOptions.PUBLICATION);
    if (publication.isEmpty()) {
      settings.problem("the publication's name is empty");
    }
    StartMode start = settings.parse(CaptureOptions.START, StartMode::parse);
    Configuration tuning = CaptureOptions.tuning(settings);
    checkDumps(start, tuning.get(CaptureOptions.LANES), replicas.isEmpty() && !fromPrimary);
    boolean create = settings.get(CaptureOptions.CREATE_PUBLICATION);
    settings.check(WRONG);
    return new CaptureConfig(
        primary,
        replicas,
        fromPrimary,
        tables,
        slot,
        publication,
        create,
        start,
        given.dumpRequests().orElse(null),
        tuning);
  }

  private Login login() {
    Password password =
        settings.password(CaptureOptions.PASSWORD_ENV, CaptureOptions.PASSWORD_FILE);
    if (given.password().isPresent() && !password.equals(Password.NONE)) {
      settings.problem("the password's source is given as an option and as a value: give one");
    }
    return new Login(
        settings.get(CaptureOptions.USER),
        given.password().orElse(password),
        settings.group(CaptureOptions.PROPERTY));
  }

  /** Null if it is wrong. */
  private Endpoint primary(Login login) {
    String url = settings.get(CaptureOptions.URL);
    boolean isUrl = url != null && !url.isEmpty();
    if (given.primary().isPresent()) {
      if (isUrl) {
        settings.problem("the primary is given as a URL and as an endpoint: give one");
      }
      return given.primary().get();
    }
    if (!isUrl) {
      settings.missing(CaptureOptions.URL, EXAMPLE_URL);
      return null;
    }
    return endpoint("url", url, login).orElse(null);
  }

  private List<Endpoint> replicas(Login login) {
    List<Endpoint> replicas = new ArrayList<>(given.replicas());
    List<String> urls = new ArrayList<>(given.replicaUrls());
    urls.addAll(settings.list(CaptureOptions.REPLICAS));
    for (String url : urls) {
      // One that is wrong counts: it is told, and not that replicas are missing.
      replicas.add(endpoint("replicas", url, login).orElse(null));
    }
    return replicas;
  }

  /** What an endpoint says of a URL has nothing secret in it; the URL itself may have. */
  private Optional<Endpoint> endpoint(String what, String url, Login login) {
    try {
      return Optional.of(new Endpoint(url, login.user(), login.password(), login.properties()));
    } catch (IllegalArgumentException e) {
      settings.problem(what + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private List<TablePattern> tables() {
    List<String> texts = new ArrayList<>(given.tables());
    texts.addAll(settings.list(CaptureOptions.TABLES));
    if (texts.isEmpty()) {
      settings.missing(CaptureOptions.TABLES, "public.*");
    }
    List<TablePattern> tables = new ArrayList<>();
    for (String text : texts) {
      try {
        tables.add(new TablePattern(text.indexOf('.') < 0 ? "public." + text : text));
      } catch (IllegalArgumentException e) {
        settings.problem("tables: " + e.getMessage());
      }
    }
    return tables;
  }

  private void checkDumps(StartMode start, int lanes, boolean nowhere) {
    if (start.dumps() && nowhere) {
      settings.problem(
          "the start mode dumps tables, but there is nowhere to read them: " + GIVE_A_SOURCE);
    }
    if (lanes > MAX_LANES) {
      settings.problem("lanes is '%d': give at most %d".formatted(lanes, MAX_LANES));
    } else if (lanes > 1 && nowhere) {
      settings.problem(
          ("lanes is '%d', but there is no place to repair rows from (a key change can lack"
                  + " unchanged TOAST values): use one lane, or %s")
              .formatted(lanes, GIVE_A_SOURCE));
    }
    if (given.dumpRequests().isPresent()) {
      checkDumpRequests(start, nowhere);
    }
  }

  private void checkDumpRequests(StartMode start, boolean nowhere) {
    if (nowhere) {
      settings.problem(
          "dumps are to be requested, but there is nowhere to read them: " + GIVE_A_SOURCE);
    }
    if (start.isBounded()) {
      settings.problem(
          "dumps are to be requested from a capture that ends: choose a start mode that streams"
              + " on");
    }
  }
}
