package io.tidemark.source;

import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;

/** Finds what is wrong with the values of {@link CaptureOptions}. */
final class OptionChecks {
  private OptionChecks() {}

  /** Adds every option that cannot be read, is not positive, or does not exist. */
  static void check(Configuration options, List<String> problems) {
    for (ConfigOption<?> option : CaptureOptions.ALL) {
      check(option, options, problems);
    }
    unknown(options, problems);
  }

  private static void check(ConfigOption<?> option, Configuration options, List<String> problems) {
    Object value;
    try {
      value = options.get(option);
    } catch (IllegalArgumentException e) {
      problems.add(
          "%s: '%s' is not %s"
              .formatted(option.key(), options.toMap().get(option.key()), expected(option)));
      return;
    }
    long amount =
        value instanceof Integer number
            ? number
            : value instanceof Duration duration
                ? duration.toMillis()
                : value instanceof MemorySize size ? size.getBytes() : 1;
    if (amount < 1) {
      problems.add(option.key() + ": " + value + "; give more than 0");
    }
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

  /** Flink's own options may be among them, so only keys that begin as ours do can be told. */
  private static void unknown(Configuration options, List<String> problems) {
    List<String> keys = CaptureOptions.ALL.stream().map(ConfigOption::key).toList();
    var groups =
        keys.stream()
            .filter(key -> key.contains("."))
            .map(key -> key.substring(0, key.indexOf('.') + 1))
            .collect(Collectors.toSet());
    for (String key : new TreeSet<>(options.keySet())) {
      if (!keys.contains(key) && groups.stream().anyMatch(key::startsWith)) {
        problems.add("no option is called " + key + "; there are " + String.join(", ", keys));
      }
    }
  }

  /** The option's value, or its default if {@link #check} has found fault with it. */
  static int intOrDefault(Configuration options, ConfigOption<Integer> option) {
    try {
      return options.get(option);
    } catch (IllegalArgumentException e) {
      return option.defaultValue();
    }
  }
}
