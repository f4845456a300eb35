package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import org.junit.jupiter.api.Test;

class RowMeterTest {
  private static final RowChange READ =
      RowChange.read(SampleRows.SCHEMA, tuple(SampleRows.copyRow(1), Tuple.Layout.COPY), 1);
  private static final RowChange INSERT =
      RowChange.insert(
          SampleRows.SCHEMA,
          tuple(SampleRows.pgoutputRow(1), Tuple.Layout.PGOUTPUT),
          new RowChange.Origin(1, 1, 0, 1));

  @Test
  void theStreamIsDoneAtItsTargetAndCountsAllRowsAfterTheFirst() {
    RowMeter meter = new RowMeter(false, 0, 200);
    meter.count(new Begin(new Position(1, 0), 0, 1));
    for (int i = 0; i < 199; i++) {
      meter.count(INSERT);
    }
    meter.count(READ);
    assertThat(meter.done().getCount()).isEqualTo(1);
    meter.count(INSERT);

    assertThat(meter.done().getCount()).isZero();
    assertThat(meter.counts().rows()).isEqualTo(199);
    assertThat(meter.counts().others()).isEqualTo(1);
  }

  @Test
  void rowsToSkipAreNotMeasured() {
    RowMeter meter = new RowMeter(false, 100, 200);
    for (int i = 0; i < 200; i++) {
      meter.count(INSERT);
    }
    assertThat(meter.counts().rows()).isEqualTo(99);
  }

  @Test
  void aDumpIsMeasuredUntilTheLastLookWithTheStreamsRowsMeanwhile() {
    RowMeter meter = new RowMeter(true, 0, 0);
    meter.count(INSERT);
    for (int i = 0; i < 100; i++) {
      meter.count(READ);
      meter.count(INSERT);
    }
    assertThat(meter.counts().rows()).isEqualTo(63);
    assertThat(meter.counts().others()).isEqualTo(63);
  }

  @Test
  void aDumpIsNotMeasuredAnyMoreAfterTheStreamsEnd() {
    RowMeter meter = new RowMeter(true, 0, 70);
    for (int i = 0; i < 70; i++) {
      meter.count(READ);
      meter.count(INSERT);
    }
    for (int i = 0; i < 1000; i++) {
      meter.count(READ);
    }
    assertThat(meter.done().getCount()).isZero();
    assertThat(meter.counts().rows()).isEqualTo(63);
    assertThat(meter.counts().others()).isEqualTo(63);
  }

  @Test
  void aDumpThatBeginsAfterTheStreamsEndCountsNothing() {
    RowMeter meter = new RowMeter(true, 0, 2);
    meter.count(INSERT);
    meter.count(READ);
    meter.count(INSERT);
    for (int i = 0; i < 1000; i++) {
      meter.count(READ);
    }
    assertThat(meter.counts()).isEqualTo(RowCounts.NONE);
  }

  @Test
  void fewerRowsThanARateNeedsAreRefused() {
    RowMeter meter = new RowMeter(true, 0, 0);
    meter.count(READ);
    assertThatThrownBy(meter::counts)
        .hasMessage("too few rows to tell a rate: 1 of the dump, 0 of the stream");
  }

  private static Tuple tuple(byte[] row, Tuple.Layout layout) {
    return new Tuple(row, 0, row.length, layout);
  }
}
