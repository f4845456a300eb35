package io.tidemark.postgres.change;

/**
 * Does what each kind of {@link Change} needs: {@link Change#accept} calls the method of its kind.
 * Who deals with changes by kind does it so, and does not compile while a kind is left out.
 *
 * @param <R> what comes of it; {@link Void}, and null, for nothing
 * @param <E> what may be thrown; {@link RuntimeException} for nothing that is checked
 */
public interface ChangeVisitor<R, E extends Exception> {
  /** A row was read, inserted, updated or deleted. */
  R row(RowChange row) throws E;

  /** A transaction begins. */
  R begin(Begin begin) throws E;

  /** A transaction ends. */
  R commit(Commit commit) throws E;

  /** A table was truncated. */
  R truncate(Truncate truncate) throws E;

  /** A logical message was written. */
  R message(LogicalMessage message) throws E;

  /** Every row of a dump was emitted. */
  R dumpEnd(DumpEnd end) throws E;

  /** A DDL statement was run. */
  R ddl(Ddl ddl) throws E;

  /** A captured table comes, has other columns, another key or another name, or goes. */
  R schemaChange(SchemaChange change) throws E;
}
