package io.tidemark.postgres.setup;

import java.util.Objects;

/**
 * Something that keeps a capture from working.
 *
 * @param what what is wrong, with the offending value and where it is
 * @param todo what to do about it
 */
public record Problem(String what, String todo) {
  public Problem {
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(todo, "todo");
  }

  @Override
  public String toString() {
    return what + "; " + todo;
  }
}
