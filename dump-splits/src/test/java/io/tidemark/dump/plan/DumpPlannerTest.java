package io.tidemark.dump.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.catalog.TableSize;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DumpPlannerTest {
  private static final long PAGE = 8192;

  @Test
  void emptyAndSmallTablesAreOneRangeWithoutEnd() {
    assertThat(DumpPlanner.plan(new TableSize(0, 0), 8)).containsExactly(PageRange.from(0));
    assertThat(DumpPlanner.plan(pages(1), 8)).containsExactly(PageRange.from(0));
    assertThat(DumpPlanner.plan(pages(2048), 8)).containsExactly(PageRange.from(0));
    assertThatThrownBy(() -> DumpPlanner.plan(pages(1), 0)).hasMessageContaining("0 readers");
  }

  @Test
  void mediumTablesAreSharedByAllReaders() {
    assertThat(DumpPlanner.plan(pages(20_000), 4)).hasSize(8);
    assertThat(DumpPlanner.plan(pages(3 * 2048), 4)).hasSize(3);
  }

  @Test
  void largeTablesHaveRangesOfTheTargetsSize() {
    List<PageRange> ranges = DumpPlanner.plan(pages((100L << 30) / PAGE), 4);
    assertThat(ranges).hasSize(800);
    assertThat(ranges.get(0)).isEqualTo(new PageRange(0, 16_384));
  }

  @Test
  void toastCountsAsMuchAsTheHeap() {
    assertThat(DumpPlanner.plan(new TableSize(100, 10L << 30), 1)).hasSize(80);
    assertThat(DumpPlanner.plan(new TableSize(3, 10L << 30), 1)).hasSize(3);
  }

  @Test
  void theLargestTableOfAllHasABoundedNumberOfRanges() {
    long most = 0xFFFF_FFFEL;
    List<PageRange> ranges = DumpPlanner.plan(pages(most), 100);
    assertThat(ranges).hasSize(DumpPlanner.MAX_RANGES);
    assertAdjacent(ranges);
    assertThat(ranges.get(ranges.size() - 1).from()).isBetween(most / 2, most);
  }

  @Test
  void rangesAreAdjacentAndTheLastHasNoEnd() {
    long seed = new Random().nextLong();
    System.out.println("DumpPlannerTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 1000; round++) {
      long pages = random.nextLong(1L << random.nextInt(33));
      TableSize size = new TableSize(pages, pages * (1 + random.nextInt(100_000)));
      List<PageRange> ranges = DumpPlanner.plan(size, 1 + random.nextInt(64));
      assertAdjacent(ranges);
    }
  }

  @Test
  void rangeThatIsNoneIsRefused() {
    assertThat(PageRange.from(3).isUnbounded()).isTrue();
    assertThat(new PageRange(3, 4).isUnbounded()).isFalse();
    assertThat(new PageRange(3, 5).first(1)).isEqualTo(new PageRange(3, 4));
    assertThat(new PageRange(3, 5).first(2)).isEqualTo(new PageRange(3, 5));
    assertThatThrownBy(() -> new PageRange(5, 5)).hasMessageContaining("[5, 5)");
    assertThatThrownBy(() -> new PageRange(-1, 5)).hasMessageContaining("[-1, 5)");
    assertThatThrownBy(() -> PageRange.from(0).first(0)).hasMessageContaining("0 pages");
  }

  @Test
  void chunksAreTakenFromTheFront() {
    assertThat(new PageRange(5, 9).first(3)).isEqualTo(new PageRange(5, 8));
    assertThat(new PageRange(5, 9).first(4)).isEqualTo(new PageRange(5, 9));
    assertThat(new PageRange(5, 9).first(Long.MAX_VALUE)).isEqualTo(new PageRange(5, 9));
    assertThat(PageRange.from(5).first(3)).isEqualTo(new PageRange(5, 8));
  }

  @Test
  void aRangesTextSaysWhereItEnds() {
    assertThat(PageRange.from(5)).hasToString("[5, end)");
    assertThat(new PageRange(5, 9)).hasToString("[5, 9)");
  }

  private static void assertAdjacent(List<PageRange> ranges) {
    long next = 0;
    for (PageRange range : ranges) {
      assertThat(range.from()).isEqualTo(next);
      next = range.to();
    }
    assertThat(next).isEqualTo(PageRange.UNBOUNDED);
  }

  private static TableSize pages(long pages) {
    return new TableSize(pages, pages * PAGE);
  }
}
