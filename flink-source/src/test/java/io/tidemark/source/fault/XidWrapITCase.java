package io.tidemark.source.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.CaptureOptions;
import io.tidemark.source.run.CaptureRun;
import io.tidemark.source.run.Writer;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.MemorySize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class XidWrapITCase {
  private static final int ROWS = 8_000;

  @RegisterExtension
  static final PostgresExtension POSTGRES =
      PostgresExtension.builder()
          .cluster(cluster -> cluster.nextXid((1L << 32) - 100))
          .dedicated()
          .build();

  /** A hole of others: they compare transaction ids of 32 bits as numbers. */
  @Test
  void transactionIdsBeginAnewInTheMiddleOfADumpFromThePrimary() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int, b text, big text, n int, PRIMARY KEY (a, b))",
        "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT i, 'k' || i % 7, repeat(md5(i::text), 10), 0"
            + " FROM generate_series(1, "
            + ROWS
            + ") i");
    try (CaptureRun run =
        CaptureRun.of(database)
            .capture(
                c ->
                    c.dumpFromPrimary()
                        .set(CaptureOptions.DUMP_CHUNK_SIZE, MemorySize.parse("64kb"))
                        .set(CaptureOptions.DUMP_CONNECTIONS, 1)
                        .set(CaptureOptions.DUMP_QUEUE_SIZE, MemorySize.parse("128kb"))
                        .set(CaptureOptions.DUMP_UNEVALUATED_CHUNKS, 1))
            .slowReads(Duration.ofMillis(1))
            .start()) {
      run.await("rows of the dump", () -> run.reads() > 0);
      try (Writer writer = Writer.start(database, 31)) {
        run.await("most of the dump", () -> run.reads() > ROWS * 3 / 4);
        writer.stop();
      }
      run.awaitEqual("t");
      List<Change> changes = run.changes();
      int wrap = firstBelow(changes, 1 << 20);
      assertThat(reads(changes.subList(0, wrap))).as("rows read before").isPositive();
      assertThat(reads(changes.subList(wrap, changes.size()))).as("and behind").isPositive();
      assertThat(changes.subList(0, wrap))
          .filteredOn(change -> change instanceof Begin)
          .isNotEmpty()
          .allMatch(change -> ((Begin) change).xid() < 0, "with an id from 2^31 on");
    }
  }

  private static int firstBelow(List<Change> changes, int xid) {
    for (int i = 0; i < changes.size(); i++) {
      if (changes.get(i) instanceof Begin begin && begin.xid() >= 0 && begin.xid() < xid) {
        return i;
      }
    }
    throw new AssertionError("No transaction has an id below " + xid);
  }

  private static long reads(List<Change> changes) {
    return changes.stream().filter(c -> c instanceof RowChange r && r.op() == Op.READ).count();
  }
}
