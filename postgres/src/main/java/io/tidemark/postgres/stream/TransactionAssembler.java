package io.tidemark.postgres.stream;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.TupleCompletion;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.postgres.ddl.ColumnStructure;
import io.tidemark.postgres.ddl.DdlMessage;
import io.tidemark.postgres.ddl.DdlStatement;
import io.tidemark.postgres.ddl.MovedTable;
import io.tidemark.postgres.ddl.TableStructure;
import io.tidemark.postgres.pgoutput.PgOutputException;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputVisitor;
import java.io.IOException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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
 * <p>A message of a DDL statement becomes a {@link Ddl}, and behind it, at the same position, each
 * table that it concerns a {@link SchemaChange} without a {@code before}, which whoever knows what
 * was emitted has to put in. The empty messages behind such are left out, and count. Such a change
 * comes at the begin of a transaction, too, for a table that a statement has changed which was not
 * told: see {@link UntoldStatements}.
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
      Relation relation,
      TableSchema schema,
      KeyExtractor keys,
      RowIdentities identities,
      boolean isDdlLog) {}

  private final SchemaResolver resolver;
  private final StreamPosition restored;
  private final SignedStatements statements;
  private final ColumnNumbers numbers = new ColumnNumbers();
  private final UntoldStatements untold;
  private boolean numbersChecked;
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
   * @param resolver asked once for each relation message, and for each DDL statement
   * @param restored the position that the server was asked for
   * @param known tables as they were at that position
   */
  public TransactionAssembler(
      SchemaResolver resolver, StreamPosition restored, List<TableSchema> known) {
    this.resolver = resolver;
    this.restored = restored;
    this.cutPending = restored.isCut();
    this.statements = new SignedStatements(resolver, System::nanoTime);
    this.untold = new UntoldStatements(resolver);
    known.forEach(numbers::put);
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
    public void begin(PgOutputMessage.Begin begin) throws SQLException, IOException {
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
      checkNumbers();
      if (cutPending) {
        if (commitLsn != restored.commitLsn()) {
          throw mismatch("a transaction that commits at " + Lsn.format(commitLsn) + " comes first");
        }
        cutPending = false;
        skip = restored.ordinal();
      } else {
        sink.accept(new Begin(new Position(commitLsn, 0), commitTime, xid), lsn);
      }
      findUntold();
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
    public void insert(PgOutputMessage.Insert insert) throws SQLException, IOException {
      Table table = rows(insert.relation());
      if (next("INSERT")) {
        table.identities.checkNew(insert.row(), lsn);
        RowChange row = RowChange.insert(table.schema, insert.row(), here());
        // Where there are messages too, each statement would be told twice.
        boolean isStatement = table.isDdlLog && !statements.areTold();
        sink.accept(isStatement ? LoggedStatements.of(row) : row, lsn);
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
    public void message(PgOutputMessage.Message message) throws SQLException, IOException {
      if (message.transactional()) {
        boolean isNew = next("MESSAGE");
        if (message.prefix().equals(DdlMessage.PREFIX) && statement(message, isNew)) {
          return;
        }
        boolean says = !message.prefix().equals(DdlMessage.PAD) || message.content().length > 0;
        if (isNew && says) {
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
      TableSchema schema = numbered(resolver.resolve(relation));
      Table known = tables.get(relation.oid());
      if (known != null && known.schema.equals(schema)) {
        lastTable = new Table(relation, known.schema, known.keys, known.identities, known.isDdlLog);
      } else {
        RowIdentities identities =
            new RowIdentities(schema, known == null ? null : known.identities);
        boolean isDdlLog = LoggedStatements.areIn(schema);
        lastTable = new Table(relation, schema, new KeyExtractor(schema), identities, isDdlLog);
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

  /**
   * Takes a message of a DDL statement.
   *
   * @param isNew whether it was not emitted before the restore
   * @return false if it is an ordinary message
   */
  private boolean statement(PgOutputMessage.Message message, boolean isNew)
      throws SQLException, IOException {
    Optional<DdlStatement> read = statements.read(message.content(), xid, lsn);
    if (read.isEmpty()) {
      forgetNumbers();
      return false;
    }
    DdlStatement statement = read.get();
    Position position = new Position(commitLsn, ordinal);
    if (isNew) {
      sink.accept(new Ddl(position, commitTime, xid, statement), lsn);
    }
    statement.moved().forEach(this::moved);
    if (statement.event() == DdlStatement.Event.GAP || statement.isUnsure()) {
      // Under an older snapshot a structure may lack what others have changed since.
      forgetNumbers();
      return true;
    }
    List<TableSchema> schemas = resolver.resolve(statement.tables());
    for (int i = 0; i < schemas.size(); i++) {
      structure(position, schemas.get(i), statement.tables().get(i));
    }
    return true;
  }

  private void structure(Position position, TableSchema schema, TableStructure structure) {
    numbers.put(schema);
    untold.told(schema.oid());
    Map<Integer, String> missing =
        structure.columns().stream()
            .filter(column -> column.missing() != null)
            .collect(Collectors.toMap(ColumnStructure::number, ColumnStructure::missing));
    // Of the last statement that was emitted before a restore, too: what it changed need not have
    // been. What those before it changed was.
    if (ordinal >= skip) {
      sink.accept(
          new SchemaChange(
              position, commitTime, xid, null, schema, SchemaChange.Source.STRUCTURE, missing),
          lsn);
    }
  }

  /** PostgreSQL 14 and 15 do not tell a table again whose schema has another name. */
  private void moved(MovedTable moved) {
    Table table = tables.get(moved.oid());
    if (table != null) {
      replace(table, table.schema.named(moved.rename(table.schema.name())));
    }
  }

  /** The rows of a table that was told come under this schema from here on. */
  private void replace(Table table, TableSchema schema) {
    RowIdentities identities = new RowIdentities(schema, table.identities);
    tables.put(
        schema.oid(),
        new Table(table.relation, schema, new KeyExtractor(schema), identities, table.isDdlLog));
    lastTable = null;
  }

  /** What a checkpoint had of numbers holds as long as no statement can go untold. */
  private void checkNumbers() throws SQLException, IOException {
    if (!numbersChecked) {
      numbersChecked = true;
      if (statements.hasKey()) {
        untold.start();
      } else {
        forgetNumbers();
      }
    }
  }

  /**
   * A table with the numbers that statements have told.
   *
   * @param now with the numbers that the catalog has
   */
  private TableSchema numbered(TableSchema now) throws SQLException, IOException {
    checkNumbers();
    TableSchema told = numbers.number(now);
    if (untold.isUntold(now, told)) {
      forgetNumbers();
      return now;
    }
    return told;
  }

  private void forgetNumbers() {
    numbers.forget();
    untold.forget();
  }

  /** At the begin of a transaction: all that commits before it was taken. */
  private void findUntold() {
    Position begin = new Position(commitLsn, 0);
    for (TableSchema now : untold.found(commitLsn)) {
      numbers.put(now);
      sink.accept(
          new SchemaChange(
              begin, commitTime, xid, null, now, SchemaChange.Source.RELATION, Map.of()),
          lsn);
      Table table = tables.get(now.oid());
      if (table != null) {
        replace(table, now);
      }
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
