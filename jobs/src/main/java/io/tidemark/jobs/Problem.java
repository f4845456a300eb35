package io.tidemark.jobs;

import io.tidemark.dump.chunk.DumpException;
import io.tidemark.postgres.connection.ServerErrors;
import io.tidemark.postgres.setup.PreflightException;
import io.tidemark.postgres.setup.RefusedException;
import io.tidemark.source.settings.SettingsException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * Finds in an exception what a person needs to read. The one place that decides it: for commands,
 * for jobs that run in this process, and for the dumps that these read.
 */
public final class Problem {
  /** Enough for any chain of causes that is not a circle. */
  private static final int LONGEST_CHAIN = 50;

  private Problem() {}

  /**
   * The messages of an exception and its causes in one text, the last one first in time, without
   * Flink's wrappers and without saying anything twice; then what to do, unless they say so.
   */
  public static String describe(Throwable problem) {
    List<String> messages = new ArrayList<>();
    for (Throwable t : (Iterable<Throwable>) chain(problem)::iterator) {
      if (isWrapper(t)) {
        continue;
      }
      String message = message(t);
      if (messages.stream().noneMatch(earlier -> earlier.contains(message))) {
        messages.add(message);
      }
    }
    return String.join(": ", messages) + todo(problem);
  }

  /** What came first of all, alone: the innermost cause's message. */
  public static String reason(Throwable problem) {
    return message(chain(problem).reduce((outer, inner) -> inner).orElseThrow());
  }

  /** Whether it may be gone, without anyone's doing, when tried again. */
  public static boolean mayPass(Throwable problem) {
    boolean passing = false;
    for (Throwable t : (Iterable<Throwable>) chain(problem)::iterator) {
      if (t instanceof SettingsException) {
        return false;
      } else if (t instanceof PreflightException preflight) {
        return preflight.mayPass();
      } else if (t instanceof DumpException dump) {
        return dump.failure().isRetryable();
      } else if (t instanceof SQLException sql) {
        return ServerErrors.mayPass(ServerErrors.state(sql));
      } else if (t instanceof RefusedException refused) {
        passing = refused.mayPass();
      } else {
        // What comes last was first; a bug below an IOException is a bug.
        passing = t instanceof IOException;
      }
    }
    return passing;
  }

  /** The first of a kind among an exception and its causes. */
  public static <T> Optional<T> find(Throwable problem, Class<T> kind) {
    return chain(problem).filter(kind::isInstance).map(kind::cast).findFirst();
  }

  private static Stream<Throwable> chain(Throwable problem) {
    return Stream.iterate(problem, t -> t != null, Throwable::getCause).limit(LONGEST_CHAIN);
  }

  /** Some have nothing but a name as their message. */
  private static String message(Throwable t) {
    String message = t.getMessage();
    if (message == null) {
      return t.getClass().getSimpleName();
    }
    if (t instanceof FileSystemException file && file.getReason() == null) {
      String what =
          t instanceof NoSuchFileException
              ? "there is no file "
              : t instanceof AccessDeniedException
                  ? "no permission for "
                  : t instanceof FileAlreadyExistsException ? "there is already a file " : "";
      return what + message;
    }
    return t instanceof UnknownHostException ? "unknown host " + message : message;
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

  /** Ours say it themselves. */
  private static String todo(Throwable problem) {
    boolean said =
        chain(problem)
            .anyMatch(
                t ->
                    t instanceof RefusedException
                        || t instanceof PreflightException
                        || t instanceof SettingsException
                        || t instanceof Failure);
    String todo =
        said
            ? ""
            : find(problem, SQLException.class)
                .map(e -> ServerErrors.todo(ServerErrors.state(e)))
                .orElse("");
    return todo.isEmpty() ? "" : "; " + todo;
  }
}
