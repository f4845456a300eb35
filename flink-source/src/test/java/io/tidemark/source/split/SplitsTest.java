package io.tidemark.source.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.dump.chunk.ChunkRequest.Keys;
import io.tidemark.dump.chunk.ChunkRequest.Pages;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.stream.StreamPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What splits are made of and refuse. */
class SplitsTest {
  private static final TableName NAME = new TableName("public", "t");
  private static final PhysicalTable TABLE =
      new PhysicalTable(
          new TableSchema(
              1,
              NAME,
              ReplicaIdentity.DEFAULT,
              List.of(new Column("id", PgType.base(20, "bigint"), -1)),
              0),
          1,
          NAME,
          1,
          1,
          null);
  private static final List<RowKey> KEYS = List.of(new RowKey(new byte[] {1}));

  @Test
  void aCaptureHasOneStreamWithOneName() {
    StreamSplit stream =
        new StreamSplit(StreamPosition.at(1), 1, 1, 1, 0, List.of(), UnseenXids.NONE, 0);
    assertThat(stream.splitId()).isEqualTo("stream");
  }

  @Test
  void aChunkIsOfSomePagesOrOfAllKeys() {
    assertThat(DumpSplit.ofPages("p", 1, TABLE, PageRange.from(0)).chunk(3, 7))
        .isEqualTo(new Pages(new PageRange(3, 7)));
    assertThat(DumpSplit.ofKeys("k", 1, TABLE, KEYS, 1, 9).chunk(0, 1)).isEqualTo(new Keys(KEYS));
  }

  @Test
  void keysHaveARoundAndPagesHaveNone() {
    assertThat(DumpSplit.ofPages("p", 1, TABLE, PageRange.from(0)).isRepair()).isFalse();
    assertThat(DumpSplit.ofKeys("k", 1, TABLE, KEYS, 1, 9).isRepair()).isTrue();
    assertThatThrownBy(() -> DumpSplit.ofKeys("k", 1, TABLE, KEYS, 0, 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split k of 1 keys in repair round 0");
    assertThatThrownBy(() -> DumpSplit.ofKeys("k", 1, TABLE, List.of(), 2, 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a chunk of no keys");
    assertThatThrownBy(() -> DumpSplit.ofRequestedKeys("k", 1, TABLE, KEYS, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split k of 1 keys in repair round 0");
    assertThatThrownBy(() -> new DumpSplit("k", 1, TABLE, new Keys(KEYS), 0, 1, 9, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split k repairs keys for a request");
  }

  @Test
  void keysThatAreAskedForAreNoRepair() {
    DumpSplit split = DumpSplit.ofRequestedKeys("k", 1, TABLE, KEYS, 5);
    assertThat(split.isByKey()).isTrue();
    assertThat(split.isRepair()).isFalse();
    assertThat(split.request()).isEqualTo(5);
    assertThat(split.at(0)).isEqualTo(split);
    assertThat(DumpSplit.ofRequest("p", 1, TABLE, PageRange.from(0), 5).isByKey()).isFalse();
    assertThat(DumpSplit.ofKeys("k", 1, TABLE, KEYS, 1, 9).isByKey()).isTrue();
  }

  @Test
  void unseenTransactionsAreEqualByWhatTheyHold() {
    UnseenXids some = new UnseenXids(true, 3, new int[] {1, 2});
    assertThat(some)
        .isEqualTo(new UnseenXids(true, 3, new int[] {1, 2}))
        .hasSameHashCodeAs(new UnseenXids(true, 3, new int[] {1, 2}))
        .isNotEqualTo(new UnseenXids(false, 3, new int[] {1, 2}))
        .isNotEqualTo(new UnseenXids(true, 4, new int[] {1, 2}))
        .isNotEqualTo(new UnseenXids(true, 3, new int[] {1}))
        .isNotEqualTo(null);
  }
}
