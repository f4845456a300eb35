package io.tidemark.gateway.schedule;

import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.RowSelection.Keys;
import io.tidemark.postgres.RowSelection.Pages;
import io.tidemark.postgres.TableName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.h2.jdbcx.JdbcDataSource;

/**
 * Keeps what is scheduled in an embedded database. Only one process at a time can open the
 * database's file. A method that writes returns once the change is on disk. For one thread.
 */
public final class ScheduleStore implements AutoCloseable {
  private static final String[] TABLES = {
    "CREATE TABLE IF NOT EXISTS dump_range (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        + " uri VARCHAR NOT NULL, schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL,"
        + " page_begin BIGINT NOT NULL, page_end BIGINT NOT NULL,"
        + " request BIGINT DEFAULT 0 NOT NULL)",
    // In place of pages; null for these. Databases of before have no such column.
    "ALTER TABLE dump_range ADD COLUMN IF NOT EXISTS key_list BINARY LARGE OBJECT",
    "ALTER TABLE dump_range ADD COLUMN IF NOT EXISTS stopped BOOLEAN DEFAULT FALSE NOT NULL",
    "CREATE TABLE IF NOT EXISTS uri_schedule (uri VARCHAR PRIMARY KEY,"
        + " cool_down_nanos BIGINT NOT NULL, paused BOOLEAN NOT NULL,"
        + " ranges BIGINT NOT NULL, since_millis BIGINT NOT NULL)"
  };

  private final Connection connection;

  private ScheduleStore(Connection connection) {
    this.connection = connection;
  }

  /**
   * Opens the database in this directory, and makes it if there is none.
   *
   * @throws SQLException if another process has it open, or it cannot be read
   */
  public static ScheduleStore open(Path directory) throws SQLException {
    return open("file:" + directory.resolve("schedules").toAbsolutePath());
  }

  /** A store that ends with its process. */
  public static ScheduleStore inMemory() throws SQLException {
    return open("mem:");
  }

  private static ScheduleStore open(String database) throws SQLException {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:" + database + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE");
    Connection connection = source.getConnection();
    try (Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute(table);
      }
      connection.setAutoCommit(false);
      return new ScheduleStore(connection);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** What is not done yet, by URI, in the order in which it was scheduled. */
  Map<String, List<ScheduledRange>> ranges() throws SQLException {
    Map<String, List<ScheduledRange>> found = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT id, uri, schema_name, table_name, page_begin, page_end, request,"
                    + " key_list, stopped FROM dump_range ORDER BY id")) {
      while (rows.next()) {
        byte[] keys = rows.getBytes(8);
        RowSelection selection =
            keys == null
                ? new Pages(rows.getLong(5), rows.getLong(6))
                : new Keys(StoredKeys.decode(keys));
        TableName table = new TableName(rows.getString(3), rows.getString(4));
        DumpRange range = new DumpRange(table, selection);
        found
            .computeIfAbsent(rows.getString(2), uri -> new ArrayList<>())
            .add(new ScheduledRange(rows.getLong(1), range, rows.getLong(7), rows.getBoolean(9)));
      }
    }
    return found;
  }

  /** What is known of each URI's schedule beside its ranges. */
  Map<String, UriSchedule> schedules() throws SQLException {
    Map<String, UriSchedule> found = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT uri, cool_down_nanos, paused, ranges, since_millis FROM uri_schedule")) {
      while (rows.next()) {
        found.put(
            rows.getString(1),
            new UriSchedule(
                Duration.ofNanos(rows.getLong(2)),
                rows.getBoolean(3),
                rows.getLong(4),
                rows.getLong(5)));
      }
    }
    return found;
  }

  /** Adds all of these, or, if it fails, none. */
  List<ScheduledRange> add(String uri, List<DumpRange> ranges) throws SQLException {
    List<ScheduledRange> added = new ArrayList<>();
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO dump_range (uri, schema_name, table_name, page_begin, page_end,"
                + " key_list) VALUES (?, ?, ?, ?, ?, ?)",
            new String[] {"id"})) {
      for (DumpRange range : ranges) {
        insert.setString(1, uri);
        insert.setString(2, range.table().schema());
        insert.setString(3, range.table().name());
        insert.setLong(4, range.rows().either(Pages::first, keys -> 0L));
        insert.setLong(5, range.rows().either(Pages::last, keys -> 0L));
        insert.setBytes(
            6, range.rows().either(pages -> null, keys -> StoredKeys.encode(keys.texts())));
        insert.addBatch();
      }
      insert.executeBatch();
      try (ResultSet ids = insert.getGeneratedKeys()) {
        for (DumpRange range : ranges) {
          if (!ids.next()) {
            throw new SQLException("the database gave no id for " + range);
          }
          added.add(new ScheduledRange(ids.getLong(1), range, 0, false));
        }
      }
      connection.commit();
      return added;
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    }
  }

  /** Removes all of these, or, if it fails, none. */
  void remove(Collection<ScheduledRange> ranges) throws SQLException {
    try {
      delete(ranges);
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    }
  }

  /**
   * Writes down that a URI's schedule is stopped, or, if it fails, nothing: its other ranges, which
   * are being read, come back no more.
   *
   * @param waiting ranges that are removed
   * @param schedule what is known of it from now on
   */
  void stop(String uri, Collection<ScheduledRange> waiting, UriSchedule schedule)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE dump_range SET stopped = TRUE WHERE uri = ?")) {
      delete(waiting);
      update.setString(1, uri);
      update.executeUpdate();
      merge(uri, schedule);
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    }
  }

  /** In the transaction of its caller. */
  private void delete(Collection<ScheduledRange> ranges) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM dump_range WHERE id = ?")) {
      for (ScheduledRange range : ranges) {
        delete.setLong(1, range.id());
        delete.addBatch();
      }
      delete.executeBatch();
    }
  }

  /**
   * Notes by which request a job is asked for a range.
   *
   * @param request 0 if none has it any more
   */
  void request(ScheduledRange range, long request) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE dump_range SET request = ? WHERE id = ?")) {
      update.setLong(1, request);
      update.setLong(2, range.id());
      update.executeUpdate();
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    }
  }

  /** Writes down what is known of a URI's schedule beside its ranges. */
  void schedule(String uri, UriSchedule schedule) throws SQLException {
    try {
      merge(uri, schedule);
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    }
  }

  /** In the transaction of its caller. */
  private void merge(String uri, UriSchedule schedule) throws SQLException {
    try (PreparedStatement merge =
        connection.prepareStatement(
            "MERGE INTO uri_schedule (uri, cool_down_nanos, paused, ranges, since_millis)"
                + " VALUES (?, ?, ?, ?, ?)")) {
      merge.setString(1, uri);
      merge.setLong(2, schedule.coolDown().toNanos());
      merge.setBoolean(3, schedule.paused());
      merge.setLong(4, schedule.ranges());
      merge.setLong(5, schedule.sinceMillis());
      merge.executeUpdate();
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
