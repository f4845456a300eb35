package io.tidemark.gateway.sink;

import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.event.EventEncoder;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.Outbox;
import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;

/** Makes entries of an outbox out of what a capture emits. Not thread-safe. */
final class EventWriter {
  private final Outbox outbox;
  private final Entries entries = new Entries();
  private final EventEncoder encoder = new EventEncoder(this::table);

  /** Of the last row, to which the next one is likely to be alike. */
  private TableSchema lastSchema;

  private int lastTable;
  private KeyExtractor lastKeys;

  EventWriter(Outbox outbox) {
    this.outbox = outbox;
  }

  /** The change as an event; null for the end of a dump, of which the server tells. */
  Entry entry(Change change) {
    return change.accept(entries);
  }

  private final class Entries implements ChangeVisitor<Entry, RuntimeException> {
    @Override
    public Entry row(RowChange row) {
      return EventWriter.this.row(row);
    }

    @Override
    public Entry begin(Begin begin) {
      return entry(Kind.BOUNDARY, 0, begin);
    }

    @Override
    public Entry commit(Commit commit) {
      return entry(Kind.BOUNDARY, 0, commit);
    }

    @Override
    public Entry truncate(Truncate truncate) {
      return entry(Kind.BARRIER, table(truncate.schema()), truncate);
    }

    @Override
    public Entry message(LogicalMessage message) {
      return entry(Kind.BARRIER, 0, message);
    }

    @Override
    public Entry dumpEnd(DumpEnd end) {
      return null;
    }
  }

  private Entry entry(Kind kind, int table, Change change) {
    return new Entry(kind, 0, 0, table, 0, encoder.encode(change));
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
