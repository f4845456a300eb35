package io.tidemark.dump.chunk;

import io.tidemark.postgres.Sql;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.catalog.TableShape;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * A table as a chunk's snapshot finds it.
 *
 * @param oid of the table that has the name now; 0 if none has
 * @param pages its length after the snapshot was taken
 * @param snapshot which transactions the snapshot sees, as text
 */
record TableState(int oid, long fileNode, long shape, long pages, String snapshot) {
  /** The columns to select, behind those of {@link ServerState}. */
  static String columns(PhysicalTable table) {
    String oid = Integer.toUnsignedString(table.oid()) + "::oid";
    return "to_regclass(%s)::oid::int8, pg_relation_filenode(%s)::int8, %s,"
            .formatted(Sql.literal(table.physical().quoted()), oid, TableShape.sql(oid))
        + " pg_relation_size(%s) / current_setting('block_size')::int8,".formatted(oid)
        + " pg_current_snapshot()::text";
  }

  static TableState of(ResultSet row) throws SQLException {
    int first = ServerState.COLUMNS + 1;
    return new TableState(
        (int) row.getLong(first),
        row.getLong(first + 1),
        row.getLong(first + 2),
        row.getLong(first + 3),
        row.getString(first + 4));
  }

  void check(PhysicalTable planned) throws PlanStaleException {
    PlanStaleException.Reason reason = null;
    if (oid != planned.oid()) {
      reason = PlanStaleException.Reason.DROPPED;
    } else if (fileNode != planned.fileNode()) {
      reason = PlanStaleException.Reason.REWRITTEN;
    } else if (shape != planned.shape()) {
      reason = PlanStaleException.Reason.ALTERED;
    }
    if (reason != null) {
      throw new PlanStaleException(
          reason, "table " + planned + " is not as planned: " + reason.description());
    }
  }
}
