package io.tidemark.source.reader;

import io.tidemark.postgres.TableName;
import io.tidemark.source.reader.DumpScheduler.Grant;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** What a reader tells of its dumping. On the main thread. */
final class DumpMetrics {
  private final MetricGroup group;
  private final Counter rows;
  private final Counter repaired;
  private final Counter bytes;
  private final Counter chunks;
  private final Counter retries;
  private final Map<TableName, Counter> pages = new HashMap<>();

  DumpMetrics(MetricGroup group) {
    this.group = group;
    this.rows = group.counter("dumpRowsRead");
    this.repaired = group.counter("dumpRowsRepaired");
    this.bytes = group.counter("dumpBytesRead");
    this.chunks = group.counter("dumpChunksRead");
    this.retries = group.counter("dumpChunksRetried");
  }

  void rowsRead(Grant grant, int count, long size) {
    rows.inc(count);
    if (grant.work().split.isRepair()) {
      repaired.inc(count);
    }
    bytes.inc(size);
  }

  void chunkRead(Grant grant, long count) {
    chunks.inc();
    if (!grant.work().split.isByKey()) {
      pages
          .computeIfAbsent(grant.work().split.table().schema().name(), this::pageCounter)
          .inc(count);
    }
  }

  private Counter pageCounter(TableName table) {
    return group.addGroup("table", table.toString()).counter("dumpPagesRead");
  }

  void chunkRetried() {
    retries.inc();
  }
}
