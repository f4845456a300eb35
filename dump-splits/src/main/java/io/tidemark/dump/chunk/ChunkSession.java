package io.tidemark.dump.chunk;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.SnapshotXids;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.setup.ServerIdentity;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a server that dumps are read from.
 *
 * <p>A chunk, in this order: {@link #replayLsn()}; the caller picks the newest mark up to it;
 * {@link #read}. Both are on this one session, so a mark's transactions are visible in the snapshot
 * that follows. For one thread, but {@link #close()} may come from any.
 */
public final class ChunkSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkSession.class);
  private static final int OLDEST_MAJOR = 14;

  private final DumpSource source;
  private final ServerIdentity expected;
  private final Connection connection;
  private final CopyManager copies;
  private final ServerState opened;

  /** The timeline that its walsender told; 0 if it was not asked. */
  private int identified;

  /** What {@link #replayLsn()} gave last. */
  private long applied;

  private volatile boolean reading;
  private volatile boolean closed;

  private ChunkSession(DumpSource source, ServerIdentity expected, Connection connection)
      throws SQLException, DumpException {
    this.source = source;
    this.expected = expected;
    this.connection = connection;
    this.copies = connection.unwrap(PGConnection.class).getCopyAPI();
    int major = connection.getMetaData().getDatabaseMajorVersion();
    if (major < OLDEST_MAJOR) {
      throw new DumpException(
          DumpFailure.REFUSED, source + " is PostgreSQL " + major + "; 14 is the oldest");
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(ChunkSql.settings());
      this.opened = ServerState.read(statement);
    }
    check(opened);
  }

  /**
   * Connects, and checks that the server is what it should be.
   *
   * @throws DumpException WRONG_SERVER if it is of another system or a later timeline or has
   *     another role, UNAVAILABLE if it cannot be reached now or is on an earlier timeline, REFUSED
   *     if it does not let us in or is too old
   */
  public static ChunkSession open(DumpSource source, ServerIdentity expected) throws DumpException {
    Connection connection = null;
    try {
      // The details of a server's errors quote rows.
      connection = source.endpoint().connect(Map.of("logServerErrorDetail", "false"));
      ChunkSession session = new ChunkSession(source, expected, connection);
      connection = null;
      return session;
    } catch (SQLException e) {
      throw DumpException.of("cannot connect to " + source, e);
    } catch (IOException e) {
      throw new DumpException(
          DumpFailure.REFUSED, "cannot connect to " + source + ": " + e.getMessage(), e);
    } finally {
      closeQuietly(connection);
    }
  }

  public DumpSource source() {
    return source;
  }

  /** Whether another chunk can be read; after some failures, and after closing, none can. */
  public boolean isOpen() {
    return !closed;
  }

  /**
   * The LSN, unsigned, up to which the server has applied WAL: snapshots taken from now on see
   * every commit before it. On the primary, where they may not, {@link VisibilityCheck} decides.
   *
   * @throws DumpException as {@link #open}
   */
  public long replayLsn() throws DumpException {
    ServerState state;
    try (Statement statement = connection.createStatement()) {
      state = ServerState.read(statement);
    } catch (SQLException e) {
      throw failed("cannot ask " + source + " how far it has replayed", e);
    }
    check(state);
    applied = state.applied();
    return applied;
  }

  /**
   * Reads a chunk in a snapshot of its own. If this throws, what the sink got does not count.
   *
   * @throws DumpException if it cannot be read; {@link DumpException#failure()} says what to do
   * @throws InterruptedException if the sink was interrupted; the session is then closed
   */
  public ChunkResult read(ChunkRequest request, RowSink sink)
      throws DumpException, InterruptedException {
    if (source.kind() == DumpSource.Kind.STANDBY && Lsn.compare(applied, request.markLsn()) < 0) {
      throw new IllegalArgumentException(
          "a chunk under a mark at "
              + Lsn.format(request.markLsn())
              + ", of which replayLsn() has only said "
              + Lsn.format(applied));
    }
    String doing = "reading " + request.rows() + " of " + request.table() + " on " + source;
    boolean finished = false;
    reading = true;
    try (Statement statement = connection.createStatement()) {
      ChunkResult result = readInTransaction(statement, request, sink, doing);
      finished = true;
      return result;
    } catch (SQLException e) {
      throw failed(doing, e);
    } finally {
      reading = false;
      if (!finished) {
        rollBack();
      }
    }
  }

  /**
   * Ends the session. A read that goes on in another thread is cancelled and fails with
   * UNAVAILABLE.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (reading) {
      try {
        // A backend that waits for a lock would not notice that the socket is gone.
        connection.unwrap(PGConnection.class).cancelQuery();
      } catch (SQLException e) {
        LOG.debug("cannot cancel a query on {}", source, e);
      }
      abort();
    } else {
      closeQuietly(connection);
    }
  }

  @Override
  public String toString() {
    return "session with " + source;
  }

  private ChunkResult readInTransaction(
      Statement statement, ChunkRequest request, RowSink sink, String doing)
      throws SQLException, DumpException, InterruptedException {
    ServerState before;
    TableState table;
    try (ResultSet row = lastRow(statement, ChunkSql.begin(request.table()))) {
      before = ServerState.of(row);
      table = TableState.of(row);
    }
    check(before);
    table.check(request.table());
    checkVisible(request, table.snapshot());
    long rows = 0;
    long bytes = 0;
    for (String copy : copies(statement, request)) {
      CopyDecoder decoder = copy(copy, request, request.maxBytes() - bytes, sink);
      rows += decoder.rows();
      bytes += decoder.tupleBytes();
    }
    statement.execute(ChunkSql.end());
    try (ResultSet row = statement.getResultSet()) {
      row.next();
      ServerState after = ServerState.of(row);
      check(after);
      return new ChunkResult(rows, bytes, high(before, after, doing), table.pages());
    }
  }

  private static List<String> copies(Statement statement, ChunkRequest request)
      throws SQLException {
    PhysicalTable table = request.table();
    if (request.rows() instanceof ChunkRequest.Keys keys) {
      return KeyConditions.of(table.schema(), statement.getConnection())
          .conditions(keys.keys())
          .stream()
          .map(condition -> ChunkSql.copy(table, condition))
          .toList();
    }
    return List.of(ChunkSql.copyPages(table, ((ChunkRequest.Pages) request.rows()).range()));
  }

  private CopyDecoder copy(String sql, ChunkRequest request, long most, RowSink sink)
      throws SQLException, DumpException, InterruptedException {
    CopyDecoder decoder = new CopyDecoder(request.table().schema().columns().size());
    CopyOut copy = copies.copyOut(sql);
    boolean drained = false;
    try {
      for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
        decoder.message(message, sink);
        if (decoder.tupleBytes() > most) {
          throw new DumpException(
              DumpFailure.TOO_LARGE,
              request.rows()
                  + " of "
                  + request.table()
                  + " come to more than "
                  + request.maxBytes()
                  + " bytes");
        }
      }
      decoder.end();
      drained = true;
    } finally {
      if (!drained && copy.isActive()) {
        // The rest of the COPY is in the way of any further statement.
        close();
      }
    }
    return decoder;
  }

  private long high(ServerState before, ServerState after, String doing) throws DumpException {
    if (source.kind() == DumpSource.Kind.PRIMARY) {
      return after.applied();
    }
    OptionalLong high = HighLsn.onStandby(before, after);
    if (high.isEmpty()) {
      throw new DumpException(
          DumpFailure.UNAVAILABLE,
          doing
              + ": the standby stands at "
              + Lsn.format(after.applied())
              + " and is not streaming, so what its snapshot sees has no known end; standbys that"
              + " only restore archived WAL cannot be read while it does not move");
    }
    return high.getAsLong();
  }

  private void check(ServerState state) throws DumpException {
    boolean standby = source.kind() == DumpSource.Kind.STANDBY;
    String problem = null;
    if (state.systemId() != expected.systemId()) {
      problem =
          "is of system "
              + Long.toUnsignedString(state.systemId())
              + ", the stream of "
              + Long.toUnsignedString(expected.systemId());
    } else if (state.inRecovery() != standby) {
      problem = standby ? "is not a standby, or not any more" : "is a standby";
    } else if (timeline(state) > expected.timeline()) {
      problem = "is on timeline " + timeline(state) + ", the stream on " + expected.timeline();
    } else if (opened != null && !state.isSameBackend(opened)) {
      problem = "answers from several backends: connect without a pooler or load balancer between";
    }
    if (problem != null) {
      discard();
      throw new DumpException(DumpFailure.WRONG_SERVER, source + " " + problem);
    }
    if (timeline(state) < expected.timeline()) {
      requireTimeline(state);
    }
  }

  private int timeline(ServerState state) {
    return Math.max(state.timeline(), identified);
  }

  /**
   * After a promotion the control file tells the old timeline until the next restartpoint, so a
   * walsender is asked, too. A standby that is on the old one by its word is one that still has to
   * replay up to the promotion, or that nobody has pointed at the new primary.
   */
  private void requireTimeline(ServerState state) throws DumpException {
    String asked = "";
    try {
      identified = ServerIdentity.of(source.endpoint()).timeline();
    } catch (SQLException | IOException e) {
      asked =
          ". It may be on a later one: IDENTIFY_SYSTEM failed (%s), and without"
                  .formatted(e.getMessage())
              + " pg_read_all_stats the timeline that it receives is hidden; grant one of REPLICATION"
              + " and pg_read_all_stats";
    }
    if (timeline(state) < expected.timeline()) {
      discard();
      throw new DumpException(
          DumpFailure.UNAVAILABLE,
          "%s is still on timeline %d, the stream on %d; it is read once it follows the promoted server%s"
              .formatted(source, timeline(state), expected.timeline(), asked));
    }
  }

  private void checkVisible(ChunkRequest request, String snapshot) throws DumpException {
    if (source.kind() == DumpSource.Kind.PRIMARY
        && !request.visibility().counts(SnapshotXids.parse(snapshot))) {
      throw new DumpException(
          DumpFailure.NOT_YET_VISIBLE,
          "a snapshot of " + request.table() + " on " + source + " lags behind the stream");
    }
  }

  private DumpException failed(String doing, SQLException e) {
    if (closed) {
      return new DumpException(DumpFailure.UNAVAILABLE, doing + ": the session was closed", e);
    }
    DumpException failure = DumpException.of(doing, e);
    if (failure.failure() == DumpFailure.UNAVAILABLE) {
      discard();
    }
    return failure;
  }

  private void rollBack() {
    if (closed) {
      return;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      LOG.debug("cannot roll back on {}", source, e);
      discard();
    }
  }

  /** Gives the connection up from within: nothing is left to cancel, nor worth a farewell. */
  private void discard() {
    closed = true;
    abort();
  }

  private void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("cannot abort the connection to {}", source, e);
    }
  }

  /** Runs statements of which the last one gives a row. */
  private static ResultSet lastRow(Statement statement, String sql) throws SQLException {
    boolean isRows = statement.execute(sql);
    while (!isRows) {
      if (statement.getUpdateCount() < 0) {
        throw new SQLException("no row came back");
      }
      isRows = statement.getMoreResults();
    }
    ResultSet row = statement.getResultSet();
    row.next();
    return row;
  }

  private static void closeQuietly(Connection connection) {
    if (connection == null) {
      return;
    }
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("cannot close a connection", e);
    }
  }
}
