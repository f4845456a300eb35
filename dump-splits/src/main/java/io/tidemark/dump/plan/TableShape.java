package io.tidemark.dump.plan;

/** The SQL for {@link DumpTable#shape}, which planning and reading must agree on. */
public final class TableShape {
  private TableShape() {}

  /**
   * An expression of type bigint: a hash of a table's columns; null if there is no such table.
   *
   * @param oid an SQL expression for the table's oid
   */
  public static String sql(String oid) {
    return """
        (SELECT pg_catalog.hashtextextended(
                  pg_catalog.string_agg(
                    pg_catalog.concat_ws(
                      ':', a.attnum, a.atttypid, a.atttypmod, a.attgenerated, a.attname),
                    ',' ORDER BY a.attnum) COLLATE pg_catalog."C", 0)
           FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped)"""
        .formatted(oid);
  }
}
