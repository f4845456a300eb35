package io.tidemark.gateway.outbox;

import io.tidemark.gateway.delivery.Message.Kind;
import io.tidemark.gateway.event.TableFilter;
import io.tidemark.gateway.pgcapture.DdlLogs;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.Event.TypeCase;
import io.tidemark.gateway.wire.SchemaChange;
import io.tidemark.gateway.wire.Table;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import java.util.BitSet;

/** Which events a consumer gets. */
final class Wanted {
  private final boolean rowsOnly;
  private final boolean ddl;
  private final TableFilter filter;
  private final Tables tables;

  /** Tables of which it is known whether they are in {@link #wanted}. */
  private final BitSet known = new BitSet();

  private final BitSet wanted = new BitSet();

  /**
   * What a consumer asks for.
   *
   * @param tables names of tables by their number
   * @throws IllegalArgumentException if it asks for tables by what is no expression
   */
  Wanted(Attach attach, Tables tables) {
    this.rowsOnly = attach.getRowsOnly();
    this.ddl = attach.getDdl();
    this.filter = TableFilter.of(attach.getTables(), attach.getWithSchema());
    this.tables = tables;
  }

  boolean has(Entry entry) {
    if (entry.kind() == Kind.ROW) {
      return isWanted(entry.table());
    }
    if (rowsOnly) {
      return false;
    }
    TypeCase type = entry.type();
    if (type == TypeCase.DDL) {
      return ddl;
    }
    if (type == TypeCase.SCHEMA_CHANGE) {
      return ddl && (isWanted(entry.table()) || wasWanted(entry));
    }
    return entry.table() == 0 || isWanted(entry.table());
  }

  private boolean isWanted(int table) {
    if (!known.get(table)) {
      known.set(table);
      TableSchema schema = tables.schema(table);
      // The statements themselves are for those who do not get them as rows.
      boolean fits = rowsOnly || !schema.equals(DdlLogs.TABLE);
      wanted.set(table, fits && filter.matches(schema.name()));
    }
    return wanted.get(table);
  }

  /** Whether a table was wanted until it got the name that it has now. */
  private boolean wasWanted(Entry entry) {
    SchemaChange change = entry.parse().getSchemaChange();
    Table before = change.getBefore();
    return change.hasBefore()
        && filter.matches(new TableName(before.getSchema(), before.getName()));
  }
}
