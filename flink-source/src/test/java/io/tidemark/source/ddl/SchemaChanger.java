package io.tidemark.source.ddl;

import io.tidemark.postgres.TableName;
import io.tidemark.source.ddl.RandomStatements.Kind;
import io.tidemark.testkit.postgres.TestDatabase;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * A session that changes tables in random transactions, with rows before, between and after: some
 * are rolled back, as are some savepoints.
 */
final class SchemaChanger extends SessionThread {
  private static final Pattern DDL = Pattern.compile("ALTER|CREATE|DROP|TRUNCATE");
  private static final Duration PAUSE = Duration.ofMillis(5);

  private final Random random;
  private final RandomRows rows;
  private final RandomStatements statements;
  private final Budget budget;
  private final PrintWriter log;

  /** What it has run of the open transaction. */
  private final StringBuilder text = new StringBuilder();

  /** Of the open transaction. */
  private final Map<Kind, Integer> done = new EnumMap<>(Kind.class);

  /** How many schema changes sessions are to commit by now, and what they have committed. */
  static final class Budget {
    private final Map<Kind, Integer> committed = new EnumMap<>(Kind.class);
    private final AtomicInteger count = new AtomicInteger();
    private volatile int limit;

    void limit(int changes) {
      limit = changes;
    }

    int committed() {
      return count.get();
    }

    boolean isSpent() {
      return count.get() >= limit;
    }

    synchronized Map<Kind, Integer> byKind() {
      return new EnumMap<>(committed);
    }

    synchronized void commit(Map<Kind, Integer> changes) {
      changes.forEach((kind, many) -> committed.merge(kind, many, Integer::sum));
      count.addAndGet(changes.values().stream().mapToInt(Integer::intValue).sum());
    }
  }

  /**
   * @param log of all statements
   */
  SchemaChanger(
      TestDatabase database,
      Random random,
      RandomRows rows,
      RandomStatements statements,
      Budget budget,
      PrintWriter log) {
    super("schema changer", database);
    this.random = random;
    this.rows = rows;
    this.statements = statements;
    this.budget = budget;
    this.log = log;
  }

  @Override
  boolean step(Connection connection, Statement statement) throws SQLException {
    if (budget.isSpent()) {
      LockSupport.parkNanos(PAUSE.toNanos());
      return true;
    }
    done.clear();
    text.setLength(0);
    boolean one = random.nextInt(4) == 0;
    boolean commit = one || random.nextInt(8) > 0;
    try {
      if (one) {
        connection.setAutoCommit(true);
        change(connection, statement);
      } else {
        transaction(connection, statement);
      }
      if (!one && commit) {
        connection.commit();
      }
    } catch (SQLException e) {
      failed(e);
      text.append("-- ").append(e.getMessage()).append('\n');
      commit = false;
    }
    if (connection.getAutoCommit()) {
      // What was run before it failed stays.
      connection.setAutoCommit(false);
      commit = true;
    } else {
      connection.rollback();
    }
    if (commit) {
      budget.commit(done);
    }
    log.write(text + (one ? "" : commit ? "COMMIT;\n" : "ROLLBACK;\n") + "\n");
    log.flush();
    return true;
  }

  private void transaction(Connection connection, Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()")) {
      row.next();
      text.append("BEGIN; -- ").append(row.getString(1)).append('\n');
    }
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int dice = random.nextInt(3);
      if (dice == 0) {
        change(connection, statement);
      } else {
        savepoint(connection, statement, dice == 1);
      }
    }
  }

  private void savepoint(Connection connection, Statement statement, boolean keep)
      throws SQLException {
    Map<Kind, Integer> before = new EnumMap<>(done);
    Savepoint savepoint = connection.setSavepoint();
    text.append("SAVEPOINT s;\n");
    boolean kept = keep;
    try {
      change(connection, statement);
    } catch (SQLException e) {
      failed(e);
      text.append("-- ").append(e.getMessage()).append('\n');
      kept = false;
    }
    if (kept) {
      connection.releaseSavepoint(savepoint);
      text.append("RELEASE s;\n");
    } else {
      connection.rollback(savepoint);
      text.append("ROLLBACK TO s;\n");
      done.clear();
      done.putAll(before);
    }
  }

  /** Some rows, some statements of a kind with rows between, and some rows. */
  private void change(Connection connection, Statement statement) throws SQLException {
    List<TableName> tables = LiveTable.all(connection);
    TableName name = tables.get(random.nextInt(tables.size()));
    rows(connection, statement, name);
    if (!connection.getAutoCommit()) {
      // Nobody is to change it between the look at it and the statements.
      statement.execute("LOCK TABLE " + name.quoted());
    }
    Kind kind = Kind.any(random);
    Optional<LiveTable> table = LiveTable.find(connection, name);
    if (table.isEmpty()) {
      return;
    }
    for (String each : statements.make(connection, kind, table.get())) {
      run(statement, each);
      if (DDL.matcher(each).lookingAt()) {
        done.merge(kind, 1, Integer::sum);
        rows(connection, statement, name);
      }
    }
  }

  private void rows(Connection connection, Statement statement, TableName name)
      throws SQLException {
    if (random.nextInt(3) > 0) {
      // None if it has another name by now.
      Optional<LiveTable> table = LiveTable.find(connection, name);
      if (table.isPresent()) {
        run(statement, rows.any(table.get()));
      }
    }
  }

  private void run(Statement statement, String sql) throws SQLException {
    text.append(sql).append(";\n");
    statement.execute(sql);
  }
}
