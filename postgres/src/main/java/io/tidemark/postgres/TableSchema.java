package io.tidemark.postgres;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A table as its rows are captured: the published columns in order, and which of them are the key.
 * Equal schemas describe interchangeable rows, whether they came from the stream or from a dump.
 *
 * <p>The key is the primary key if the replica identity holds it (also under REPLICA IDENTITY
 * FULL), else the identity columns; it is empty if there is neither: then the whole row is the key.
 */
public final class TableSchema implements Serializable {
  private final int oid;
  private final TableName name;
  private final ReplicaIdentity identity;

  @SuppressWarnings("serial") // List.copyOf gives a serializable list
  private final List<Column> columns;

  private final int[] key;

  @SuppressWarnings("serial") // a HashMap
  private final Map<String, Integer> ordinals;

  /**
   * 0 until it is asked for. Never leaves this process: that of an enum constant is another one in
   * each.
   */
  private transient int hash;

  /** {@code pg_class.relreplident}. */
  public enum ReplicaIdentity {
    DEFAULT('d'),
    NOTHING('n'),
    FULL('f'),
    INDEX('i');

    private final char code;

    ReplicaIdentity(char code) {
      this.code = code;
    }

    /** The letter that PostgreSQL has for it. */
    public char code() {
      return code;
    }

    /**
     * The identity for PostgreSQL's letter.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ReplicaIdentity of(char code) {
      for (ReplicaIdentity identity : values()) {
        if (identity.code == code) {
          return identity;
        }
      }
      throw new IllegalArgumentException("no replica identity has the code '" + code + "'");
    }
  }

  /**
   * @param oid the table's oid (of the root, where a partition is published via its root)
   * @param name the name that its rows carry
   * @param identity its replica identity
   * @param columns the published columns, in {@code attnum} order
   * @param key ordinals into {@code columns}, ascending; empty if the whole row is the key
   */
  public TableSchema(
      int oid, TableName name, ReplicaIdentity identity, List<Column> columns, int... key) {
    this.oid = oid;
    this.name = Objects.requireNonNull(name, "name");
    this.identity = Objects.requireNonNull(identity, "identity");
    this.columns = List.copyOf(columns);
    this.key = key.clone();
    for (int i = 0; i < key.length; i++) {
      if (key[i] < 0 || key[i] >= columns.size() || (i > 0 && key[i] <= key[i - 1])) {
        throw new IllegalArgumentException(
            "key " + Arrays.toString(key) + " of " + name + " with " + columns.size() + " columns");
      }
    }
    this.ordinals = new HashMap<>();
    for (int i = 0; i < this.columns.size(); i++) {
      ordinals.putIfAbsent(this.columns.get(i).name(), i);
    }
  }

  public int oid() {
    return oid;
  }

  public TableName name() {
    return name;
  }

  public ReplicaIdentity identity() {
    return identity;
  }

  public List<Column> columns() {
    return columns;
  }

  /** Whether some columns identify a row; if not, the whole row is its key. */
  public boolean hasKey() {
    return key.length > 0;
  }

  /** How many columns the key has. */
  public int keySize() {
    return key.length;
  }

  /** The ordinal of the key's {@code i}-th column. */
  public int keyColumn(int i) {
    return key[i];
  }

  /** Whether the column of this ordinal is part of the key. */
  public boolean isKey(int ordinal) {
    return Arrays.binarySearch(key, ordinal) >= 0;
  }

  /** The names of the key's columns. */
  public List<String> keyNames() {
    return Arrays.stream(key).mapToObj(ordinal -> columns.get(ordinal).name()).toList();
  }

  /** Whether keys of the one are keys of the other: of the same columns, with the same types. */
  public boolean hasKeyOf(TableSchema other) {
    List<Column> ours = keyColumns();
    List<Column> theirs = other.keyColumns();
    return ours.size() == theirs.size()
        && IntStream.range(0, ours.size())
            .allMatch(
                i -> ours.get(i).isSame(theirs.get(i)) && ours.get(i).hasTypeOf(theirs.get(i)));
  }

  private List<Column> keyColumns() {
    return hasKey() ? Arrays.stream(key).mapToObj(columns::get).toList() : columns;
  }

  /**
   * The column that is the same as one of another schema of the table: see {@link Column#isSame}.
   */
  public Optional<Column> find(Column column) {
    return columns.stream().filter(column::isSame).findFirst();
  }

  /**
   * Whether they are equal but for numbers of columns that one of them does not know, so that rows
   * of the one are rows of the other.
   */
  public boolean matches(TableSchema other) {
    return equals(other)
        || (oid == other.oid
            && identity == other.identity
            && name.equals(other.name)
            && Arrays.equals(key, other.key)
            && columns.size() == other.columns.size()
            && IntStream.range(0, columns.size())
                .allMatch(i -> columns.get(i).matches(other.columns.get(i))));
  }

  /** Whether the number of each column is known. */
  public boolean isNumbered() {
    return columns.stream().allMatch(column -> column.number() != 0);
  }

  /** The same table with as many other columns. */
  public TableSchema withColumns(List<Column> others) {
    return new TableSchema(oid, name, identity, others, key);
  }

  /** The same table under another name. */
  public TableSchema named(TableName other) {
    return new TableSchema(oid, other, identity, columns, key);
  }

  /** The ordinal of a column, or -1. */
  public int ordinal(String column) {
    Integer ordinal = ordinals.get(column);
    return ordinal == null ? -1 : ordinal;
  }

  @Override
  public boolean equals(Object o) {
    return this == o
        || (o instanceof TableSchema other
            && hashCode() == other.hashCode()
            && oid == other.oid
            && identity == other.identity
            && name.equals(other.name)
            && columns.equals(other.columns)
            && Arrays.equals(key, other.key));
  }

  @Override
  public int hashCode() {
    int known = hash;
    if (known == 0) {
      known = Objects.hash(oid, name, identity, columns) * 31 + Arrays.hashCode(key);
      hash = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return name + " (oid " + oid + ", " + columns.size() + " columns)";
  }
}
