package io.tidemark.dump.chunk;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.Sql;
import io.tidemark.postgres.catalog.PhysicalTable;
import java.util.stream.Collectors;

/** The statements of a chunk. */
final class ChunkSql {
  /** PostgreSQL's block numbers end before this. */
  private static final long BLOCKS = 0xFFFF_FFFFL;

  private static final long LOCK_TIMEOUT_SECONDS = 30;

  private ChunkSql() {}

  /**
   * Settings that a chunk needs beyond those of all our sessions. Rows are rather refused than left
   * out; a chunk's plan is one scan by TID, which workers do not make faster.
   */
  static String settings() {
    return """
        SET row_security = off;
        SET lock_timeout = '%ds';
        SET max_parallel_workers_per_gather = 0;
        SET enable_tidscan = on"""
        .formatted(LOCK_TIMEOUT_SECONDS);
  }

  /**
   * Begins the transaction, locks the table and then, as the first that takes a snapshot, looks at
   * server and table: one round trip.
   */
  static String begin(PhysicalTable table) {
    return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n"
        + "LOCK TABLE ONLY "
        + table.physical().quoted()
        + " IN ACCESS SHARE MODE;\n"
        + ServerState.SELECT
        + ",\n"
        + TableState.columns(table)
        + ServerState.FROM;
  }

  /** Looks at the server once more and ends the transaction. */
  static String end() {
    return ServerState.SELECT + ServerState.FROM + ";\nCOMMIT";
  }

  static String copyPages(PhysicalTable table, PageRange range) {
    StringBuilder where = new StringBuilder("ctid >= '(").append(range.from()).append(",0)'");
    if (range.to() < BLOCKS) {
      where.append(" AND ctid < '(").append(range.to()).append(",0)'");
    }
    return copy(table, where.toString());
  }

  /**
   * @param condition over the table's columns
   */
  static String copy(PhysicalTable table, String condition) {
    String columns =
        table.schema().columns().stream()
            .map(
                column ->
                    column.type().binary()
                        ? Sql.identifier(column.name())
                        : Sql.identifier(column.name()) + "::pg_catalog.text")
            .collect(Collectors.joining(", "));
    return "COPY (SELECT "
        + columns
        + " FROM ONLY "
        + table.physical().quoted()
        + " WHERE "
        + (table.rowFilter() == null
            ? condition
            : "(" + condition + ") AND (" + table.rowFilter() + ")")
        + ") TO STDOUT (FORMAT binary)";
  }
}
