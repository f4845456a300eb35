package io.tidemark.gateway.sink;

import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.event.EventEncoder;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.gateway.pgcapture.DdlLogs;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes entries of an outbox out of what a capture emits. Not thread-safe. */
final class EventWriter {
  private static final Logger LOG = LoggerFactory.getLogger(EventWriter.class);

  /** Takes what changes become, in order. */
  interface Target {
    /** An event. */
    void add(Entry entry);

    /**
     * All rows of a range of a dump on demand were added that come out of one of the lanes.
     *
     * @param lanes how many lanes there are
     */
    void rangeEnds(long request, int lanes);
  }

  private final Outbox outbox;
  private final Target target;
  private final Entries entries = new Entries();
  private final EventEncoder encoder = new EventEncoder(this::table);

  /** Of the last row, to which the next one is likely to be alike. */
  private TableSchema lastSchema;

  private int lastTable;
  private KeyExtractor lastKeys;

  /**
   * A writer into a target.
   *
   * @param outbox numbers the tables
   */
  EventWriter(Outbox outbox, Target target) {
    this.outbox = outbox;
    this.target = target;
  }

  void write(Change change) {
    change.accept(entries);
  }

  private final class Entries implements ChangeVisitor<Void, RuntimeException> {
    @Override
    public Void row(RowChange row) {
      target.add(EventWriter.this.row(row));
      return null;
    }

    @Override
    public Void begin(Begin begin) {
      return add(Kind.BOUNDARY, 0, begin);
    }

    @Override
    public Void commit(Commit commit) {
      return add(Kind.BOUNDARY, 0, commit);
    }

    @Override
    public Void truncate(Truncate truncate) {
      return add(Kind.BARRIER, table(truncate.schema()), truncate);
    }

    @Override
    public Void message(LogicalMessage message) {
      return add(Kind.BARRIER, 0, message);
    }

    /** A dump of a whole table, unasked, is no range: nobody waits for its end. */
    @Override
    public Void dumpEnd(DumpEnd end) {
      if (!end.isOfWholeTable()) {
        target.rangeEnds(end.request(), end.lanes());
      }
      return null;
    }

    /** As an event of our protocol, and as the row that pgcapture's clients get of it. */
    @Override
    public Void ddl(Ddl ddl) {
      add(Kind.BARRIER, 0, ddl);
      Optional<RowChange> row = DdlLogs.row(ddl);
      if (row.isPresent()) {
        target.add(EventWriter.this.row(row.get()));
      } else if (DdlLogs.tells(ddl.statement())) {
        LOG.info(
            "A {} at {} is not told pgcapture's clients, as its text is not known",
            ddl.statement().tag(),
            ddl.position());
      }
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) {
      TableSchema table = change.isGone() ? change.before() : change.after();
      return add(Kind.BARRIER, table(table), change);
    }

    private Void add(Kind kind, int table, Change change) {
      target.add(new Entry(kind, 0, 0, table, 0, encoder.encode(change)));
      return null;
    }
  }

  private int table(TableSchema schema) {
    if (!schema.equals(lastSchema)) {
      lastTable = outbox.table(schema);
      lastKeys = schema.hasKey() ? new KeyExtractor(schema) : null;
      lastSchema = schema;
    }
    return lastTable;
  }

  private Entry row(RowChange change) {
    int table = table(change.schema());
    Tuple now = change.newTuple();
    Tuple old = change.oldTuple();
    int key;
    int oldKey;
    if (lastKeys == null) {
      // Nothing tells its rows apart: they stay in one order.
      key = change.schema().oid();
      oldKey = key;
    } else if (now == null) {
      key = lastKeys.key(old).hashCode();
      oldKey = key;
    } else {
      key = lastKeys.key(now, old).hashCode();
      boolean moved = change.op() == Op.UPDATE && old != null && !lastKeys.sameKey(now, old);
      oldKey = moved ? lastKeys.key(old).hashCode() : key;
    }
    return new Entry(Kind.ROW, key, oldKey, table, change.dumpRequest(), encoder.encode(change));
  }
}
