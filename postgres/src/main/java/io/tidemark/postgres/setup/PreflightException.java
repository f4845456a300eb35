package io.tidemark.postgres.setup;

import java.util.List;
import java.util.stream.Collectors;

/** A capture cannot start; nothing was created. Its message lists every problem found. */
public final class PreflightException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;
  private final boolean mayPass;

  public PreflightException(List<Problem> problems) {
    super(
        "the capture cannot start, for %d reason%s:%n%s"
            .formatted(
                problems.size(),
                problems.size() == 1 ? "" : "s",
                problems.stream()
                    .map(problem -> "  - " + problem)
                    .collect(Collectors.joining(System.lineSeparator()))));
    this.problems = List.copyOf(problems);
    this.mayPass = problems.stream().allMatch(Problem::mayPass);
  }

  /** Whether all that is wrong may be gone, without anyone's doing, when tried again. */
  public boolean mayPass() {
    return mayPass;
  }

  /** All that is wrong. */
  public List<Problem> problems() {
    return problems;
  }
}
