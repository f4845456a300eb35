package io.tidemark.postgres.catalog;

/** The SQL for {@link PhysicalTable#shape}, which planning and reading must agree on. */
public final class TableShape {
  private TableShape() {}

  /**
   * An expression of type bigint: a hash of a table's columns, of what its key can be, and of the
   * root that it is a partition of, if it is one; null if there is no such table. A partition that
   * is detached keeps its file, and goes on with rows that the root never had. Rows are found by
   * their key, which under its root is the root's.
   *
   * @param oid an SQL expression for the table's oid
   */
  public static String sql(String oid) {
    return """
        (SELECT pg_catalog.hashtextextended(
                  (pg_catalog.string_agg(
                     pg_catalog.concat_ws(
                       ':', a.attnum, a.atttypid, a.atttypmod, a.attgenerated, a.attname),
                     ',' ORDER BY a.attnum)
                   || coalesce(
                     '/' || pg_catalog.pg_partition_root(%1$s::regclass)::oid::text, '')
                   || (SELECT pg_catalog.string_agg(
                                pg_catalog.concat_ws(
                                  ':', '/', keyed.relreplident, i.indisprimary, i.indisreplident,
                                  i.indimmediate, i.indkey),
                                '' ORDER BY keyed.oid, i.indisprimary, i.indkey::text)
                         FROM pg_catalog.pg_class keyed
                         LEFT JOIN pg_catalog.pg_index i
                           ON i.indrelid = keyed.oid AND (i.indisprimary OR i.indisreplident)
                        WHERE keyed.oid IN (%1$s, pg_catalog.pg_partition_root(%1$s::regclass))))
                  COLLATE pg_catalog."C", 0)
           FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = %1$s AND a.attnum > 0 AND NOT a.attisdropped)"""
        .formatted(oid);
  }
}
