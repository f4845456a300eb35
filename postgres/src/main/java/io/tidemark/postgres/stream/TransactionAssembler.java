package io.tidemark.postgres.stream;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.TupleCompletion;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.pgoutput.PgOutputException;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputVisitor;
import java.io.IOException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/**
 * Makes changes, each with its position, of the messages of one stream. Pure but for the {@link
 * SchemaResolver}.
 *
 * <p>After a restore that cut a transaction, the changes of it that were emitted before are left
 * out, and its begin with them; the rest keeps its ordinals. Any other transaction in its place is
 * a {@link HistoryMismatchException}.
 *
 * <p>An update's old key is left out where it says nothing new: PostgreSQL also sends it when a key
 * column is TOAST that did not change. One that is equal but written otherwise (1.0 and 1.00) is
 * kept. An old row that leaves the key in doubt is refused: see {@link RowIdentities}. What the old
 * key or the old row knows of columns that are unchanged TOAST is put into the new row; under
 * REPLICA IDENTITY FULL a new row thus lacks nothing.
 *
 * <p>Not thread-safe.
 */
public final class TransactionAssembler {
  /** Takes the changes, in order. */
  @FunctionalInterface
  public interface Sink {
    /** Takes one, with its own LSN. */
    void accept(Change change, long lsn);
  }

  /** A table as of its last relation message. */
  private record Table(
      Relation relation, TableSchema schema, KeyExtractor keys, RowIdentities identities) {}

  private final SchemaResolver resolver;
  private final StreamPosition restored;
  private final Map<Integer, Table> tables = new HashMap<>();

  /** The table of the last row: most rows belong to the table of the row before. */
  private Table lastTable;

  /**
   * The newest relation message, and the one right before it; null once another message came. Where
   * a row of the latter's table follows, the former's is a partition that is published as the
   * latter's.
   */
  private Relation told;

  private Relation toldBefore;

  private final Kinds kinds = new Kinds();

  /** Of the message that is being taken, and where its changes go. */
  private long lsn;

  private Sink sink;
  private boolean cutPending;
  private boolean open;
  private long skip;
  private long commitLsn;
  private long commitTime;
  private int xid;
  private long ordinal;

  /**
   * Starts where the stream was asked to start.
   *
   * @param resolver asked once for each relation message
   * @param restored the position that the server was asked for
   */
  public TransactionAssembler(SchemaResolver resolver, StreamPosition restored) {
    this.resolver = resolver;
    this.restored = restored;
    this.cutPending = restored.isCut();
  }

  /** Whether a transaction has begun and not ended; a cut one has before its first message. */
  public boolean inTransaction() {
    return open || cutPending;
  }

  /** The id of the transaction that began last. */
  int xid() {
    return xid;
  }

  /**
   * Takes the next message.
   *
   * @param lsn the start LSN that it was sent with, unsigned
   * @param sink gets what the message makes, before this returns
   * @throws PgOutputException if it cannot come here
   * @throws HistoryMismatchException if it is not what was emitted before the restore
   * @throws SQLException if the catalog cannot be asked for a table's columns
   * @throws IOException if the password's source could not be read
   */
  public void accept(PgOutputMessage message, long lsn, Sink sink)
      throws SQLException, IOException {
    this.lsn = lsn;
    this.sink = sink;
    message.accept(kinds);
  }

  /** Makes what each kind of message needs, for {@link #lsn} and {@link #sink}. */
  private final class Kinds implements PgOutputVisitor<SQLException, IOException> {
    @Override
    public void begin(PgOutputMessage.Begin begin) {
      if (open) {
        throw PgOutputException.unexpected(
            lsn, "BEGIN", "the transaction that commits at " + Lsn.format(commitLsn) + " is open");
      }
      open = true;
      commitLsn = begin.commitLsn();
      commitTime = begin.commitTime();
      xid = begin.xid();
      ordinal = 0;
      skip = 0;
      if (cutPending) {
        if (commitLsn != restored.commitLsn()) {
          throw mismatch("a transaction that commits at " + Lsn.format(commitLsn) + " comes first");
        }
        cutPending = false;
        skip = restored.ordinal();
      } else {
        sink.accept(new Begin(new Position(commitLsn, 0), commitTime, xid), lsn);
      }
    }

    @Override
    public void commit(PgOutputMessage.Commit commit) {
      told = null;
      requireOpen("COMMIT");
      if (commit.commitLsn() != commitLsn) {
        throw PgOutputException.unexpected(
            lsn,
            "COMMIT",
            "it ends the transaction at %s, but the one that commits at %s is open"
                .formatted(Lsn.format(commit.commitLsn()), Lsn.format(commitLsn)));
      }
      if (ordinal < skip) {
        throw mismatch("that transaction has only " + ordinal + " changes");
      }
      open = false;
      Position position = new Position(commitLsn, ordinal + 1);
      sink.accept(new Commit(position, commit.endLsn(), commitTime), lsn);
    }

    @Override
    public void insert(PgOutputMessage.Insert insert) {
      Table table = rows(insert.relation());
      if (next("INSERT")) {
        table.identities.checkNew(insert.row(), lsn);
        sink.accept(RowChange.insert(table.schema, insert.row(), here()), lsn);
      }
    }

    @Override
    public void update(PgOutputMessage.Update update) {
      Table table = rows(update.relation());
      if (!next("UPDATE")) {
        return;
      }
      Tuple row = update.row();
      Tuple old = update.old();
      boolean whole = old != null && table.identities.isWhole(update.oldIsFull());
      table.identities.check(old, whole, lsn);
      if (old != null) {
        if (row.isPartial()) {
          row = TupleCompletion.complete(table.schema, row, old);
        }
        if (!whole && keepsKey(table, row, old)) {
          old = null;
        }
      }
      table.identities.checkNew(row, lsn);
      sink.accept(RowChange.update(table.schema, row, old, whole, here()), lsn);
    }

    @Override
    public void delete(PgOutputMessage.Delete delete) {
      Table table = rows(delete.relation());
      if (next("DELETE")) {
        boolean whole = table.identities.isWhole(delete.oldIsFull());
        table.identities.check(delete.old(), whole, lsn);
        sink.accept(RowChange.delete(table.schema, delete.old(), whole, here()), lsn);
      }
    }

    @Override
    public void truncate(PgOutputMessage.Truncate truncate) {
      told = null;
      for (Relation relation : truncate.relations()) {
        if (next("TRUNCATE")) {
          sink.accept(
              new Truncate(
                  new Position(commitLsn, ordinal),
                  commitTime,
                  xid,
                  table(relation).schema,
                  truncate.cascade(),
                  truncate.restartIdentity()),
              lsn);
        }
      }
    }

    @Override
    public void message(PgOutputMessage.Message message) {
      if (message.transactional()) {
        if (next("MESSAGE")) {
          Position position = new Position(commitLsn, ordinal);
          sink.accept(
              new LogicalMessage(position, commitTime, true, message.prefix(), message.content()),
              lsn);
        }
        return;
      }
      if (open) {
        throw PgOutputException.unexpected(
            lsn,
            "MESSAGE",
            "it is not transactional, but the transaction that commits at "
                + Lsn.format(commitLsn)
                + " is open");
      }
      // Before a cut transaction begins there is only what was emitted before it.
      if (!cutPending) {
        Position position = new Position(message.lsn(), 0);
        sink.accept(
            new LogicalMessage(position, 0, false, message.prefix(), message.content()), lsn);
      }
    }

    @Override
    public void relation(Relation relation) throws SQLException, IOException {
      toldBefore = told;
      told = relation;
      TableSchema schema = resolver.resolve(relation);
      Table known = tables.get(relation.oid());
      if (known != null && known.schema.equals(schema)) {
        lastTable = new Table(relation, known.schema, known.keys, known.identities);
      } else {
        RowIdentities identities =
            new RowIdentities(schema, known == null ? null : known.identities);
        lastTable = new Table(relation, schema, new KeyExtractor(schema), identities);
      }
      tables.put(relation.oid(), lastTable);
    }

    @Override
    public void type(PgOutputMessage.Type type) {
      // The catalog is asked for the types of a relation.
    }

    @Override
    public void origin(PgOutputMessage.Origin origin) {
      // No change carries it.
    }
  }

  private boolean keepsKey(Table table, Tuple row, Tuple old) {
    try {
      if (table.keys.sameKeyBytes(row, old)) {
        return true;
      }
      // What is no key is refused here, where its place is known.
      table.keys.key(row, old);
      return false;
    } catch (IllegalStateException e) {
      throw PgOutputException.unexpected(lsn, "UPDATE", e.getMessage());
    }
  }

  /** The table whose row comes next. */
  private Table rows(Relation relation) {
    Table table = table(relation);
    if (told != null) {
      if (toldBefore != null
          && toldBefore.oid() == relation.oid()
          && told.oid() != relation.oid()) {
        table.identities.leaf(told);
      }
      told = null;
    }
    return table;
  }

  private Table table(Relation relation) {
    Table last = lastTable;
    if (last == null || last.relation.oid() != relation.oid()) {
      last = tables.get(relation.oid());
      lastTable = last;
    }
    return last;
  }

  /** Counts a change; false if it was emitted before the restore. */
  private boolean next(String type) {
    requireOpen(type);
    ordinal++;
    if (ordinal > skip) {
      return true;
    }
    if (ordinal == skip && lsn != restored.changeLsn()) {
      throw mismatch("change " + ordinal + " of it is now at LSN " + Lsn.format(lsn));
    }
    return false;
  }

  private void requireOpen(String type) {
    if (!open) {
      throw PgOutputException.unexpected(lsn, type, "no transaction is open");
    }
  }

  private RowChange.Origin here() {
    return new RowChange.Origin(commitLsn, ordinal, commitTime, xid);
  }

  private HistoryMismatchException mismatch(String found) {
    return new HistoryMismatchException(restored, found);
  }
}
