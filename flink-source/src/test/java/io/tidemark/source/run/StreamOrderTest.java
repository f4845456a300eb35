package io.tidemark.source.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamOrderTest {
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          new TableName("public", "t"),
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(23, "integer"), -1)),
          0);

  // Several lanes: no transactions.

  @Test
  void changesOfAKeyGoForwardsAndThoseOfOthersBetweenThemAsTheyLike() {
    passes(insert(1, 20, 1), read(2, 15), insert(3, 10, 2), update(1, 20, 2), read(1, 30));
  }

  @Test
  void anUpdateNamesItsKeyTwiceAndAMoveIsTwoChanges() {
    passes(
        RowChange.update(SCHEMA, row(1), row(1), true, origin(10, 1)),
        RowChange.delete(SCHEMA, row(1), false, origin(20, 1)),
        insert(2, 20, 1));
  }

  @Test
  void aRowMayBeReadTwiceUnderAMark() {
    passes(read(1, 10), read(1, 10));
  }

  @Test
  void aChangeThatComesAgainFails() {
    fails(insert(1, 20, 1), insert(1, 20, 1));
    fails(insert(1, 20, 1), insert(2, 20, 2), insert(1, 20, 1));
  }

  @Test
  void anOlderChangeAndAnOlderReadFail() {
    fails(insert(1, 20, 2), update(1, 20, 1));
    fails(update(1, 20, 1), read(1, 10));
    fails(read(1, 20), read(1, 10));
  }

  // One lane.

  @Test
  void transactionsAreWholeAndTheirChangesNumbered() {
    passes(begin(10), insert(1, 10, 1), insert(2, 10, 2), commit(10, 3), read(3, 11), begin(20));
  }

  @Test
  void anythingAmissInATransactionFails() {
    fails(begin(10), insert(2, 10, 2));
    fails(begin(10), insert(1, 10, 1), read(3, 10));
    fails(begin(10), insert(1, 10, 1), begin(20));
    fails(begin(10), commit(10, 1), begin(10));
    fails(begin(10), commit(10, 1), insert(1, 20, 1));
    fails(begin(20), commit(20, 1), read(1, 10));
  }

  private static void passes(Change... changes) {
    assertThatCode(() -> StreamOrder.check(List.of(changes))).doesNotThrowAnyException();
  }

  private static void fails(Change... changes) {
    assertThatThrownBy(() -> StreamOrder.check(List.of(changes)))
        .isInstanceOf(AssertionError.class);
  }

  private static Change begin(long lsn) {
    return new Begin(new Position(lsn, 0), 1, 1);
  }

  private static Change commit(long lsn, long ordinal) {
    return new Commit(new Position(lsn, ordinal), lsn + 1, 1);
  }

  private static Change insert(int key, long lsn, long ordinal) {
    return RowChange.insert(SCHEMA, row(key), origin(lsn, ordinal));
  }

  private static Change update(int key, long lsn, long ordinal) {
    return RowChange.update(SCHEMA, row(key), null, false, origin(lsn, ordinal));
  }

  private static Change read(int key, long lsn) {
    return RowChange.read(SCHEMA, row(key), lsn);
  }

  private static RowChange.Origin origin(long lsn, long ordinal) {
    return new RowChange.Origin(lsn, ordinal, 1, 1);
  }

  private static Tuple row(int key) {
    byte[] bytes = ByteBuffer.allocate(10).putShort((short) 1).putInt(4).putInt(key).array();
    return new Tuple(bytes, 0, bytes.length, Tuple.Layout.COPY);
  }
}
