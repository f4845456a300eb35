package io.tidemark.source.ddl;

import io.tidemark.postgres.TableName;
import io.tidemark.testkit.postgres.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A session that writes rows of tables while others change them, and tries again what fails. */
final class RowWriter extends SessionThread {
  private static final Duration PAUSE = Duration.ofMillis(4);

  private final Random random;
  private final RandomRows rows;

  RowWriter(TestDatabase database, long seed, AtomicInteger unique) {
    super("row writer " + seed, database);
    this.random = new Random(seed);
    this.rows = new RandomRows(random, unique);
  }

  @Override
  boolean step(Connection connection, Statement statement) throws SQLException {
    try {
      List<TableName> tables = LiveTable.all(connection);
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        TableName name = tables.get(random.nextInt(tables.size()));
        Optional<LiveTable> table = LiveTable.find(connection, name);
        if (table.isPresent()) {
          statement.execute(rows.any(table.get()));
        }
      }
      if (random.nextInt(10) == 0) {
        connection.rollback();
      } else {
        connection.commit();
      }
    } catch (SQLException e) {
      failed(e);
      connection.rollback();
    }
    LockSupport.parkNanos(PAUSE.toNanos());
    return true;
  }
}
