package io.tidemark.source.reader;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.event.EnumeratorEvent.TablePlan;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.lane.RowBatch;
import io.tidemark.source.reader.DumpScheduler.Grant;
import io.tidemark.source.split.DumpSplit;
import java.util.List;

/** A chunk of the table t(id bigint) and what dump threads hand over of it. */
final class Grants {
  static final TableName NAME = new TableName("public", "t");
  static final TableSchema SCHEMA =
      new TableSchema(
          1,
          NAME,
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(20, "bigint"), -1)),
          0);
  static final PhysicalTable TABLE = new PhysicalTable(SCHEMA, 1, NAME, 1, 1, null);
  static final DumpSplit SPLIT = DumpSplit.ofPages("1-0-0", 1, TABLE, new PageRange(0, 100));

  private Grants() {}

  /** A plan of a table in one piece, made where the stream of a test starts. */
  static TablePlan plan(TableSchema schema) {
    return new TablePlan(schema, List.of(schema.oid()), new Span(10, 10));
  }

  /** Leave to read the first ten pages. */
  static Grant grant() {
    return new Grant(new DumpWork(SPLIT), 0, new ChunkId(0, 7, 1), new Mark(5, 1, 100), 0, 10);
  }

  /** One row of so many bytes. */
  static DumpQueue.Item.Rows rows(int bytes) {
    return rows(grant(), bytes);
  }

  static DumpQueue.Item.Rows rows(Grant grant, int bytes) {
    RowBatch batch = RowBatch.of(new byte[][] {new byte[bytes]}, new int[1]);
    return new DumpQueue.Item.Rows(
        grant, new LaneRecord.Rows(0, grant.chunk(), grant.mark(), SCHEMA, batch, 0));
  }
}
