package io.tidemark.benchmarks;

import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import java.util.function.Consumer;

/** Passes on the rows alone: no rate counts what else comes. */
record RowVisitor(Consumer<RowChange> rows) implements ChangeVisitor<Void, RuntimeException> {
  @Override
  public Void row(RowChange row) {
    rows.accept(row);
    return null;
  }

  @Override
  public Void begin(Begin begin) {
    return null;
  }

  @Override
  public Void commit(Commit commit) {
    return null;
  }

  @Override
  public Void truncate(Truncate truncate) {
    return null;
  }

  @Override
  public Void message(LogicalMessage message) {
    return null;
  }

  @Override
  public Void dumpEnd(DumpEnd end) {
    return null;
  }

  @Override
  public Void ddl(Ddl ddl) {
    return null;
  }

  @Override
  public Void schemaChange(SchemaChange change) {
    return null;
  }
}
