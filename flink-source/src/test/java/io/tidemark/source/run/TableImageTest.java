package io.tidemark.source.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableImageTest {
  private static final TableName NAME = new TableName("public", "t");
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          NAME,
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(23, "integer"), -1)),
          0);
  private static final Change TRUNCATE =
      new Truncate(new Position(20, 1), 0, 1, SCHEMA, false, false);

  private static Change insert(int id, long commitLsn, long ordinal) {
    return RowChange.insert(SCHEMA, row(id), new RowChange.Origin(commitLsn, ordinal, 0, 1));
  }

  private static Tuple row(int id) {
    byte[] bytes = ByteBuffer.allocate(10).putShort((short) 1).putInt(4).putInt(id).array();
    return new Tuple(bytes, 0, bytes.length, Tuple.Layout.COPY);
  }

  /** The ids of the rows that are left. */
  private static List<String> ids(Change... changes) {
    return TableImage.fold(List.of(changes), NAME).values().stream().toList();
  }

  @Test
  void aTruncateTakesWhatIsOlder() {
    assertThat(ids(insert(1, 10, 1), RowChange.read(SCHEMA, row(2), 19), TRUNCATE)).isEmpty();
  }

  @Test
  void aLaneThatIsLateWithItTakesNothingOfOtherLanesThatIsNewer() {
    assertThat(
            ids(
                insert(1, 10, 1),
                TRUNCATE,
                insert(2, 20, 2),
                RowChange.read(SCHEMA, row(3), 30),
                TRUNCATE))
        .containsExactlyInAnyOrder("00000002", "00000003");
  }
}
