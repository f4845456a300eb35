package io.tidemark.source.run;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.MapFunction;

/** A consumer that takes its time for each row of a dump, so that the dump takes its own. */
final class SlowReads implements MapFunction<Change, Change> {
  private static final long serialVersionUID = 1L;

  private final long nanos;

  SlowReads(Duration each) {
    this.nanos = each.toNanos();
  }

  @Override
  public Change map(Change change) {
    if (change instanceof RowChange row && row.op() == Op.READ) {
      LockSupport.parkNanos(nanos);
    }
    return change;
  }
}
