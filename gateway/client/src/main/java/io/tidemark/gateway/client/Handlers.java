package io.tidemark.gateway.client;

import static java.lang.System.Logger.Level.WARNING;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tidemark.gateway.event.Skipped;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which handler takes which event. An event that none takes is dealt with. */
final class Handlers implements Dispatcher {
  private static final System.Logger LOG = System.getLogger(Handlers.class.getName());

  private final Map<TableName, AsyncHandler<? super RowChange>> rows = new LinkedHashMap<>();
  private final ByKind byKind = new ByKind();
  private AsyncHandler<Begin> begins;
  private AsyncHandler<Commit> commits;
  private AsyncHandler<Truncate> truncates;
  private AsyncHandler<LogicalMessage> messages;
  private AsyncHandler<Ddl> statements;
  private AsyncHandler<SchemaChange> schemaChanges;
  private AsyncHandler<Skipped> skips;

  /** Of what no other takes. */
  private AsyncHandler<Change> any;

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

  void put(String table, AsyncHandler<? super RowChange> handler) {
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

  void putBegin(AsyncHandler<Begin> handler) {
    begins = only(begins, handler, "BEGIN");
  }

  void putCommit(AsyncHandler<Commit> handler) {
    commits = only(commits, handler, "COMMIT");
  }

  void putTruncate(AsyncHandler<Truncate> handler) {
    truncates = only(truncates, handler, "TRUNCATE");
  }

  void putMessage(AsyncHandler<LogicalMessage> handler) {
    messages = only(messages, handler, "logical messages");
  }

  void putDdl(AsyncHandler<Ddl> handler) {
    statements = only(statements, handler, "DDL statements");
  }

  void putSchemaChange(AsyncHandler<SchemaChange> handler) {
    schemaChanges = only(schemaChanges, handler, "changes of tables");
  }

  void putSkipped(AsyncHandler<Skipped> handler) {
    skips = only(skips, handler, "what is skipped");
  }

  void putAny(AsyncHandler<Change> handler) {
    any = only(any, handler, "any change");
  }

  private static <T> AsyncHandler<T> only(
      AsyncHandler<T> former, AsyncHandler<T> handler, String what) {
    if (former != null) {
      throw new IllegalArgumentException("there is a handler of " + what + " already");
    }
    return handler;
  }

  /** Whether there is no handler of a change. */
  boolean isEmpty() {
    return rows.isEmpty()
        && Stream.of(begins, commits, truncates, messages, statements, schemaChanges, any)
            .allMatch(Objects::isNull);
  }

  /** Whether there is a handler of DDL statements or of changes of tables. */
  boolean takeDdl() {
    return Stream.of(statements, schemaChanges, any).anyMatch(Objects::nonNull);
  }

  @Override
  public CompletionStage<?> dispatch(Change change) throws Exception {
    return change.accept(byKind);
  }

  @Override
  public CompletionStage<?> dispatch(Skipped skipped) throws Exception {
    if (skips != null) {
      return skips.handle(skipped);
    }
    LOG.log(
        WARNING,
        () -> "An event was too large for this consumer, and was skipped: %s".formatted(skipped));
    return null;
  }

  private final class ByKind implements ChangeVisitor<CompletionStage<?>, Exception> {
    @Override
    public CompletionStage<?> row(RowChange row) throws Exception {
      return call(rows.get(row.schema().name()), row);
    }

    @Override
    public CompletionStage<?> begin(Begin begin) throws Exception {
      return call(begins, begin);
    }

    @Override
    public CompletionStage<?> commit(Commit commit) throws Exception {
      return call(commits, commit);
    }

    @Override
    public CompletionStage<?> truncate(Truncate truncate) throws Exception {
      return call(truncates, truncate);
    }

    @Override
    public CompletionStage<?> message(LogicalMessage message) throws Exception {
      return call(messages, message);
    }

    @Override
    public CompletionStage<?> dumpEnd(DumpEnd end) {
      throw new IllegalStateException("no event is " + end);
    }

    @Override
    public CompletionStage<?> ddl(Ddl ddl) throws Exception {
      return call(statements, ddl);
    }

    @Override
    public CompletionStage<?> schemaChange(SchemaChange change) throws Exception {
      return call(schemaChanges, change);
    }

    private <T extends Change> CompletionStage<?> call(AsyncHandler<? super T> handler, T change)
        throws Exception {
      if (handler != null) {
        return handler.handle(change);
      }
      return any == null ? null : any.handle(change);
    }
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
      boolean all = any != null || truncates != null || schemaChanges != null;
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
