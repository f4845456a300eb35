package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.source.lane.LaneRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaneRouterTest {
  private static final int LANES = 16;
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          new TableName("public", "t"),
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(23, "integer"), -1)),
          0);
  private static final Origin ORIGIN = new Origin(50, 3, 1_000, 7);

  private final List<LaneRecord> emitted = new ArrayList<>();
  private final LaneRouter router = new LaneRouter(LANES, emitted::add);

  @Test
  void aChangeGoesToTheLaneOfItsKeyAlsoIfOnlyAnOldOneNamesIt() {
    for (int id = 0; id < 40; id++) {
      RowChange insert = RowChange.insert(SCHEMA, key(id), ORIGIN);
      RowChange update = RowChange.update(SCHEMA, key(id), null, false, ORIGIN);
      RowChange sameKey = RowChange.update(SCHEMA, key(id), key(id), false, ORIGIN);
      RowChange delete = RowChange.delete(SCHEMA, key(id), false, ORIGIN);
      List<RowChange> changes = List.of(insert, update, sameKey, delete);
      changes.forEach(router::emit);
      int lane = lane(id);
      assertThat(emitted)
          .containsExactlyElementsOf(
              changes.stream().map(each -> new LaneRecord.Stream(lane, each)).toList());
      emitted.clear();
    }
  }

  @Test
  void aMoveIsADeleteInTheOldKeysLaneAndAnInsertInTheNewKeys() {
    RowChange move = RowChange.update(SCHEMA, key(2), key(1), false, ORIGIN);
    assertThat(router.isMove(move)).isTrue();
    router.emit(move);
    assertThat(emitted).extracting(LaneRecord::lane).containsExactly(lane(1), lane(2));
    RowChange delete = (RowChange) ((LaneRecord.Stream) emitted.get(0)).change();
    RowChange insert = (RowChange) ((LaneRecord.Stream) emitted.get(1)).change();
    assertThat(delete.op()).isEqualTo(Op.DELETE);
    assertThat(delete.oldTuple()).isEqualTo(key(1));
    assertThat(insert.op()).isEqualTo(Op.INSERT);
    assertThat(insert.newTuple()).isEqualTo(key(2));
    assertThat(delete.position()).isEqualTo(move.position()).isEqualTo(insert.position());
    assertThat(insert.xid()).isEqualTo(7);
  }

  @Test
  void nothingElseIsAMove() {
    assertThat(router.isMove(RowChange.insert(SCHEMA, key(2), ORIGIN))).isFalse();
    assertThat(router.isMove(RowChange.delete(SCHEMA, key(2), false, ORIGIN))).isFalse();
    assertThat(router.isMove(RowChange.update(SCHEMA, key(2), null, false, ORIGIN))).isFalse();
    assertThat(router.isMove(RowChange.update(SCHEMA, key(2), key(2), false, ORIGIN))).isFalse();
  }

  @Test
  void withOneLaneAMoveStaysAnUpdate() {
    RowChange move = RowChange.update(SCHEMA, key(2), key(1), false, ORIGIN);
    new LaneRouter(1, emitted::add).emit(move);
    assertThat(emitted).containsExactly(new LaneRecord.Stream(0, move));
  }

  @Test
  void whatBelongsToNoRowIsInLaneZeroAndWhatIsForAllInEach() {
    Change begin = new Begin(new Position(5, 0), 0, 1);
    router.emitInOrder(begin);
    assertThat(emitted).containsExactly(new LaneRecord.Stream(0, begin));
    emitted.clear();
    router.toAll(lane -> new LaneRecord.Arm(lane, SCHEMA.name()));
    assertThat(emitted).hasSize(LANES).doesNotHaveDuplicates();
  }

  private static int lane(int id) {
    return KeyExtractor.lane(new KeyExtractor(SCHEMA).key(key(id)), LANES);
  }

  private static Tuple key(int id) {
    byte[] bytes =
        ByteBuffer.allocate(11).putShort((short) 1).put((byte) 'b').putInt(4).putInt(id).array();
    return new Tuple(bytes, 0, bytes.length, Tuple.Layout.PGOUTPUT);
  }
}
