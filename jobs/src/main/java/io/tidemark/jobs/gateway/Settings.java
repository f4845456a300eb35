package io.tidemark.jobs.gateway;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Reads settings by key, and collects everything that is wrong with them. */
final class Settings {
  private final Map<String, String> values;
  private final Set<String> known = new HashSet<>();
  private final List<String> problems = new ArrayList<>();

  Settings(Map<String, String> values) {
    this.values = new TreeMap<>(values);
  }

  /** The value; empty if there is none. */
  String text(String key) {
    return text(key, "");
  }

  String text(String key, String otherwise) {
    known.add(key);
    String value = values.getOrDefault(key, "").strip();
    return value.isEmpty() ? otherwise : value;
  }

  /** The value, which must be there. */
  String required(String key, String example) {
    String value = text(key);
    if (value.isEmpty()) {
      problem(key + " is missing; give, for example, " + key + "=" + example);
    }
    return value;
  }

  boolean flag(String key) {
    String value = text(key, "false");
    if (!value.equals("true") && !value.equals("false")) {
      problem("%s is '%s'; give true or false".formatted(key, value));
    }
    return value.equals("true");
  }

  /** The value as something that is read from text, by what throws IllegalArgumentException. */
  <T> T parsed(String key, T otherwise, Function<String, T> reader) {
    String value = text(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      return reader.apply(value);
    } catch (IllegalArgumentException e) {
      problem("%s is '%s': %s".formatted(key, value, e.getMessage()));
      return otherwise;
    }
  }

  /** Parts of the value between white space or commas. */
  List<String> list(String key) {
    String value = text(key);
    return value.isEmpty() ? List.of() : List.of(value.split("[\\s,]+"));
  }

  /** All with keys that begin so, by the rest of their keys. */
  Map<String, String> group(String prefix) {
    Map<String, String> group = new TreeMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            known.add(key);
            group.put(key.substring(prefix.length()), value.strip());
          }
        });
    return group;
  }

  void problem(String what) {
    problems.add(what);
  }

  /**
   * Ends the reading.
   *
   * @throws IllegalArgumentException listing everything that was wrong, and all keys that nobody
   *     asked for
   */
  void check() {
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(known);
    for (String key : unknown) {
      problem(key + " is not known; there are " + String.join(", ", new TreeSet<>(known)));
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "the settings are wrong:\n  - " + String.join("\n  - ", problems));
    }
  }
}
