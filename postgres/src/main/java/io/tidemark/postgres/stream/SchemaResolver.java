package io.tidemark.postgres.stream;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.ddl.TableStructure;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/**
 * Makes a schema of what the stream says about a table.
 *
 * <p>What it asks the catalog for is of now, and the stream may be of long before: numbers of
 * columns are told where names and types are those of the message.
 */
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

  /**
   * The schemas of tables as a DDL statement has left them, in order: their published columns, as
   * far as the catalog now tells which these are.
   *
   * @throws SQLException if the catalog could not be asked
   * @throws IOException if the password's source could not be read
   */
  default List<TableSchema> resolve(List<TableStructure> tables) throws SQLException, IOException {
    return List.of();
  }

  /**
   * The key that messages of DDL statements are signed with; null if there is none, or it may not
   * be read.
   *
   * @throws SQLException if the catalog could not be asked
   * @throws IOException if the password's source could not be read
   */
  default byte[] signingKey() throws SQLException, IOException {
    return null;
  }

  /**
   * What tells statements.
   *
   * @param walEnd where the WAL ends that {@link #resolve} has seen the commits of, an LSN,
   *     unsigned
   * @param triggers a text that is another one once an event trigger was disabled, enabled, dropped
   *     or made; null if there is none
   */
  record Telling(long walEnd, String triggers) {}

  /**
   * Whether statements are told, now.
   *
   * @throws SQLException if the catalog could not be asked
   * @throws IOException if the password's source could not be read
   */
  default Telling telling() throws SQLException, IOException {
    return new Telling(-1, null);
  }

  /** Lets go of what it resolves with. */
  @Override
  default void close() {}
}
