package io.tidemark.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Finds in an exception what a person needs to read. */
final class Problem {
  private Problem() {}

  /**
   * The messages of an exception and its causes in one text, without Flink's wrappers and without
   * saying anything twice.
   */
  static String describe(Throwable problem) {
    List<String> messages = new ArrayList<>();
    for (Throwable t = problem; t != null && t.getCause() != t; t = t.getCause()) {
      if (isWrapper(t)) {
        continue;
      }
      String message = t.getMessage() == null ? t.getClass().getSimpleName() : t.getMessage();
      if (messages.stream().noneMatch(earlier -> earlier.contains(message))) {
        messages.add(message);
      }
    }
    return String.join(": ", messages);
  }

  /** Whether it says nothing that its cause does not say. */
  private static boolean isWrapper(Throwable t) {
    if (t.getCause() == null) {
      return false;
    }
    return t instanceof ExecutionException
        || t instanceof CompletionException
        || t.getClass().getName().startsWith("org.apache.flink.")
        || t.getMessage() == null
        || t.getMessage().equals(t.getCause().toString());
  }
}
