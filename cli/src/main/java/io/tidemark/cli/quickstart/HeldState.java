package io.tidemark.cli.quickstart;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * What a consumer of a capture holds: it does to its tables what the changes say. Safe for use by
 * several threads, of which each brings whole lanes.
 */
final class HeldState {
  /** The prefix of the logical messages whose arrival is counted. */
  static final String PREFIX = "tidemark.quickstart";

  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  private final boolean totalOrder;
  private final Changes changes = new Changes();

  /** By their oids, which they keep over any change of their names. */
  private final Map<Integer, ChangingTable> tables = new ConcurrentHashMap<>();

  private final LongAdder schemaChanges = new LongAdder();
  private final LongAdder untold = new LongAdder();
  private final Map<String, LongAdder> messages = new ConcurrentHashMap<>();
  private final Map<Integer, LongAdder> checkpoints = new ConcurrentHashMap<>();
  private final LongAdder events = new LongAdder();
  private final LongAdder readsOnDemand = new LongAdder();

  /** When the newest change was committed: microseconds since 2000-01-01 UTC. */
  private volatile long commitTime;

  private final Map<TableName, LongAdder> reads = new ConcurrentHashMap<>();

  /**
   * @param totalOrder whether changes come in the order of the stream, as they do with one lane
   */
  HeldState(boolean totalOrder) {
    this.totalOrder = totalOrder;
  }

  /** As a job of Flink's or a consumer of the gateway gets it. */
  void apply(Change change) {
    change.accept(changes);
  }

  private final class Changes implements ChangeVisitor<Void, RuntimeException> {
    @Override
    public Void row(RowChange row) {
      if (row.op() != Op.READ) {
        commitTime = row.commitTime();
      }
      if (row.dumpRequest() != 0) {
        readsOnDemand.increment();
      }
      apply(row, row.op() == Op.READ);
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) {
      HeldState.this.truncate(truncate.schema(), truncate.position());
      return null;
    }

    @Override
    public Void message(LogicalMessage message) {
      HeldState.this.message(message.prefix(), message.content());
      return null;
    }

    /** What was read is compared with the tables, whoever says that it is all. */
    @Override
    public Void dumpEnd(DumpEnd end) {
      return null;
    }

    /** What it did to a table comes as a change of the table. */
    @Override
    public Void ddl(Ddl ddl) {
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) {
      schemaChanges.increment();
      table(change.isGone() ? change.before() : change.after()).change(change);
      return null;
    }

    /** Transaction boundaries say nothing about rows. */
    @Override
    public Void begin(Begin begin) {
      return null;
    }

    @Override
    public Void commit(Commit commit) {
      return null;
    }
  }

  private void apply(RowChange row, boolean read) {
    (read ? readsOf(row.schema().name()) : events).increment();
    if (!table(row.schema()).apply(row, read)) {
      untold.increment();
    }
  }

  private void message(String prefix, byte[] content) {
    if (prefix.equals(PREFIX)) {
      messages
          .computeIfAbsent(new String(content, StandardCharsets.UTF_8), key -> new LongAdder())
          .increment();
    }
  }

  /** The table that has that name now; null if no change of it came, or it is gone. */
  ChangingTable table(TableName name) {
    return tables.values().stream()
        .filter(table -> table.schema() != null && table.schema().name().equals(name))
        .findAny()
        .orElse(null);
  }

  /** The names of all tables that are held. */
  Set<TableName> names() {
    return tables.values().stream()
        .map(ChangingTable::schema)
        .filter(Objects::nonNull)
        .map(TableSchema::name)
        .collect(Collectors.toSet());
  }

  /** How many changes of tables came. */
  long schemaChanges() {
    return schemaChanges.sum();
  }

  /** How many rows came under columns that had not been told before. */
  long untold() {
    return untold.sum();
  }

  /** Row changes and truncates that came from the stream. */
  long events() {
    return events.sum();
  }

  /** When the newest change was committed, by the primary's clock; null if none came. */
  Instant committed() {
    long micros = commitTime;
    return micros == 0 ? null : EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** Rows that came from the dump. */
  long reads() {
    return reads.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** Of these, those of a dump on demand. */
  long readsOnDemand() {
    return readsOnDemand.sum();
  }

  /** Rows of one table that came from the dump. */
  long reads(TableName table) {
    return readsOf(table).sum();
  }

  /** How many times a logical message with this content came. */
  long messages(String content) {
    LongAdder count = messages.get(content);
    return count == null ? 0 : count.sum();
  }

  /** Counts the checkpoints that have passed one of the tasks that bring changes. */
  LongAdder checkpointsOf(int task) {
    return checkpoints.computeIfAbsent(task, key -> new LongAdder());
  }

  /** How many checkpoints have passed every task. */
  long checkpoints() {
    return checkpoints.values().stream().mapToLong(LongAdder::sum).min().orElse(0);
  }

  private LongAdder readsOf(TableName table) {
    LongAdder count = reads.get(table);
    return count != null ? count : reads.computeIfAbsent(table, name -> new LongAdder());
  }

  private void truncate(TableSchema schema, Position position) {
    events.increment();
    ChangingTable table = table(schema);
    if (totalOrder) {
      table.clear();
    } else {
      // It comes in every lane, and rows of other lanes may be newer already.
      table.truncate(position);
    }
  }

  private ChangingTable table(TableSchema schema) {
    ChangingTable table = tables.get(schema.oid());
    return table != null
        ? table
        : tables.computeIfAbsent(schema.oid(), oid -> new ChangingTable(schema));
  }
}
