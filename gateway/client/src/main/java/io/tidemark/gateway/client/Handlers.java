package io.tidemark.gateway.client;

import static java.lang.System.Logger.Level.WARNING;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tidemark.postgres.TableName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** Which handler takes which event. An event that none takes is dealt with. */
final class Handlers implements Dispatcher {
  private static final System.Logger LOG = System.getLogger(Handlers.class.getName());

  private final Map<TableName, AsyncHandler<? super Change>> rows = new LinkedHashMap<>();
  private final Map<Class<? extends StreamEvent>, AsyncHandler<StreamEvent>> others =
      new LinkedHashMap<>();

  /** A handler of what no other takes, by the type that all have. */
  private static final Class<? extends StreamEvent> ANY = StreamEvent.class;

  /** A handler that gives null, for it is through when it returns. */
  static <T> AsyncHandler<T> direct(Handler<? super T> handler) {
    Objects.requireNonNull(handler, "handler");
    return event -> {
      handler.handle(event);
      return null;
    };
  }

  /** A handler that has to give a stage. */
  static <T> AsyncHandler<T> staged(AsyncHandler<? super T> handler) {
    Objects.requireNonNull(handler, "handler");
    return event ->
        Objects.requireNonNull(handler.handle(event), "an asynchronous handler gave no stage");
  }

  void put(String table, AsyncHandler<? super Change> handler) {
    int dot = table.indexOf('.');
    if (dot < 1 || dot == table.length() - 1) {
      throw new IllegalArgumentException(
          "table '" + table + "'; expected schema and name, as in public.orders");
    }
    TableName name = new TableName(table.substring(0, dot), table.substring(dot + 1));
    if (rows.putIfAbsent(name, handler) != null) {
      throw new IllegalArgumentException("table " + table + " has a handler already");
    }
  }

  <E extends StreamEvent> void put(Class<E> type, AsyncHandler<? super E> handler) {
    AsyncHandler<StreamEvent> cast = event -> handler.handle(type.cast(event));
    if (others.putIfAbsent(type, cast) != null) {
      throw new IllegalArgumentException("there is a handler of " + type.getSimpleName());
    }
  }

  boolean isEmpty() {
    return rows.isEmpty() && others.isEmpty();
  }

  @Override
  public CompletionStage<?> dispatch(StreamEvent event) throws Exception {
    if (event instanceof Change change) {
      AsyncHandler<? super Change> handler = rows.get(change.schema().name());
      if (handler != null) {
        return handler.handle(change);
      }
    }
    AsyncHandler<StreamEvent> handler = others.get(event.getClass());
    if (handler == null) {
      handler = others.get(ANY);
    }
    if (handler == null && event instanceof StreamEvent.Skipped skipped) {
      LOG.log(
          WARNING,
          () -> "An event was too large for this consumer, and was skipped: %s".formatted(skipped));
    }
    return handler == null ? null : handler.handle(event);
  }

  /**
   * The regular expression of the tables that are wanted, as the server takes it.
   *
   * @param given by the user, or null: then it is the tables that have handlers, or all if there
   *     are handlers for those of any table
   * @throws IllegalArgumentException if it is none, or does not have a table that has a handler
   */
  String tables(String given) {
    if (given == null) {
      boolean all = others.containsKey(ANY) || others.containsKey(StreamEvent.Truncate.class);
      return all || rows.isEmpty()
          ? ""
          : rows.keySet().stream()
              .map(name -> Pattern.quote(name.toString()))
              .collect(Collectors.joining("|", "^(", ")$"));
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(given);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "tables: '" + given + "' is no RE2 regular expression: " + e.getMessage(), e);
    }
    for (TableName name : rows.keySet()) {
      if (!pattern.matcher(name.toString()).find()) {
        throw new IllegalArgumentException(
            "there is a handler for table " + name + ", which is not found by '" + given + "'");
      }
    }
    return given;
  }
}
