package io.tidemark.postgres.stream;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.catalog.KeyRule;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.postgres.setup.RefusedException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether the rows of one table say which rows they are. What PostgreSQL sends of an old row is by
 * the replica identity of the physical table, the row's key by that of the table whose name it
 * carries; for a partition that is published via its root these are two tables. Which partition a
 * row is of is not sent, nor is the old row marked by the partition's identity.
 *
 * <p>So an old row is believed where it has all of the key, and where it may lack something only as
 * long as each partition that was told has an identity that suits. Not thread-safe.
 */
final class RowIdentities {
  private static final String BEGIN_ANEW =
      "drop the slot, start without the checkpoint, and dump the tables again";

  private final TableSchema schema;
  private final Set<String> columns;
  private final Set<String> key;

  /** The partitions that rows were told of, as last told, by oid. */
  private final Map<Integer, Relation> leaves = new LinkedHashMap<>();

  /** Those of them that send whole old rows, and those that send a part. */
  private final Set<Integer> whole = new HashSet<>();

  private final Set<Integer> inPart = new HashSet<>();

  /** Those whose old rows do not say which rows they are. */
  private final Map<Integer, Relation> unfit = new LinkedHashMap<>();

  /**
   * Of a table under these columns and this key.
   *
   * @param former of the same table, as it was before; null if it is new
   */
  RowIdentities(TableSchema schema, RowIdentities former) {
    this.schema = schema;
    this.columns =
        schema.columns().stream().map(Column::name).collect(Collectors.toUnmodifiableSet());
    this.key = Set.copyOf(schema.keyNames());
    if (former != null) {
      former.leaves.values().forEach(this::leaf);
    }
  }

  /** A partition's rows are told as rows of this table, from now on under this identity. */
  void leaf(Relation leaf) {
    int oid = leaf.oid();
    leaves.put(oid, leaf);
    whole.remove(oid);
    inPart.remove(oid);
    unfit.remove(oid);
    Set<String> sent = sent(leaf);
    if (leaf.identity() == ReplicaIdentity.FULL) {
      whole.add(oid);
    } else if (!sent.isEmpty()) {
      inPart.add(oid);
      if (!isFit(leaf, sent)) {
        unfit.put(oid, leaf);
      }
    }
  }

  private boolean isFit(Relation leaf, Set<String> sent) {
    // A column list picks columns of the partition by their numbers in the root: what is told of it
    // can be other columns than its rows are sent with, and then tells nothing.
    boolean says = key.isEmpty() || columns(leaf).equals(columns);
    return !says || KeyRule.tells(key, sent);
  }

  private static Set<String> columns(Relation table) {
    return table.columns().stream().map(RelationColumn::name).collect(Collectors.toSet());
  }

  private static Set<String> sent(Relation table) {
    return table.columns().stream()
        .filter(RelationColumn::identity)
        .map(RelationColumn::name)
        .collect(Collectors.toSet());
  }

  /**
   * Whether an old row is whole.
   *
   * @param marked whether it is marked as such, which is by the identity of the table whose name it
   *     carries
   */
  boolean isWhole(boolean marked) {
    return leaves.isEmpty() ? marked : !whole.isEmpty() && inPart.isEmpty();
  }

  /**
   * Looks at the old row of an update or a delete.
   *
   * @param old null if none was sent
   * @param isWhole as {@link #isWhole} has it; false if none was sent
   * @param lsn of the change
   * @throws RefusedException if it may be of another row than it seems to be
   */
  void check(Tuple old, boolean isWhole, long lsn) {
    if (schema.hasKey() && old != null) {
      if (!hasKey(old)) {
        throw schema.identity() == ReplicaIdentity.FULL && inPart.isEmpty()
            ? lateKey(lsn)
            : refused(lsn);
      }
    } else if (schema.hasKey() ? !unfit.isEmpty() : !isWhole) {
      throw refused(lsn);
    }
  }

  /**
   * Looks at a new row, which lacks a part of its key only if the key is of later than the row.
   *
   * @throws RefusedException if it does
   */
  void checkNew(Tuple row, long lsn) {
    if (schema.identity() == ReplicaIdentity.FULL && hasNullInKey(row)) {
      throw lateKey(lsn);
    }
  }

  private boolean hasNullInKey(Tuple row) {
    for (int i = 0; i < schema.keySize(); i++) {
      if (row.isNull(schema.keyColumn(i))) {
        return true;
      }
    }
    return false;
  }

  /** Whether an old row has all of the key. */
  private boolean hasKey(Tuple old) {
    for (int i = 0; i < schema.keySize(); i++) {
      if (old.valueLength(schema.keyColumn(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  private RefusedException lateKey(long lsn) {
    return new RefusedException(
        ("a row of %s at LSN %s has no value in its key %s, which the table must have got after"
                + " that: %s")
            .formatted(schema.name(), Lsn.format(lsn), schema.keyNames(), BEGIN_ANEW));
  }

  private RefusedException refused(long lsn) {
    Relation leaf = unfit.isEmpty() ? null : unfit.values().iterator().next();
    TableName culprit = leaf == null ? schema.name() : new TableName(leaf.namespace(), leaf.name());
    return new RefusedException(
        ("which row of %s was changed at LSN %s is not in the stream: the key is %s, and the replica"
                + " identity of %s %s. ALTER TABLE %s REPLICA IDENTITY FULL; what was written before"
                + " that remains unknown: %s")
            .formatted(
                schema.name(),
                Lsn.format(lsn),
                key.isEmpty() ? "the whole row" : schema.keyNames(),
                culprit,
                leaf == null ? "had not all of it" : "is " + sent(leaf),
                culprit.quoted(),
                BEGIN_ANEW));
  }
}
