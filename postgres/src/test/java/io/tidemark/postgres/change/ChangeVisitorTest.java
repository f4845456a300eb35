package io.tidemark.postgres.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.ddl.DdlStatement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChangeVisitorTest {
  private static final Position AT = new Position(16, 1);
  private static final TableSchema TABLE =
      new TableSchema(
          16384,
          new TableName("public", "orders"),
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(23, "integer"), -1)),
          0);
  private static final Tuple ROW = new Tuple(new byte[] {0, 1, 'n'}, 0, 3, Tuple.Layout.PGOUTPUT);

  /** Says which method was called, and with what. */
  private static final class Recorder implements ChangeVisitor<String, RuntimeException> {
    @Override
    public String row(RowChange row) {
      return "row " + row.op();
    }

    @Override
    public String begin(Begin begin) {
      return "begin " + begin.xid();
    }

    @Override
    public String commit(Commit commit) {
      return "commit " + commit.endLsn();
    }

    @Override
    public String truncate(Truncate truncate) {
      return "truncate " + truncate.schema().name();
    }

    @Override
    public String message(LogicalMessage message) {
      return "message " + message.prefix();
    }

    @Override
    public String dumpEnd(DumpEnd end) {
      return "end " + end.request();
    }

    @Override
    public String ddl(Ddl ddl) {
      return "ddl " + ddl.statement().tag();
    }

    @Override
    public String schemaChange(SchemaChange change) {
      return "schema of " + change.table();
    }
  }

  @Test
  void eachKindIsVisitedByItsMethod() {
    List<Change> changes =
        List.of(
            new Begin(AT, 5, 731),
            RowChange.insert(TABLE, ROW, new RowChange.Origin(16, 1, 5, 731)),
            new Truncate(AT, 5, 731, TABLE, false, false),
            new LogicalMessage(AT, 5, true, "p", new byte[0]),
            new Commit(AT, 32, 5),
            new DumpEnd(AT, TABLE.name(), 7, 0, 1),
            new Ddl(AT, 5, 731, DdlStatement.ofText("ALTER", List.of("ALTER TABLE"))),
            new SchemaChange(AT, 5, 731, null, TABLE, SchemaChange.Source.RELATION, Map.of()));
    assertThat(changes.stream().map(change -> change.accept(new Recorder())))
        .containsExactly(
            "begin 731",
            "row INSERT",
            "truncate public.orders",
            "message p",
            "commit 32",
            "end 7",
            "ddl ALTER TABLE",
            "schema of public.orders");
  }
}
