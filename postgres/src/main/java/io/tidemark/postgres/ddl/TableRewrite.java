package io.tidemark.postgres.ddl;

/**
 * A table's rows are written anew by an ALTER TABLE, unseen by the stream.
 *
 * @param table its oid
 * @param reason bits, as {@code pg_event_trigger_table_rewrite_reason()} has them
 */
public record TableRewrite(int table, int reason) {
  private static final int DEFAULT_VALUE = 2;
  private static final int COLUMN_TYPE = 4;

  /** Whether rows may have other values afterwards: a volatile default, or another type. */
  public boolean changesValues() {
    return (reason & (DEFAULT_VALUE | COLUMN_TYPE)) != 0;
  }
}
