package io.tidemark.source.settings;

import io.tidemark.postgres.connection.Password;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;

/**
 * Reads values of options, and collects everything that is wrong with them until {@link #check}. A
 * value that is wrong is told with its key and replaced by the option's default, so that reading
 * goes on. Lists and maps, which may hold passwords, are never quoted. Not for several threads.
 */
public final class Settings {
  /** Of all that Flink has, under names of today or before. */
  private static final Set<String> FLINKS_WITHOUT_DOT =
      Set.of(
          "cleanup-strategy",
          "external-resources",
          "high-availability",
          "restart-strategy",
          "scheduler-mode");

  private final Configuration values;
  private final List<String> problems = new ArrayList<>();

  /** Reads from a configuration, in which there may be other options, too. */
  public Settings(Configuration values) {
    this.values = values;
  }

  /** Texts by key, as files have them, without white space around; blank ones are left out. */
  public static Configuration of(Map<String, String> texts) {
    Configuration values = new Configuration();
    texts.forEach(
        (key, text) -> {
          if (!text.isBlank()) {
            values.setString(key, text.strip());
          }
        });
    return values;
  }

  /**
   * The value, or the option's default if there is none or it is wrong; null if there is neither.
   * Numbers, sizes and durations of a millisecond have to be above 0.
   */
  public <T> T get(ConfigOption<T> option) {
    T value;
    try {
      value = values.get(option);
    } catch (IllegalArgumentException e) {
      wrong(option, "give " + expected(option));
      return option.defaultValue();
    }
    if (isBelowOne(value)) {
      wrong(option, "give more than 0");
      return option.defaultValue();
    }
    return value;
  }

  private static boolean isBelowOne(Object value) {
    return (value instanceof Integer number && number < 1)
        || (value instanceof Duration duration && duration.toMillis() < 1)
        || (value instanceof MemorySize size && size.getBytes() < 1);
  }

  /** The value, read by what throws IllegalArgumentException; of the default if it is wrong. */
  public <V> V parse(ConfigOption<String> option, Function<String, V> reader) {
    try {
      return reader.apply(get(option));
    } catch (IllegalArgumentException e) {
      wrong(option, e.getMessage());
      return reader.apply(option.defaultValue());
    }
  }

  /**
   * The value's parts: those of a list, as a program or YAML has it ({@code [a, 'b c']}), or of a
   * text, between white space or commas.
   */
  public List<String> list(ConfigOption<List<String>> option) {
    String text = text(option);
    if (text.startsWith("[") && text.endsWith("]")) {
      try {
        return values.get(option).stream().map(String::strip).toList();
      } catch (IllegalArgumentException e) {
        problem(option.key() + " is no list; give [first, 'second one']");
        return List.of();
      }
    }
    return Stream.of(text.split("[\\s,]+")).filter(part -> !part.isEmpty()).toList();
  }

  /** All values whose keys are the option's, a dot and a name, by that name. */
  public Map<String, String> group(ConfigOption<Map<String, String>> option) {
    try {
      return new TreeMap<>(values.get(option));
    } catch (IllegalArgumentException e) {
      problem("%s is set as a whole; give %1$s.NAME=VALUE".formatted(option.key()));
      return Map.of();
    }
  }

  /** Where a password comes from: a variable or a file, or {@link Password#NONE}. */
  public Password password(ConfigOption<String> variable, ConfigOption<String> file) {
    if (values.contains(variable) && values.contains(file)) {
      problem("%s and %s are both given: give one".formatted(variable.key(), file.key()));
    }
    return values.contains(variable)
        ? Password.fromEnvironment(get(variable))
        : values.contains(file) ? Password.fromFile(Path.of(get(file))) : Password.NONE;
  }

  /** The values of some of the options. */
  public Configuration only(Collection<ConfigOption<?>> options) {
    Configuration some = new Configuration(values);
    for (String key : values.keySet()) {
      if (options.stream().noneMatch(option -> isKey(option, key))) {
        some.removeKey(key);
      }
    }
    return some;
  }

  /** Adds each key that is none of these options'. */
  public void checkKeys(Collection<ConfigOption<?>> options) {
    unknown(options, key -> true);
  }

  /**
   * Adds each key that is none of these options', though it has no dot, or one of theirs begins as
   * it does, up to a dot. Others may be Flink's.
   */
  public void checkGroups(Collection<ConfigOption<?>> options) {
    unknown(
        options,
        key -> {
          String group = key.substring(0, key.indexOf('.') + 1);
          return !FLINKS_WITHOUT_DOT.contains(key)
              && options.stream().anyMatch(option -> option.key().startsWith(group));
        });
  }

  private void unknown(Collection<ConfigOption<?>> options, Predicate<String> which) {
    String unknown =
        values.keySet().stream()
            .filter(key -> options.stream().noneMatch(option -> isKey(option, key)))
            .filter(which)
            .sorted()
            .collect(Collectors.joining(" or "));
    if (!unknown.isEmpty()) {
      problem("no option is called " + unknown + "; there are " + names(options));
    }
  }

  private static boolean isKey(ConfigOption<?> option, String key) {
    return option.defaultValue() instanceof Map
        ? key.startsWith(option.key() + ".") || key.equals(option.key())
        : key.equals(option.key());
  }

  private static String names(Collection<ConfigOption<?>> options) {
    return options.stream().map(Settings::name).collect(Collectors.joining(", "));
  }

  /** The key of an option, for people: that of a map with a dot and what stands for the rest. */
  public static String name(ConfigOption<?> option) {
    return option.defaultValue() instanceof Map ? option.key() + ".NAME" : option.key();
  }

  /** Adds what else is wrong. */
  public void problem(String what) {
    problems.add(what);
  }

  /** Adds what another reader has found. */
  public void problems(SettingsException others) {
    problems.addAll(others.problems());
  }

  /** Adds that an option is missing. */
  public void missing(ConfigOption<?> option, String example) {
    problem("%s is missing; give, for example, %1$s=%s".formatted(option.key(), example));
  }

  private void wrong(ConfigOption<?> option, String advice) {
    problem("%s is '%s': %s".formatted(option.key(), text(option), advice));
  }

  private String text(ConfigOption<?> option) {
    return values.toMap().getOrDefault(option.key(), "");
  }

  private static String expected(ConfigOption<?> option) {
    Object value = option.defaultValue();
    if (value instanceof Duration) {
      return "a duration such as 100 ms";
    }
    if (value instanceof MemorySize) {
      return "a size such as 8 mb";
    }
    return value instanceof Boolean ? "true or false" : "a whole number";
  }

  /**
   * Ends the reading.
   *
   * @param what is wrong if anything is
   * @throws SettingsException listing everything that was wrong
   */
  public void check(String what) {
    if (!problems.isEmpty()) {
      throw new SettingsException(what, problems);
    }
  }
}
