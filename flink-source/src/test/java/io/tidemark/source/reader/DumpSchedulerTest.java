package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.reader.DumpScheduler.Grant;
import io.tidemark.source.split.DumpSplit;
import java.util.List;
import org.junit.jupiter.api.Test;

class DumpSchedulerTest {
  private static final long ATTEMPT = 5;
  private static final TableName NAME = new TableName("public", "t");
  private static final TableSchema SCHEMA =
      new TableSchema(
          1,
          NAME,
          ReplicaIdentity.DEFAULT,
          List.of(new Column("id", PgType.base(20, "bigint"), -1)),
          0);
  private static final PhysicalTable TABLE = new PhysicalTable(SCHEMA, 1, NAME, 1, 1, null);
  private static final DumpSplit SPLIT =
      DumpSplit.ofPages("1-0-0", 1, TABLE, new PageRange(0, 100));

  private final DumpScheduler scheduler =
      new DumpScheduler(new DumpScheduler.Limits(1, 2, 1_000), 0, 77);

  @Test
  void noChunkStartsBeforeTheTableIsArmed() throws InterruptedException {
    mark(1, 100);
    scheduler.dumps(dumps(-1, 0, 0));
    DumpWork work = taken(SPLIT);
    assertThat(scheduler.grant(work, 500, 10)).isNull();
    scheduler.dumps(dumps(1, 0, 0));
    assertThat(scheduler.grant(work, 500, 10)).isNotNull();
  }

  @Test
  void theMarkIsTheNewestThatTheReplicaHasReplayed() throws InterruptedException {
    DumpWork work = armed();
    mark(2, 200);
    mark(3, 300);
    assertThat(scheduler.grant(work, 299, 10).mark().counter()).isEqualTo(2);
  }

  @Test
  void aMarkOlderThanTheArmIsNotUsed() throws InterruptedException {
    mark(1, 100);
    mark(2, 200);
    scheduler.dumps(dumps(2, 0, 0));
    DumpWork work = taken(SPLIT);
    assertThat(scheduler.grant(work, 150, 10)).isNull();
    assertThat(scheduler.grant(work, 200, 10)).isNotNull();
  }

  @Test
  void aMarkOlderThanThePromiseIsNotUsed() throws InterruptedException {
    DumpWork work = armed();
    mark(2, 200);
    assertThat(scheduler.promise()).isEqualTo(2);
    assertThat(scheduler.grant(work, 150, 10)).isNull();
    assertThat(scheduler.grant(work, 200, 10)).isNotNull();
  }

  @Test
  void beforeTheFirstMarkNothingIsPromised() {
    assertThat(scheduler.promise()).isZero();
  }

  @Test
  void thePromiseIsHeldBackByChunksWhoseEndWasNotEmitted() throws InterruptedException {
    DumpWork work = armed();
    Grant grant = scheduler.grant(work, 100, 10);
    mark(2, 200);
    assertThat(scheduler.promise()).isEqualTo(1);
    scheduler.ended(grant, 10, 100);
    scheduler.grant(work, 200, 10);
    assertThat(scheduler.promise()).isEqualTo(2);
  }

  @Test
  void aRepairUsesNoMarkOlderThanItsOwn() throws InterruptedException {
    mark(1, 100);
    mark(2, 200);
    scheduler.dumps(dumps(1, 0, 3));
    DumpSplit repair = DumpSplit.ofKeys("1-r", 1, TABLE, List.of(new RowKey(new byte[] {1})), 3, 2);
    DumpWork work = taken(repair);
    assertThat(scheduler.grant(work, 150, 10)).isNull();
    assertThat(scheduler.grant(work, 200, 10).mark().counter()).isEqualTo(2);
  }

  @Test
  void aSplitIsFinishedOnceEveryLaneHasEvaluatedEachOfItsChunks() throws InterruptedException {
    DumpScheduler ofTwo = new DumpScheduler(new DumpScheduler.Limits(2, 9, 1_000), 3, 77);
    ofTwo.marks(List.of(new Mark(ATTEMPT, 1, 100)));
    ofTwo.dumps(dumps(1, 0, 0));
    ofTwo.add(List.of(SPLIT));
    DumpWork work = ofTwo.take();
    Grant first = ofTwo.grant(work, 100, 50);
    Grant second = ofTwo.grant(work, 100, 50);
    assertThat(first.chunk().subtask()).isEqualTo(3);
    ofTwo.ended(first, 50, 150);
    ofTwo.ended(second, 100, 120);
    ofTwo.evaluated(0, List.of(second.chunk(), first.chunk()));
    ofTwo.evaluated(0, List.of(first.chunk()));
    ofTwo.evaluated(1, List.of(second.chunk()));
    assertThat(ofTwo.finished()).as("the second lane has not evaluated the first").isEmpty();
    ofTwo.evaluated(1, List.of(new ChunkId(3, 76, 1), new ChunkId(2, 77, 1)));
    assertThat(ofTwo.finished()).as("chunks of others").isEmpty();
    ofTwo.evaluated(1, List.of(first.chunk()));
    assertThat(ofTwo.finished()).containsExactly(new FinishedSplit("1-0-0", 1, 150));
    ofTwo.forget(List.of("1-0-0"));
    assertThat(ofTwo.finished()).isEmpty();
    assertThat(ofTwo.isIdle()).isTrue();
  }

  @Test
  void aRestoredSplitThatWasEvaluatedIsToldOnceMarksAreHeard() {
    scheduler.add(List.of(SPLIT.at(100)));
    assertThat(scheduler.finished()).isEmpty();
    mark(1, 100);
    assertThat(scheduler.finished()).containsExactly(new FinishedSplit("1-0-0", 1, 0));
  }

  @Test
  void aSplitKnowsItsChunksUntilTheyAreEvaluated() throws InterruptedException {
    DumpWork work = armed();
    Grant grant = scheduler.grant(work, 100, 10);
    scheduler.ended(grant, 10, 100);
    assertThat(work.evaluated(0, new ChunkId(0, 77, 99))).isFalse();
    assertThat(work.evaluated(0, grant.chunk())).isTrue();
    assertThat(work.evaluated(0, grant.chunk())).isFalse();
  }

  @Test
  void aVoidedChunkThatALaneHasEvaluatedAllTheSameIsReadAgain() throws InterruptedException {
    DumpWork work = armed();
    Grant grant = scheduler.grant(work, 100, 100);
    scheduler.ended(grant, 100, 150);
    scheduler.dumps(dumps(1, 2, 0));
    scheduler.evaluated(0, List.of(grant.chunk()));
    mark(2, 200);
    assertThat(scheduler.finished()).isEmpty();
    assertThat(scheduler.grant(work, 200, 10).from()).isZero();
  }

  @Test
  void aCheckpointHoldsAsReadWhatEveryLaneHasEvaluated() throws InterruptedException {
    DumpWork work = armed();
    Grant first = scheduler.grant(work, 100, 10);
    scheduler.ended(first, 10, 100);
    Grant second = scheduler.grant(work, 100, 10);
    scheduler.ended(second, 20, 100);
    assertThat(scheduler.snapshot().get(0).nextPage()).isZero();
    scheduler.evaluated(0, List.of(second.chunk()));
    assertThat(scheduler.snapshot().get(0).nextPage()).as("what is before is not").isZero();
    assertThat(work.unevaluated()).isEqualTo(1);
    scheduler.evaluated(0, List.of(first.chunk()));
    assertThat(scheduler.snapshot().get(0).nextPage()).isEqualTo(20);
    scheduler.grant(work, 100, 10);
    assertThat(scheduler.snapshot().get(0).nextPage()).as("not emitted").isEqualTo(20);
  }

  @Test
  void aVoidRetakesChunksThatMayNotHaveBeenEvaluated() throws InterruptedException {
    DumpWork work = armed();
    scheduler.ended(scheduler.grant(work, 100, 10), 10, 100);
    Grant onItsWay = scheduler.grant(work, 100, 10);
    scheduler.dumps(dumps(1, 2, 0));
    assertThat(scheduler.isWanted(onItsWay)).isFalse();
    assertThat(scheduler.ended(onItsWay, 20, 100)).isFalse();
    assertThat(scheduler.grant(work, 100, 10)).as("mark 1 is void").isNull();
    mark(2, 200);
    Grant again = scheduler.grant(work, 200, 10);
    assertThat(again.from()).isZero();
  }

  @Test
  void aSplitThatCameAfterAVoidUsesNoOlderMark() throws InterruptedException {
    mark(1, 100);
    scheduler.dumps(dumps(1, 2, 0));
    DumpWork work = taken(SPLIT);
    assertThat(scheduler.grant(work, 150, 10)).isNull();
    mark(2, 200);
    assertThat(scheduler.grant(work, 200, 10)).isNotNull();
  }

  @Test
  void theSameVoidTwiceRetakesNothingTwice() throws InterruptedException {
    DumpWork work = armed();
    mark(2, 200);
    scheduler.dumps(dumps(1, 2, 0));
    Grant grant = scheduler.grant(work, 200, 10);
    scheduler.dumps(dumps(1, 2, 0));
    assertThat(scheduler.isWanted(grant)).isTrue();
  }

  @Test
  void aDumpThatIsGoneTakesItsSplitsAlong() throws InterruptedException {
    DumpWork work = armed();
    Grant grant = scheduler.grant(work, 100, 10);
    scheduler.dumps(new Dumps(ATTEMPT, List.of(), 1, 1, 0));
    assertThat(scheduler.isOpen(work)).isFalse();
    assertThat(scheduler.ended(grant, 10, 100)).isFalse();
    assertThat(scheduler.snapshot()).isEmpty();
  }

  @Test
  void noReaderOutlivesTheStreamReaderThatItHearsOf() throws InterruptedException {
    armed();
    assertThatThrownBy(() -> scheduler.marks(List.of(new Mark(ATTEMPT + 1, 1, 100))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("hears of its run");
    assertThatThrownBy(() -> scheduler.dumps(new Dumps(0, List.of(), 1, 1, 0)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void unevaluatedChunksAreBounded() throws InterruptedException {
    DumpWork work = armed();
    Grant first = scheduler.grant(work, 100, 10);
    scheduler.ended(first, 10, 500);
    scheduler.ended(scheduler.grant(work, 100, 10), 20, 500);
    mark(2, 500);
    assertThat(scheduler.grant(work, 500, 10)).as("the lanes may not have heard").isNull();
    scheduler.evaluated(0, List.of(first.chunk()));
    assertThat(scheduler.grant(work, 500, 10)).isNotNull();
  }

  @Test
  void noChunkStartsWhileItsReplicaIsFarAhead() throws InterruptedException {
    DumpWork work = armed();
    assertThat(scheduler.grant(work, 1_101, 10)).isNull();
    assertThat(scheduler.grant(work, 1_100, 10)).isNotNull();
  }

  @Test
  void aFailedChunkIsReadAgain() throws InterruptedException {
    DumpWork work = armed();
    Grant grant = scheduler.grant(work, 100, 10);
    scheduler.failed(grant);
    scheduler.gone(grant);
    Grant again = scheduler.grant(work, 100, 5);
    assertThat(again.from()).isZero();
    assertThat(again.to()).isEqualTo(5);
    assertThat(again.chunk()).isNotEqualTo(grant.chunk());
  }

  private DumpWork armed() throws InterruptedException {
    mark(1, 100);
    scheduler.dumps(dumps(1, 0, 0));
    return taken(SPLIT);
  }

  private DumpWork taken(DumpSplit split) throws InterruptedException {
    scheduler.add(List.of(split));
    return scheduler.take();
  }

  private void mark(long counter, long lsn) {
    scheduler.marks(List.of(new Mark(ATTEMPT, counter, lsn)));
  }

  private static Dumps dumps(long arm, long voided, int round) {
    ActiveDump dump =
        new ActiveDump(
            1, Grants.plan(SCHEMA), arm, voided, round, false, 0, false, 0, true, 0, null);
    return new Dumps(ATTEMPT, List.of(dump), 1, 1, 0);
  }
}
