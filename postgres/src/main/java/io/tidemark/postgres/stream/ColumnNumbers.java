package io.tidemark.postgres.stream;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The numbers of columns as DDL statements have told them, by table, and the key where the stream
 * does not tell it. The stream's own messages have names alone, and the catalog is of now: of a
 * column that was dropped and added again since, and of two that changed their names, it would have
 * the wrong one.
 */
final class ColumnNumbers {
  private final Map<Integer, TableSchema> tables = new HashMap<>();

  /** The table is so from here on. */
  void put(TableSchema schema) {
    tables.put(schema.oid(), schema);
  }

  /** The table is no more. */
  void remove(int oid) {
    tables.remove(oid);
  }

  /** A statement was not told: what is known may be out of date. */
  void forget() {
    tables.clear();
  }

  /**
   * A table as the stream has told it, with the numbers that statements have told.
   *
   * @param told with the catalog's numbers, which it keeps where no statement has told others
   */
  TableSchema number(TableSchema told) {
    TableSchema known = tables.get(told.oid());
    if (known == null || known.equals(told)) {
      return told;
    }
    List<Column> columns = new ArrayList<>();
    int former = 0;
    for (Column column : told.columns()) {
      Optional<Column> same = find(known, column);
      if (same.isEmpty() || same.get().number() <= former) {
        // A statement was not told.
        tables.remove(told.oid());
        return told;
      }
      former = same.get().number();
      columns.add(same.get());
    }
    return new TableSchema(told.oid(), told.name(), told.identity(), columns, key(told, known));
  }

  /**
   * Ordinals of the key. Under REPLICA IDENTITY FULL the stream does not tell it, and the catalog
   * has that of now, under which rows of before may have no value. Else the stream tells the
   * columns of the identity, and it is the catalog of now that makes a key of them: it may take
   * them for a part of a key that the table has got since.
   */
  private static int[] key(TableSchema told, TableSchema known) {
    boolean asTold = told.identity() == ReplicaIdentity.DEFAULT && told.hasKey();
    TableSchema of = known.identity() == told.identity() && !asTold ? known : told;
    int[] key = of.keyNames().stream().mapToInt(told::ordinal).sorted().toArray();
    // The whole row, where the key is not published.
    return key.length > 0 && key[0] < 0 ? new int[0] : key;
  }

  private static Optional<Column> find(TableSchema known, Column column) {
    int ordinal = known.ordinal(column.name());
    return ordinal < 0
        ? Optional.empty()
        : Optional.of(known.columns().get(ordinal)).filter(column::hasTypeOf);
  }
}
