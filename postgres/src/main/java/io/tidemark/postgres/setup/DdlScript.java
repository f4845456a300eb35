package io.tidemark.postgres.setup;

import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A script that installs the DDL capture, and what is there once it ran.
 *
 * @param text statements for a database with an empty schema {@code tidemark}
 */
record DdlScript(String text) {
  private static final Pattern FUNCTION =
      Pattern.compile(
          "^CREATE FUNCTION tidemark\\.(\\w+)\\(([^)]*)\\)(.*?)AS \\$\\$(.*?)\\$\\$;",
          Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern SETTING = Pattern.compile("^SET (\\w+) = (.*)$", Pattern.MULTILINE);
  private static final Pattern VIEW =
      Pattern.compile(
          "^CREATE MATERIALIZED VIEW tidemark\\.(\\w+) AS.*?;", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern TRIGGER =
      Pattern.compile(
          "^CREATE EVENT TRIGGER \"([^\"]+)\" ON (\\w+) EXECUTE FUNCTION tidemark\\.(\\w+)\\(\\);",
          Pattern.MULTILINE);

  /**
   * A function.
   *
   * @param name its name, which no other one has
   * @param arguments as declared
   * @param statement what creates it
   * @param body its text, as in {@code pg_proc.prosrc}
   * @param securityDefiner whether it runs as its owner
   * @param settings those that it runs under, as in {@code pg_proc.proconfig}
   */
  record Function(
      String name,
      String arguments,
      String statement,
      String body,
      boolean securityDefiner,
      Set<String> settings) {
    /** Its name and arguments, for a statement. */
    String signature() {
      return "tidemark.%s(%s)".formatted(name, arguments);
    }

    /** What makes it anew where it is. */
    String replacement() {
      return statement.replaceFirst("^CREATE ", "CREATE OR REPLACE ");
    }
  }

  /**
   * An event trigger, which is to be always enabled.
   *
   * @param name its name
   * @param event what it is on
   * @param function the name of what it calls, in schema {@code tidemark}
   * @param statement what creates it
   */
  record Trigger(String name, String event, String function, String statement) {}

  /**
   * A materialized view.
   *
   * @param name its name
   * @param statement what creates it
   */
  record View(String name, String statement) {}

  /** The functions, but for the one that the library may replace. */
  List<Function> functions() {
    return FUNCTION.matcher(text).results().map(DdlScript::function).toList();
  }

  List<Trigger> triggers() {
    return TRIGGER
        .matcher(text)
        .results()
        .map(found -> new Trigger(found.group(1), found.group(2), found.group(3), whole(found)))
        .toList();
  }

  /** The materialized views. */
  List<View> views() {
    return VIEW.matcher(text)
        .results()
        .map(found -> new View(found.group(1), whole(found)))
        .toList();
  }

  private static Function function(MatchResult found) {
    Set<String> settings =
        SETTING
            .matcher(found.group(3))
            .results()
            .map(setting -> setting.group(1) + "=" + setting.group(2).replace("'", ""))
            .collect(Collectors.toSet());
    return new Function(
        found.group(1),
        found.group(2),
        whole(found),
        found.group(4),
        found.group(3).contains("SECURITY DEFINER"),
        settings);
  }

  /** A statement without its semicolon. */
  private static String whole(MatchResult found) {
    return found.group().substring(0, found.group().length() - 1);
  }
}
