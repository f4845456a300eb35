package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.RowChange;
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

  private static final RowChange.Origin ORIGIN = new RowChange.Origin(1, 1, 1, 1);

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

  @Test
  void aRoundIsBoundedHoweverSmallItsKeysAre() {
    for (int i = 0; i < 120_000; i++) {
      track(RowChange.insert(SCHEMA, row(integer(i), 'u'), ORIGIN));
    }
    int taken = table.takeKeys(1, false).size();
    assertThat(taken).as("a key takes some bytes of its own").isBetween(10_000, 119_999);
    assertThat(table.takeKeys(2, false)).hasSize(120_000 - taken);
  }

  @Test
  void aTouchIsCountedWithItsKeysAndWithTheValuesOfAPartialImage() {
    table.arm(4, 0);
    byte[] large = new byte[5_000];
    byte[] other = new byte[3_000];
    track(RowChange.update(SCHEMA, row(large, 'n'), null, false, ORIGIN));
    assertThat(touched()).isBetween(5_000L, 6_000L);
    track(RowChange.update(SCHEMA, row(large, 'n'), row(other, 'n'), false, ORIGIN));
    assertThat(touched()).as("both keys of a move").isBetween(8_000L, 9_000L);
    track(RowChange.update(SCHEMA, row(large, 'u'), null, false, ORIGIN));
    assertThat(touched()).as("its values too").isBetween(10_000L, 11_000L);
    track(RowChange.delete(SCHEMA, row(other, 'n'), false, ORIGIN));
    assertThat(touched()).isBetween(3_000L, 4_000L);
    track(RowChange.update(SCHEMA, row(integer(1), 'n'), row(integer(2), 'n'), false, ORIGIN));
    assertThat(touched()).as("more than small keys take").isGreaterThan(100);
  }

  private long touched() {
    long bytes = table.touchBytes();
    table.forgetTouches();
    return bytes;
  }

  @Test
  void touchesAreCountedUntilNoMarkBeforeThemIsPromised() {
    table.arm(4, 0);
    table.marked(1);
    track(RowChange.insert(SCHEMA, row(integer(1), 'n'), ORIGIN));
    table.marked(2);
    table.promised(2);
    assertThat(table.touchBytes()).as("a chunk under mark 2 needs it").isPositive();
    table.promised(3);
    assertThat(table.touchBytes()).isZero();
  }

  @Test
  void touchesThatWereForgottenAreNotFreedAgain() {
    table.arm(4, 0);
    track(RowChange.insert(SCHEMA, row(integer(1), 'n'), ORIGIN));
    table.marked(1);
    table.forgetTouches();
    table.promised(2);
    assertThat(table.touchBytes()).isZero();
  }

  private void track(RowChange change) {
    table.see(SCHEMA);
    table.track(change);
  }

  private static byte[] integer(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** A row whose second column has no value: null, or one that did not change. */
  private static Tuple row(byte[] key, char second) {
    ByteBuffer bytes = ByteBuffer.allocate(key.length + 8);
    bytes.putShort((short) 2).put((byte) 'b').putInt(key.length).put(key).put((byte) second);
    return new Tuple(bytes.array(), 0, bytes.capacity(), Tuple.Layout.PGOUTPUT);
  }

  private void insert(int first, int length) {
    byte[] key = new byte[length];
    key[0] = (byte) first;
    track(RowChange.insert(SCHEMA, row(key, 'u'), ORIGIN));
  }

  /** Of each key the first byte. */
  private static List<Integer> first(List<byte[]> keys) {
    return keys.stream().map(key -> (int) key[COPY_HEADER]).toList();
  }
}
