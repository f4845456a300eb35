package io.tidemark.gateway.pgcapture;

import io.tidemark.gateway.event.WireBuffer;
import io.tidemark.gateway.wire.pgcapture.Change;
import io.tidemark.gateway.wire.pgcapture.Field;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.RowChange;

/**
 * Encodes the changes of one table as pgcapture's {@link Change}, straight from PostgreSQL's bytes:
 * for any sink that writes what pgcapture's readers read. There is no way back: pgcapture's form
 * has neither a table's oid and key nor its types' modifiers.
 *
 * <p>A value is binary, or text where it was sent so. NULL is a field without a value, unchanged
 * TOAST no field. Of an old key only the columns that are not null are there, of an old row all.
 *
 * <p>Thread-safe: it is the buffer that is not.
 */
public final class ChangeEncoder {
  private static final int NEW = Change.NEW_FIELD_NUMBER;
  private static final int OLD = Change.OLD_FIELD_NUMBER;

  private final TableSchema schema;

  /** Each column's name and oid, as a field starts. */
  private final byte[][] columns;

  /** The schema's and the table's name. */
  private final byte[] table;

  /** For changes of the table with exactly this schema. */
  public ChangeEncoder(TableSchema schema) {
    this.schema = schema;
    this.columns = new byte[schema.columns().size()][];
    for (int i = 0; i < columns.length; i++) {
      Column column = schema.columns().get(i);
      columns[i] =
          Field.newBuilder()
              .setName(column.name())
              .setOid(column.type().oid())
              .build()
              .toByteArray();
    }
    this.table =
        Change.newBuilder()
            .setSchema(schema.name().schema())
            .setTable(schema.name().name())
            .build()
            .toByteArray();
  }

  /**
   * Puts a change of the table.
   *
   * @throws IllegalArgumentException if it is of another schema
   */
  public void put(RowChange change, WireBuffer to) {
    if (!change.schema().equals(schema)) {
      throw new IllegalArgumentException(
          change + " is not of the schema that was to be encoded: " + schema.name());
    }
    switch (change.op()) {
      case INSERT -> insert(change.newTuple(), to);
      case READ, UPDATE -> update(change.newTuple(), change.oldTuple(), to);
      case DELETE -> delete(change.oldTuple(), to);
    }
  }

  TableName table() {
    return schema.name();
  }

  /** How many columns each tuple must have. */
  int columns() {
    return columns.length;
  }

  /** A row that was inserted. */
  void insert(Tuple row, WireBuffer to) {
    putRow(row, to);
    putChange(Change.Operation.INSERT, to);
  }

  /**
   * A row that was updated, or read by a dump.
   *
   * @param old the old key or the old row; null if there is neither
   */
  void update(Tuple row, Tuple old, WireBuffer to) {
    putOld(old, to);
    putRow(row, to);
    putChange(Change.Operation.UPDATE, to);
  }

  /**
   * A row that was deleted.
   *
   * @param old its key or all of it
   */
  void delete(Tuple old, WireBuffer to) {
    putOld(old, to);
    putChange(Change.Operation.DELETE, to);
  }

  private void putChange(Change.Operation operation, WireBuffer to) {
    to.put(table);
    to.putNumber(Change.OP_FIELD_NUMBER, operation.getNumber());
  }

  /** What is not null of the old key or row: a null there says nothing to clients. */
  private void putOld(Tuple old, WireBuffer to) {
    if (old == null) {
      return;
    }
    for (int i = columns.length - 1; i >= 0; i--) {
      if (old.valueLength(i) >= 0) {
        putField(OLD, old, i, to);
      }
    }
  }

  /** All columns, from the last to the first. */
  private void putRow(Tuple row, WireBuffer to) {
    for (int i = columns.length - 1; i >= 0; i--) {
      if (!row.isUnchanged(i)) {
        putField(NEW, row, i, to);
      }
    }
  }

  private void putField(int member, Tuple row, int i, WireBuffer to) {
    int before = to.size();
    int length = row.valueLength(i);
    if (length >= 0) {
      int after = to.size();
      to.put(row.array(), row.valueOffset(i), length);
      to.putHeader(
          row.isText(i, schema.columns().get(i).type())
              ? Field.TEXT_FIELD_NUMBER
              : Field.BINARY_FIELD_NUMBER,
          after);
    }
    to.put(columns[i]);
    to.putHeader(member, before);
  }
}
