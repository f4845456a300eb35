package io.tidemark.source.run;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import java.nio.ByteBuffer;
import java.util.List;

/** Changes of a table of one column, its key. */
final class OneColumn {
  static final TableSchema SCHEMA =
      new TableSchema(
          1,
          new TableName("public", "t"),
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(23, "integer"), -1)),
          0);

  private OneColumn() {}

  static Change insert(int key, long lsn, long ordinal) {
    return RowChange.insert(SCHEMA, row(key), origin(lsn, ordinal));
  }

  static Change read(int key, long lsn) {
    return RowChange.read(SCHEMA, row(key), lsn);
  }

  static RowChange.Origin origin(long lsn, long ordinal) {
    return new RowChange.Origin(lsn, ordinal, 1, 1);
  }

  static Tuple row(int key) {
    byte[] bytes = ByteBuffer.allocate(10).putShort((short) 1).putInt(4).putInt(key).array();
    return new Tuple(bytes, 0, bytes.length, Tuple.Layout.COPY);
  }
}
