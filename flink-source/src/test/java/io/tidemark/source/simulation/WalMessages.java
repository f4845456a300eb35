package io.tidemark.source.simulation;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.source.simulation.SimulatedTable.Row;
import io.tidemark.source.simulation.Wal.RowEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/** The messages of pgoutput that a walsender makes of the WAL, over one connection. */
public final class WalMessages {
  private final Choices choices;
  private final Map<Integer, Relation> sent = new HashMap<>();
  private final Map<Relation, TableSchema> schemas = new HashMap<>();

  /** A message, and the LSN that it is sent with. */
  public record Sent(PgOutputMessage message, long lsn) {}

  /** Those of a new connection. */
  public WalMessages(Choices choices) {
    this.choices = choices;
  }

  /** The schema that a relation message stands for. */
  public TableSchema resolve(Relation relation) {
    return schemas.get(relation);
  }

  /** Adds the messages of one item. */
  public void of(Wal item, Queue<Sent> to) {
    if (item instanceof Wal.Message message) {
      to.add(new Sent(message(false, message.lsn()), message.lsn()));
    } else if (item instanceof Wal.Transaction transaction) {
      to.add(
          new Sent(
              new PgOutputMessage.Begin(transaction.lsn(), transaction.index(), transaction.xid()),
              transaction.lsn()));
      transaction.events().forEach(event -> of(event, to));
      to.add(
          new Sent(
              new PgOutputMessage.Commit(
                  transaction.lsn(), transaction.endLsn(), transaction.index()),
              transaction.endLsn()));
    }
  }

  private void of(Wal.Event event, Queue<Sent> to) {
    if (event instanceof RowEvent row) {
      to.add(new Sent(row(row, relation(row.schema(), to)), row.lsn()));
    } else if (event instanceof Wal.TruncateEvent truncate) {
      Relation relation = relation(truncate.schema(), to);
      to.add(
          new Sent(new PgOutputMessage.Truncate(List.of(relation), false, false), truncate.lsn()));
    } else if (event instanceof Wal.MessageEvent message) {
      to.add(new Sent(message(true, message.lsn()), message.lsn()));
    }
  }

  private static PgOutputMessage message(boolean transactional, long lsn) {
    return new PgOutputMessage.Message(transactional, lsn, "simulation", new byte[] {1});
  }

  /** Sent before the first change, when it has changed, and now and then again. */
  private Relation relation(TableSchema schema, Queue<Sent> to) {
    List<RelationColumn> columns = new ArrayList<>();
    for (Column column : schema.columns()) {
      boolean key = schema.isKey(columns.size());
      columns.add(new RelationColumn(key, column.name(), column.type().oid(), -1));
    }
    Relation relation =
        new Relation(
            schema.oid(), schema.name().schema(), schema.name().name(), schema.identity(), columns);
    if (!relation.equals(sent.get(schema.oid())) || choices.oneIn(20)) {
      sent.put(schema.oid(), relation);
      schemas.put(relation, schema);
      to.add(new Sent(relation, 0));
    }
    return relation;
  }

  private static PgOutputMessage row(RowEvent event, Relation relation) {
    TableSchema schema = event.schema();
    boolean full = schema.identity() == ReplicaIdentity.FULL;
    Tuple old = event.old() == null ? null : old(schema, event.old(), full);
    return switch (event.kind()) {
      case INSERT -> new PgOutputMessage.Insert(relation, now(event));
      case DELETE -> new PgOutputMessage.Delete(relation, old, full);
      case UPDATE ->
          new PgOutputMessage.Update(
              relation, full || event.isMove() ? old : null, full, now(event));
    };
  }

  private static Tuple now(RowEvent event) {
    return SimulatedTable.pgoutput(event.schema(), event.now(), event.unchanged());
  }

  /** The whole row, or the key with all else null. */
  private static Tuple old(TableSchema schema, Row row, boolean full) {
    if (full) {
      return SimulatedTable.pgoutput(schema, row, Set.of());
    }
    Map<String, String> key = new HashMap<>();
    schema.keyNames().forEach(name -> key.put(name, row.get(name)));
    return SimulatedTable.pgoutput(schema, new Row(key, 0), Set.of());
  }
}
