package io.tidemark.source.merge;

import static io.tidemark.source.merge.LaneHarness.FULL;
import static io.tidemark.source.merge.LaneHarness.T;
import static io.tidemark.source.merge.LaneHarness.U;
import static io.tidemark.source.merge.TestTable.pgoutput;
import static io.tidemark.source.merge.TestTable.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.RowChange;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ImagesTest {
  @Test
  void aTupleThatIsKeptIsCopiedOutOfItsMessage() {
    Tuple own = pgoutput(T, "k", "1", U);
    byte[] message = new byte[own.length() + 7];
    System.arraycopy(own.array(), 0, message, 3, own.length());
    Tuple within = new Tuple(message, 3, own.length(), Tuple.Layout.PGOUTPUT);
    Tuple compact = Images.compact(within);
    assertThat(compact).isEqualTo(within);
    assertThat(compact.array()).hasSize(own.length());
    assertThat(Images.compact(own)).isSameAs(own);
  }

  @Test
  void unchangedColumnsAreTakenFromTheOlderImageAndNoOthers() {
    Tuple filled = Images.fill(T, pgoutput(T, "", U, null), pgoutput(T, "k", "", "x"));
    assertThat(values(filled)).isEqualTo(Arrays.asList("", "", null));
    assertThat(filled).as("not a byte more").isEqualTo(pgoutput(T, "", "", null));
    assertThat(filled.layout()).isEqualTo(Tuple.Layout.PGOUTPUT);
    assertThat(values(Images.fill(T, pgoutput(T, "k", U, U), pgoutput(T, "k", U, "x"))))
        .containsExactly("k", U, "x");
  }

  @Test
  void aTableOfManyColumnsIsFilled() {
    String[] names = IntStream.range(0, 300).mapToObj(i -> "c" + i).toArray(String[]::new);
    TableSchema wide = TestTable.schema("wide", ReplicaIdentity.DEFAULT, names);
    ByteBuffer newer = ByteBuffer.allocate(2 + 300).putShort((short) 300);
    ByteBuffer older = ByteBuffer.allocate(2 + 300 * 6).putShort((short) 300);
    for (int i = 0; i < 300; i++) {
      newer.put((byte) 'u');
      older.put((byte) 'b').putInt(1).put((byte) i);
    }
    Tuple whole = tuple(older);
    assertThat(Images.fill(wide, tuple(newer), whole)).isEqualTo(whole);
  }

  @Test
  void largeValuesKeepTheirLength() {
    ByteBuffer row = ByteBuffer.allocate(2 + 6 + 6 + 5 + 0x0102_0304).putShort((short) 3);
    row.put((byte) 'b').putInt(1).put((byte) 'k').put((byte) 'b').putInt(1).put((byte) '1');
    row.put((byte) 'b').putInt(0x0102_0304);
    Tuple large = tuple(row);
    Tuple filled = Images.fill(T, pgoutput(T, "k", "2", U), large);
    assertThat(filled.valueLength(2)).isEqualTo(0x0102_0304);
    assertThat(filled.length()).isEqualTo(large.length());
  }

  @Test
  void rowsOfAnotherSchemaAreRefused() {
    TableSchema two = TestTable.schema("t", ReplicaIdentity.DEFAULT, "id", "a");
    assertThatThrownBy(() -> Images.fill(T, pgoutput(two, "k", U), pgoutput(T, "k", "1", "x")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has 2 columns: it is of another schema");
    assertThatThrownBy(() -> Images.fill(two, pgoutput(two, "k", U), pgoutput(T, "k", "1", "x")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has 3 columns: it is of another schema");
  }

  @Test
  void aWholeOldRowCompletesTheNewOneAndAnOldKeyDoesNot() {
    RowChange.Origin origin = new RowChange.Origin(1, 1, 0, 0);
    Tuple partial = pgoutput(FULL, "k", "2", U);
    Tuple old = pgoutput(FULL, "k", "1", "x");
    assertThat(values(Images.newest(RowChange.update(FULL, partial, old, true, origin))))
        .isEqualTo(List.of("k", "2", "x"));
    Tuple oldKey = pgoutput(T, "k", null, null);
    assertThat(Images.newest(RowChange.update(T, partial, oldKey, false, origin)))
        .isSameAs(partial);
    Tuple whole = pgoutput(FULL, "k", "2", "y");
    assertThat(Images.newest(RowChange.update(FULL, whole, old, true, origin))).isSameAs(whole);
  }

  private static Tuple tuple(ByteBuffer bytes) {
    byte[] array = new byte[bytes.capacity()];
    bytes.rewind().get(array);
    return new Tuple(array, 0, array.length, Tuple.Layout.PGOUTPUT);
  }
}
