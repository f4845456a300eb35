package io.tidemark.source.run;

import static io.tidemark.source.run.OneColumn.SCHEMA;
import static io.tidemark.source.run.OneColumn.insert;
import static io.tidemark.source.run.OneColumn.origin;
import static io.tidemark.source.run.OneColumn.read;
import static io.tidemark.source.run.OneColumn.row;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamOrderTest {
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

  private static Change update(int key, long lsn, long ordinal) {
    return RowChange.update(SCHEMA, row(key), null, false, origin(lsn, ordinal));
  }
}
