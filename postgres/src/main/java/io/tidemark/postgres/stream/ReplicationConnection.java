package io.tidemark.postgres.stream;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.setup.ServerIdentity;
import io.tidemark.postgres.setup.SlotStatus;
import io.tidemark.postgres.setup.Slots;
import io.tidemark.postgres.setup.Walsender;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyDual;

/**
 * A walsender that streams a slot.
 *
 * <p>It sits on pgjdbc's {@code CopyDual} instead of its {@code PGReplicationStream}: the latter
 * hides keepalives, so that nobody can tell the server's WAL end from the LSN of a change, and
 * allocates several objects for each message.
 *
 * <p>For one thread, but for {@link #abort}.
 */
final class ReplicationConnection implements AutoCloseable {
  private static final long MICROS_TO_2000 = 946_684_800_000_000L;

  private final Connection connection;
  private final CopyDual copy;
  private final Duration senderTimeout;

  private ReplicationConnection(Connection connection, CopyDual copy, Duration senderTimeout) {
    this.connection = connection;
    this.copy = copy;
    this.senderTimeout = senderTimeout;
  }

  /**
   * Connects, checks that the slot is what the position was made on, and starts the stream.
   *
   * @throws io.tidemark.postgres.setup.RefusedException if someone has to do something first
   */
  static ReplicationConnection open(StreamOptions options, StreamPosition position)
      throws SQLException, IOException {
    // Within a message a read blocks, and nobody looks at the silence.
    Connection connection = Walsender.connect(options.primary(), options.receiveTimeout());
    try {
      ServerIdentity server = ServerIdentity.of(connection);
      if (options.expected().isPresent()) {
        server.requireSame(options.expected().get(), options.primary());
      }
      SlotStatus slot = Slots.require(connection, options.slot());
      slot.requireUsable(connection.getCatalog());
      slot.requireNotAhead(position.lsn());
      Duration senderTimeout = senderTimeout(connection);
      CopyDual copy =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyDual(startCommand(options, position));
      return new ReplicationConnection(connection, copy, senderTimeout);
    } catch (SQLException | RuntimeException e) {
      try {
        connection.close();
      } catch (SQLException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private static String startCommand(StreamOptions options, StreamPosition position) {
    // The replication grammar knows neither parameters nor escapes other than doubled quotes.
    String publication = Sql.identifier(options.publication()).replace("'", "''");
    return "START_REPLICATION SLOT "
        + Sql.identifier(options.slot())
        + " LOGICAL "
        + Lsn.format(position.lsn())
        + " (proto_version '1', binary 'true', messages 'true', publication_names '"
        + publication
        + "')";
  }

  private static Duration senderTimeout(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'")) {
      row.next();
      return Duration.ofMillis(row.getLong(1));
    }
  }

  /** After which silence of ours the server ends the stream; zero if never. */
  Duration senderTimeout() {
    return senderTimeout;
  }

  /**
   * The next message as it came; null if none begins within about a millisecond. One that has begun
   * is waited for, until {@link StreamOptions#receiveTimeout}.
   */
  byte[] read() throws SQLException {
    return copy.readFromCopy(false);
  }

  /** Whether the server still streams. */
  boolean isActive() {
    return copy.isActive();
  }

  /**
   * Tells the server how far we are.
   *
   * @param received the highest LSN seen
   * @param flushed up to here WAL is not needed any more; 0 leaves that as it is
   * @param reply whether the server is to answer at once
   */
  void sendStatus(long received, long flushed, boolean reply) throws SQLException {
    byte[] status =
        ByteBuffer.allocate(34)
            .put((byte) 'r')
            .putLong(received)
            .putLong(flushed)
            .putLong(flushed)
            .putLong(TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()) - MICROS_TO_2000)
            .put((byte) (reply ? 1 : 0))
            .array();
    copy.writeToCopy(status, 0, status.length);
    copy.flushCopy();
  }

  /** Ends the stream at once, from any thread, also under a blocked read. */
  void abort() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      throw new IllegalStateException("cannot abort the replication connection", e);
    }
  }

  /** Says goodbye to the server, which then lets go of the slot; the slot stays. */
  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
