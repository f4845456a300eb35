package io.tidemark.postgres.setup;

import java.util.Objects;

/**
 * Something that keeps a capture from working.
 *
 * @param what what is wrong, with the offending value and where it is
 * @param todo what to do about it
 * @param mayPass whether it may be gone, without anyone's doing, when looked at again
 */
public record Problem(String what, String todo, boolean mayPass) {
  public Problem {
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(todo, "todo");
  }

  /** One that stays until someone does something about it. */
  public Problem(String what, String todo) {
    this(what, todo, false);
  }

  @Override
  public String toString() {
    return what + "; " + todo;
  }
}
