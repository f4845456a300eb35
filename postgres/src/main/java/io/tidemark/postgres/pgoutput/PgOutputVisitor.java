package io.tidemark.postgres.pgoutput;

/**
 * Does what each kind of {@link PgOutputMessage} needs: {@link PgOutputMessage#accept} calls the
 * method of its kind. Who deals with messages by kind does it so, and does not compile while a kind
 * is left out.
 *
 * @param <E> what may be thrown; {@link RuntimeException} for nothing that is checked
 * @param <F> what else may be thrown
 */
public interface PgOutputVisitor<E extends Exception, F extends Exception> {
  /** A transaction begins. */
  void begin(PgOutputMessage.Begin begin) throws E, F;

  /** A transaction ends. */
  void commit(PgOutputMessage.Commit commit) throws E, F;

  /** The transaction was replicated from elsewhere. */
  void origin(PgOutputMessage.Origin origin) throws E, F;

  /** A table's columns. */
  void relation(PgOutputMessage.Relation relation) throws E, F;

  /** A type that is not built in. */
  void type(PgOutputMessage.Type type) throws E, F;

  /** A row was inserted. */
  void insert(PgOutputMessage.Insert insert) throws E, F;

  /** A row was updated. */
  void update(PgOutputMessage.Update update) throws E, F;

  /** A row was deleted. */
  void delete(PgOutputMessage.Delete delete) throws E, F;

  /** Tables were truncated. */
  void truncate(PgOutputMessage.Truncate truncate) throws E, F;

  /** A logical message was written. */
  void message(PgOutputMessage.Message message) throws E, F;
}
