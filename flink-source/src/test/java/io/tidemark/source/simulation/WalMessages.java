package io.tidemark.source.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.ddl.DdlMessage;
import io.tidemark.postgres.ddl.TableStructure;
import io.tidemark.postgres.pgoutput.PgOutputMessage;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.postgres.stream.SchemaResolver;
import io.tidemark.source.simulation.SimulatedTable.Row;
import io.tidemark.source.simulation.Wal.RowEvent;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The messages of pgoutput that a walsender makes of the WAL, over one connection; and the catalog
 * as it is when it is asked for more.
 */
public final class WalMessages implements SchemaResolver {
  private static final byte[] KEY = "key".getBytes(UTF_8);

  private final SimulatedPrimary primary;
  private final Choices choices;
  private final Map<Integer, Relation> sent = new HashMap<>();
  private final Map<Integer, TableSchema> sentSchemas = new HashMap<>();
  private final IdentityHashMap<Relation, TableSchema> schemas = new IdentityHashMap<>();

  /** The oids of tables that are known from statements, or were at the start. */
  private final Set<Integer> told = new HashSet<>();

  /** A message, and the LSN that it is sent with. */
  public record Sent(PgOutputMessage message, long lsn) {}

  /**
   * Those of a new connection.
   *
   * @param known tables as they were where it begins
   */
  public WalMessages(SimulatedPrimary primary, Choices choices, List<TableSchema> known) {
    known.forEach(table -> told.add(table.oid()));
    this.primary = primary;
    this.choices = choices;
  }

  /**
   * The schema that a relation message stands for, with the columns' numbers of now, or of then if
   * no statement has told of the table: what the catalog says of now is all that there is.
   */
  @Override
  public TableSchema resolve(Relation relation) {
    TableSchema then = schemas.get(relation);
    if (!primary.isDdlCaptured() || !told.contains(relation.oid())) {
      return then;
    }
    SimulatedTable now = primary.table(relation.oid(), primary.size());
    List<Column> columns = new ArrayList<>();
    int former = 0;
    for (Column column : then.columns()) {
      int ordinal = now == null ? -1 : now.schema().ordinal(column.name());
      Column same = ordinal < 0 ? null : now.schema().columns().get(ordinal);
      if (same == null || !same.hasTypeOf(column) || same.number() <= former) {
        return then.withColumns(
            then.columns().stream().map(each -> SimulatedDdl.numbered(each, 0)).toList());
      }
      former = same.number();
      columns.add(same);
    }
    return then.withColumns(columns);
  }

  @Override
  public List<TableSchema> resolve(List<TableStructure> tables) {
    tables.forEach(table -> told.add(table.oid()));
    return tables.stream().map(SimulatedDdl::schema).toList();
  }

  @Override
  public byte[] signingKey() {
    return primary.isDdlCaptured() ? KEY.clone() : null;
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
      transaction.events().forEach(event -> of(event, transaction.xid(), to));
      to.add(
          new Sent(
              new PgOutputMessage.Commit(
                  transaction.lsn(), transaction.endLsn(), transaction.index()),
              transaction.endLsn()));
    }
  }

  private void of(Wal.Event event, int xid, Queue<Sent> to) {
    if (event instanceof RowEvent row) {
      to.add(new Sent(row(row, relation(row.schema(), to)), row.lsn()));
    } else if (event instanceof Wal.TruncateEvent truncate) {
      Relation relation = relation(truncate.schema(), to);
      to.add(
          new Sent(new PgOutputMessage.Truncate(List.of(relation), false, false), truncate.lsn()));
    } else if (event instanceof Wal.DdlEvent ddl) {
      to.add(new Sent(message(ddl.lsn(), DdlMessage.PREFIX, content(ddl, xid)), ddl.lsn()));
    } else if (event instanceof Wal.PadEvent pad) {
      to.add(new Sent(message(pad.lsn(), DdlMessage.PAD, new byte[0]), pad.lsn()));
    } else if (event instanceof Wal.MessageEvent message) {
      to.add(new Sent(message(true, message.lsn()), message.lsn()));
    }
  }

  /** One that is not genuine is of another transaction: somebody has written it again. */
  private static byte[] content(Wal.DdlEvent ddl, int xid) {
    String of = Integer.toUnsignedString(ddl.genuine() ? xid : xid - 1);
    String json = "{\"version\":1,\"xid\":\"" + of + "\"," + ddl.body() + "}";
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
      String signature = HexFormat.of().formatHex(mac.doFinal(json.getBytes(UTF_8)));
      return (signature + " " + json).getBytes(UTF_8);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static PgOutputMessage message(long lsn, String prefix, byte[] content) {
    return new PgOutputMessage.Message(true, lsn, prefix, content);
  }

  private static PgOutputMessage message(boolean transactional, long lsn) {
    return new PgOutputMessage.Message(transactional, lsn, "simulation", new byte[] {1});
  }

  /** Sent before the first change, when it has changed, and now and then again. */
  private Relation relation(TableSchema schema, Queue<Sent> to) {
    TableSchema former = sentSchemas.get(schema.oid());
    if (former != null && primary.isSchemaRenamedSilently(former, schema)) {
      return sent.get(schema.oid());
    }
    List<RelationColumn> columns = new ArrayList<>();
    for (Column column : schema.columns()) {
      boolean key = schema.isKey(columns.size());
      columns.add(new RelationColumn(key, column.name(), column.type().oid(), -1));
    }
    Relation relation =
        new Relation(
            schema.oid(), schema.name().schema(), schema.name().name(), schema.identity(), columns);
    if (!schema.equals(former) || choices.oneIn(20)) {
      sent.put(schema.oid(), relation);
      sentSchemas.put(schema.oid(), schema);
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
    SimulatedTable.keyIds(schema).forEach(id -> key.put(id, row.get(id)));
    return SimulatedTable.pgoutput(schema, new Row(key, 0), Set.of());
  }
}
