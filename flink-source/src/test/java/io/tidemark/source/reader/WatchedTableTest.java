package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.postgres.Column;
import io.tidemark.dump.postgres.PgType;
import io.tidemark.dump.postgres.TableName;
import io.tidemark.dump.postgres.TableSchema;
import io.tidemark.dump.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.dump.postgres.Tuple;
import io.tidemark.source.change.RowChange;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WatchedTableTest {
  private static final PgType BYTES = PgType.base(17, "bytea");
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          new TableName("public", "t"),
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", BYTES, -1), new Column("v", BYTES, -1)),
          0);

  /** The number of columns and the length of the first. */
  private static final int COPY_HEADER = 6;

  private final WatchedTable table = new WatchedTable(SCHEMA.name(), false);

  @Test
  void keysThatAMessageCannotTakeAreLeftToTheNextRound() {
    for (int i = 0; i < 5; i++) {
      insert(i, 600_000);
    }
    Set<Integer> taken = new HashSet<>(first(table.takeKeys(1, false)));
    assertThat(taken).hasSize(3);
    table.roundFinished(1);
    assertThat(table.keyCount()).isEqualTo(2);
    taken.addAll(first(table.takeKeys(2, false)));
    assertThat(taken).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    assertThat(table.takeKeys(3, false)).isEmpty();
    table.roundFinished(2);
    assertThat(table.keyCount()).isZero();
  }

  @Test
  void aRoundTakesOneKeyHoweverLargeItIs() {
    insert(1, 3_000_000);
    insert(2, 3_000_000);
    Set<Integer> taken = new HashSet<>(first(table.takeKeys(1, false)));
    table.roundFinished(1);
    assertThat(table.keyCount()).isEqualTo(1);
    taken.addAll(first(table.takeKeys(2, false)));
    table.roundFinished(2);
    assertThat(table.keyCount()).isZero();
    assertThat(taken).containsExactlyInAnyOrder(1, 2);
  }

  private void insert(int first, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length + 8);
    bytes.putShort((short) 2).put((byte) 'b').putInt(length).put((byte) first);
    bytes.put(length + 7, (byte) 'u');
    Tuple row = new Tuple(bytes.array(), 0, bytes.capacity(), Tuple.Layout.PGOUTPUT);
    table.see(SCHEMA);
    table.track(RowChange.insert(SCHEMA, row, new RowChange.Origin(1, 1, 1, 1)));
  }

  /** Of each key the first byte. */
  private static List<Integer> first(List<byte[]> keys) {
    return keys.stream().map(key -> (int) key[COPY_HEADER]).toList();
  }
}
