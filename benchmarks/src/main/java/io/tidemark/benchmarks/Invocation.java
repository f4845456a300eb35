package io.tidemark.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command as it was called.
 *
 * @param name the command with those that it is a subcommand of
 * @param options the values of its own options, defaults included, by their names without dashes;
 *     parameters by their labels
 */
record Invocation(String name, Map<String, Object> options) {
  /** The command that was parsed last. */
  static Invocation of(CommandSpec command) {
    Map<String, Object> options = new LinkedHashMap<>();
    for (OptionSpec option : command.options()) {
      if (!option.usageHelp() && !option.versionHelp() && !option.inherited()) {
        options.put(option.longestName().replaceFirst("^-+", ""), option.getValue());
      }
    }
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      options.put(parameter.paramLabel(), parameter.getValue());
    }
    return new Invocation(command.qualifiedName(), options);
  }
}
