package io.tidemark.source.settings;

import java.util.List;

/** Settings are wrong. Its message lists every problem found, and quotes nothing secret. */
public final class SettingsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /**
   * @param what is wrong, as in "the settings are wrong"
   * @param problems at least one: what, which value, and what to do
   */
  public SettingsException(String what, List<String> problems) {
    super(what + ":\n  - " + String.join("\n  - ", problems));
    this.problems = List.copyOf(problems);
  }

  /** All that is wrong. */
  public List<String> problems() {
    return problems;
  }
}
