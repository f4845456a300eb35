package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.catalog.TableSize;
import org.junit.jupiter.api.Test;

class ChunkSizerTest {
  private static final long TARGET = 12L << 20;
  private final ChunkSizer sizer = new ChunkSizer(new TableSize(100_000, 100_000L * 8192), TARGET);

  @Test
  void firstChunkIsTheTargetInBytesOfTheTable() {
    assertThat(sizer.pages()).isEqualTo(1536);
    assertThat(new ChunkSizer(new TableSize(10, 10L << 30), 12L << 20).pages()).isEqualTo(1);
    assertThat(new ChunkSizer(new TableSize(0, 0), 12L << 20).pages()).isEqualTo(1536);
  }

  @Test
  void aTargetOfNothingIsRefused() {
    assertThat(new ChunkSizer(new TableSize(1, 8192), 1).pages()).isEqualTo(1);
    assertThatThrownBy(() -> new ChunkSizer(new TableSize(1, 8192), 0))
        .hasMessageContaining("chunks of 0 bytes");
  }

  @Test
  void aChunkBehindTheLastPageTellsNothing() {
    sizer.read(0, 0);
    assertThat(sizer.pages()).isEqualTo(1536);
  }

  @Test
  void pagesFollowTheBytesOfTheLastChunk() {
    sizer.read(1536, TARGET * 2);
    assertThat(sizer.pages()).isEqualTo(768);
    sizer.read(768, TARGET / 2);
    assertThat(sizer.pages()).isEqualTo(1536);
    sizer.read(1536, TARGET * 10_000);
    assertThat(sizer.pages()).isEqualTo(1);
  }

  @Test
  void aChunkThatIsFarTooLargeIsGivenUpForSmallerOnesDownToAPage() {
    assertThat(sizer.maxBytes()).isEqualTo(4 * TARGET);
    for (int pages : new int[] {384, 96, 24, 6, 1, 1}) {
      sizer.exceeded();
      assertThat(sizer.pages()).isEqualTo(pages);
    }
    assertThat(sizer.maxBytes()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void emptyPagesMakeChunksGrowInStepsUpToABound() {
    sizer.read(1536, 0);
    assertThat(sizer.pages()).isEqualTo(4 * 1536);
    for (int i = 0; i < 100; i++) {
      sizer.read(sizer.pages(), 1);
    }
    assertThat(sizer.pages()).isEqualTo(ChunkSizer.MAX_PAGES);
    sizer.read(0, 0);
    assertThat(sizer.pages()).isEqualTo(ChunkSizer.MAX_PAGES);
  }

  @Test
  void conflictsHalveAndGrowthIsSlowAfterwards() {
    sizer.conflicted();
    sizer.conflicted();
    assertThat(sizer.pages()).isEqualTo(384);
    sizer.read(384, 384 * 8192);
    assertThat(sizer.pages()).isEqualTo(480);
    for (int i = 0; i < 20; i++) {
      sizer.conflicted();
    }
    assertThat(sizer.pages()).isEqualTo(1);
    for (int i = 0; i < 100; i++) {
      sizer.read(sizer.pages(), sizer.pages() * 8192);
    }
    assertThat(sizer.pages()).isEqualTo(1536);
  }
}
