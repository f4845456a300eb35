package io.tidemark.postgres.stream;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import java.io.IOException;
import java.sql.SQLException;

/** Makes a schema of what the stream says about a table. */
@FunctionalInterface
public interface SchemaResolver extends AutoCloseable {
  /**
   * Whether what {@link #resolve} answers is of after this transaction. A commit is in the WAL, and
   * so in the stream, before anybody else sees what it did, for long under synchronous replication:
   * until then a catalog would answer as if the transaction had changed nothing.
   *
   * @param xid of a transaction that the stream carries, hence committed
   * @throws SQLException if the catalog could not be asked
   * @throws IOException if the password's source could not be read
   */
  default boolean sees(int xid) throws SQLException, IOException {
    return true;
  }

  /**
   * The schema of the rows that follow the message, whose transaction it {@link #sees}.
   *
   * @throws SQLException if the catalog could not be asked
   * @throws IOException if the password's source could not be read
   */
  TableSchema resolve(Relation relation) throws SQLException, IOException;

  /** Lets go of what it resolves with. */
  @Override
  default void close() {}
}
