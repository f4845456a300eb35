package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.RowKey;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.EnumeratorEvent.Dumps;
import io.tidemark.source.lane.Mark;
import io.tidemark.source.reader.DumpScheduler.Grant;
import io.tidemark.source.split.DumpSplit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Marks that are many, late, repeated or of another run of the stream, and what they prove. */
class DumpSchedulerMarksTest {
  private static final long ATTEMPT = 5;

  private final DumpScheduler scheduler =
      new DumpScheduler(new DumpScheduler.Limits(1, 9, Long.MAX_VALUE), 0, 77);

  @Test
  void aMarkThatComesAgainIsNotTheNewest() {
    DumpWork work = armed(Grants.SPLIT);
    mark(2, 200);
    mark(3, 300);
    mark(2, 200);
    assertThat(scheduler.grant(work, 300, 10).mark().counter()).isEqualTo(3);
    assertThat(scheduler.promise()).isEqualTo(3);
  }

  @Test
  void thePromiseIsHeldBackByAReplicaThatLags() {
    DumpWork work = armed(Grants.SPLIT);
    mark(2, 200);
    scheduler.ended(scheduler.grant(work, 150, 10), 10, 150);
    assertThat(scheduler.promise()).isEqualTo(1);
    scheduler.ended(scheduler.grant(work, 150, 90), 100, 150);
    assertThat(scheduler.promise()).as("nothing more is to be read from it").isEqualTo(2);
  }

  /** One that lags far reads under a mark that is a little older than need be. */
  @Test
  void ofTheMarksForReplicasThatLagNotAllAreKept() {
    DumpWork work = armed(Grants.SPLIT);
    int all = 10_000;
    List<Mark> more = new ArrayList<>();
    for (int i = 2; i <= all; i++) {
      more.add(new Mark(ATTEMPT, i, 100L * i));
    }
    more.forEach(each -> scheduler.marks(List.of(each)));
    Set<Long> used = new HashSet<>();
    for (int i = 100; i <= all; i++) {
      Grant grant = scheduler.grant(work, 100L * i, 10);
      if (grant != null) {
        assertThat(grant.mark().counter()).isBetween(i - 100L, (long) i);
        used.add(grant.mark().counter());
        scheduler.failed(grant);
        scheduler.gone(grant);
      }
    }
    assertThat(used).hasSizeBetween(1_000, 5_000).contains(all - 1L, (long) all);
  }

  @Test
  void aSplitEndsWhereItsTableDoesThoughItsPagesGoOn() {
    DumpSplit pages =
        DumpSplit.ofRequest("1-0-0-7", 1, Grants.TABLE, new PageRange(0, 1_000_000), 7);
    DumpWork work = armed(pages);
    Grant grant = scheduler.grant(work, 100, 10);
    scheduler.reachedEnd(grant);
    assertThat(scheduler.isOpen(work)).as("to be read").isFalse();
    scheduler.ended(grant, 1_000_000, 100);
    assertThat(scheduler.unread()).isZero();
    assertThat(scheduler.snapshot().get(0).request()).isEqualTo(7);
  }

  @Test
  void aSplitOfADumpThatIsGoneIsNotReadWhenItComes() {
    scheduler.dumps(new Dumps(ATTEMPT, List.of(), 1, 1, 0));
    scheduler.add(List.of(Grants.SPLIT));
    assertThat(scheduler.isIdle()).isTrue();
    assertThat(scheduler.poll()).isNull();
  }

  @Test
  void keysOfARepairRoundThatIsOverAreNotRead() {
    scheduler.dumps(dumps(ATTEMPT, 3));
    List<RowKey> keys = List.of(new RowKey(new byte[] {1}));
    scheduler.add(List.of(DumpSplit.ofKeys("1-r", 1, Grants.TABLE, keys, 3, 2)));
    scheduler.dumps(dumps(ATTEMPT, 3));
    assertThat(scheduler.isIdle()).isFalse();
    scheduler.dumps(dumps(ATTEMPT, 4));
    assertThat(scheduler.isIdle()).isTrue();
  }

  private DumpWork armed(DumpSplit split) {
    mark(1, 100);
    scheduler.dumps(dumps(ATTEMPT, 0));
    scheduler.add(List.of(split));
    return scheduler.poll();
  }

  private void mark(long counter, long lsn) {
    scheduler.marks(List.of(new Mark(ATTEMPT, counter, lsn)));
  }

  private static Dumps dumps(long attempt, int round) {
    ActiveDump dump =
        new ActiveDump(
            1, Grants.plan(Grants.SCHEMA), 1, 0, round, false, 0, false, 0, true, 0, null);
    return new Dumps(attempt, List.of(dump), 1, 1, 0);
  }
}
