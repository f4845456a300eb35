package io.tidemark.source.reader;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UncapturedTablesTest {
  private static final long START = 0xFFFF_FFFF_0000_0000L;

  private final UncapturedTables tables = new UncapturedTables(START);

  @Test
  void whatWasBeforeTheStartIsNotKnown() {
    assertThat(tables.isChangedSince(1, START - 1)).isTrue();
    assertThat(tables.isChangedSince(1, START)).isFalse();
  }

  @Test
  void aReadingHasAChangeOnceItIsReplayed() {
    tables.changed(1, START + 10);
    assertThat(tables.isChangedSince(1, START + 9)).isTrue();
    assertThat(tables.isChangedSince(1, START + 10)).isFalse();
    assertThat(tables.isChangedSince(2, START)).isFalse();
    tables.changed(1, START + 20);
    assertThat(tables.isChangedSince(1, START + 10)).isTrue();
  }

  @Test
  void whatIsForgottenMayHaveChanged() {
    for (int oid = 1; oid <= 1_000; oid++) {
      tables.changed(oid, START + oid);
    }
    tables.changed(1, START + 2_000);
    assertThat(tables.isChangedSince(9_999, START)).isFalse();
    tables.changed(1_001, START + 2_001);
    assertThat(tables.isChangedSince(2, START + 1)).as("the oldest").isTrue();
    assertThat(tables.isChangedSince(9_999, START + 1)).isTrue();
    assertThat(tables.isChangedSince(2, START + 2)).isFalse();
    assertThat(tables.isChangedSince(1, START + 1_999)).isTrue();
    assertThat(tables.isChangedSince(3, START + 2)).isTrue();
  }
}
