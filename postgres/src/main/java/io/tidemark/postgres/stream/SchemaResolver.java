package io.tidemark.postgres.stream;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import java.io.IOException;
import java.sql.SQLException;

/** Makes a schema of what the stream says about a table. */
@FunctionalInterface
public interface SchemaResolver extends AutoCloseable {
  /**
   * The schema of the rows that follow the message.
   *
   * @throws SQLException if the catalog could not be asked
   * @throws IOException if the password's source could not be read
   */
  TableSchema resolve(Relation relation) throws SQLException, IOException;

  /** Lets go of what it resolves with. */
  @Override
  default void close() {}
}
