package io.tidemark.postgres;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Takes the key out of a table's rows, whatever their layout.
 *
 * <p>The bytes of a {@link RowKey} are themselves a tuple in the COPY layout (see {@link Tuple}) of
 * the key columns alone, or of all columns if the schema has no key: {@link #tuple} reads them
 * back. Values whose type has several binary forms for equal values are brought into one, which is
 * again a valid binary form of that type: {@code numeric} loses leading and trailing zeros (dscale
 * is the least that holds the digits), {@code bpchar} trailing spaces, and of {@code float4} and
 * {@code float8} all NaNs become one and -0 becomes 0; also where such a type is the base of a
 * domain. Any other value is its bytes. That is finer than PostgreSQL's equality for a few types
 * (citext, interval, collations that are not deterministic, numeric within arrays or ranges), which
 * is safe: PostgreSQL reports an update between two such values with its old key, as a move.
 *
 * <p>Immutable, for use by any thread.
 */
public final class KeyExtractor {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int FLOAT4 = 700;
  private static final int FLOAT8 = 701;
  private static final int BPCHAR = 1042;
  private static final int NUMERIC = 1700;

  /** The largest dscale: no numeric has more decimal places. */
  private static final int MAX_SCALE = 0x3FFF;

  /** How a value becomes part of the key. */
  private enum Form {
    RAW,
    FLOAT4,
    FLOAT8,
    BPCHAR,
    NUMERIC
  }

  private final TableSchema schema;
  private final int[] columns;
  private final PgType[] types;
  private final Form[] forms;

  /** Makes the extractor for rows of this schema. */
  public KeyExtractor(TableSchema schema) {
    this.schema = schema;
    int count = schema.hasKey() ? schema.keySize() : schema.columns().size();
    this.columns = new int[count];
    this.types = new PgType[count];
    this.forms = new Form[count];
    for (int i = 0; i < count; i++) {
      columns[i] = schema.hasKey() ? schema.keyColumn(i) : i;
      types[i] = schema.columns().get(columns[i]).type();
      forms[i] = form(types[i]);
    }
  }

  /**
   * The key of a row that has all its key columns, such as one read by a dump or an old key.
   *
   * @throws IllegalStateException if a key column is unchanged TOAST, or the tuple does not fit the
   *     schema
   */
  public RowKey key(Tuple tuple) {
    return key(tuple, null);
  }

  /**
   * The key of the new row of a change. A key column that is unchanged TOAST therein is taken from
   * the old key or the old row, which is sent whenever that happens.
   *
   * @param oldTuple the change's old key or old row; null if there is none
   * @throws IllegalStateException if a key column is in neither, or a tuple does not fit the schema
   */
  public RowKey key(Tuple newTuple, Tuple oldTuple) {
    newTuple.requireColumns(schema);
    if (plainColumn() >= 0 && newTuple.valueLength(columns[0]) >= 0) {
      return singleKey(newTuple);
    }
    int size = 2 + 4 * columns.length;
    for (int i = 0; i < columns.length; i++) {
      size += Math.max(0, holder(newTuple, oldTuple, i).valueLength(columns[i]));
    }
    byte[] key = new byte[size];
    key[0] = (byte) (columns.length >> 8);
    key[1] = (byte) columns.length;
    int end = 2;
    for (int i = 0; i < columns.length; i++) {
      end = put(key, end, holder(newTuple, oldTuple, i), i);
    }
    return new RowKey(end == size ? key : Arrays.copyOf(key, end));
  }

  /** How long the values of the key columns are together, as far as the tuple has them. */
  public int keyLength(Tuple tuple) {
    int length = 0;
    for (int column : columns) {
      length += Math.max(0, tuple.valueLength(column));
    }
    return length;
  }

  /**
   * Whether the new row of a change has the key that the old one has: if not, the row moved. The
   * same as comparing {@code key(newTuple, oldTuple)} with {@code key(oldTuple)}, but free of
   * allocation as long as the bytes are equal.
   *
   * @throws IllegalStateException as {@link #key(Tuple, Tuple)}
   */
  public boolean sameKey(Tuple newTuple, Tuple oldTuple) {
    return sameKeyBytes(newTuple, oldTuple) || key(newTuple, oldTuple).equals(key(oldTuple));
  }

  /**
   * Whether the key columns of the new row are those of the old one, byte for byte, so that the old
   * one says nothing new. Less than {@link #sameKey}: 1.0 and 1.00 are one key.
   *
   * @throws IllegalStateException if a tuple does not fit the schema
   */
  public boolean sameKeyBytes(Tuple newTuple, Tuple oldTuple) {
    newTuple.requireColumns(schema);
    oldTuple.requireColumns(schema);
    for (int column : columns) {
      if (!newTuple.isUnchanged(column) && !sameBytes(newTuple, oldTuple, column)) {
        return false;
      }
    }
    return true;
  }

  /**
   * A key's values: column {@code i} is the schema's {@code i}-th key column, or its {@code i}-th
   * column if it has no key. Values of types without a binary form are text, as in any tuple in the
   * COPY layout.
   */
  public Tuple tuple(RowKey key) {
    return new Tuple(key.array(), 0, key.array().length, Tuple.Layout.COPY);
  }

  /**
   * The lane of a key, out of {@code lanes}. State is kept by lane, so this must never change for a
   * key, whatever else does: {@code KeyExtractorTest} has golden values.
   */
  public static int lane(RowKey key, int lanes) {
    return lane(key.hashCode(), lanes);
  }

  /** The lane of the key with this hash: see {@link KeyHasher}. */
  public static int lane(int hash, int lanes) {
    return (int) (((hash & 0xFFFF_FFFFL) * lanes) >>> 32);
  }

  /** The key's column, if it is a single one whose values are taken as they are; else -1. */
  int plainColumn() {
    return columns.length == 1 && forms[0] == Form.RAW ? columns[0] : -1;
  }

  /** What {@link #key} does, for the key that nearly every table has. */
  private RowKey singleKey(Tuple tuple) {
    byte[] key = new byte[6 + tuple.valueLength(columns[0])];
    key[1] = 1;
    put(key, 2, tuple, 0);
    return new RowKey(key);
  }

  private Tuple holder(Tuple newTuple, Tuple oldTuple, int i) {
    if (!newTuple.isUnchanged(columns[i])) {
      return newTuple;
    }
    if (oldTuple != null) {
      oldTuple.requireColumns(schema);
      if (oldTuple.valueLength(columns[i]) >= 0) {
        return oldTuple;
      }
    }
    throw new IllegalStateException(
        "a row of "
            + schema.name()
            + " lacks its key column "
            + schema.columns().get(columns[i]).name()
            + ": it is unchanged TOAST, and "
            + (oldTuple == null ? "there is no old key" : "the old key lacks it too"));
  }

  private int put(byte[] key, int at, Tuple tuple, int i) {
    int length = tuple.valueLength(columns[i]);
    if (length < 0) {
      INT.set(key, at, -1);
      return at + 4;
    }
    if (tuple.isText(columns[i], types[i]) == types[i].binary()
        && types[i].kind() != PgType.Kind.UNKNOWN) {
      throw unfit(i, types[i].binary() ? "was sent as text" : "was sent in binary");
    }
    byte[] from = tuple.array();
    int start = tuple.valueOffset(columns[i]);
    int put =
        switch (forms[i]) {
          case RAW -> putRaw(key, at + 4, from, start, length);
          case FLOAT4 -> putFloat4(key, at + 4, from, start, length, i);
          case FLOAT8 -> putFloat8(key, at + 4, from, start, length, i);
          case BPCHAR -> putBpchar(key, at + 4, from, start, length);
          case NUMERIC -> putNumeric(key, at + 4, from, start, length, i);
        };
    INT.set(key, at, put);
    return at + 4 + put;
  }

  private static int putRaw(byte[] key, int at, byte[] from, int start, int length) {
    if (length == 8) {
      LONG.set(key, at, (long) LONG.get(from, start));
    } else {
      System.arraycopy(from, start, key, at, length);
    }
    return length;
  }

  private static int putBpchar(byte[] key, int at, byte[] from, int start, int length) {
    int end = start + length;
    while (end > start && from[end - 1] == ' ') {
      end--;
    }
    return putRaw(key, at, from, start, end - start);
  }

  private int putFloat4(byte[] key, int at, byte[] from, int start, int length, int i) {
    if (length != 4) {
      throw unfit(i, "has " + length + " bytes");
    }
    float value = Float.intBitsToFloat((int) INT.get(from, start));
    INT.set(key, at, value == 0 ? 0 : Float.floatToIntBits(value));
    return 4;
  }

  private int putFloat8(byte[] key, int at, byte[] from, int start, int length, int i) {
    if (length != 8) {
      throw unfit(i, "has " + length + " bytes");
    }
    double value = Double.longBitsToDouble((long) LONG.get(from, start));
    LONG.set(key, at, value == 0 ? 0L : Double.doubleToLongBits(value));
    return 8;
  }

  /** The form: number of base-10000 digits, weight of the first, sign, dscale, digits. */
  private int putNumeric(byte[] key, int at, byte[] from, int start, int length, int i) {
    int digits = length < 8 ? -1 : int16(from, start);
    if (digits < 0 || length != 8 + 2 * digits) {
      throw unfit(i, "has " + length + " bytes");
    }
    int first = 0;
    while (first < digits && int16(from, start + 8 + 2 * first) == 0) {
      first++;
    }
    int last = digits - 1;
    while (last > first && int16(from, start + 8 + 2 * last) == 0) {
      last--;
    }
    int kept = Math.max(0, last - first + 1);
    int sign = int16(from, start + 4);
    boolean number = sign == 0 || sign == 0x4000;
    int weight = kept == 0 ? 0 : (short) int16(from, start + 2) - first;
    put16(key, at, kept);
    put16(key, at + 2, weight);
    put16(key, at + 4, kept == 0 && number ? 0 : sign);
    int scale = kept == 0 ? 0 : 4 * (kept - weight - 1) - zeros(int16(from, start + 8 + 2 * last));
    if (scale > MAX_SCALE) {
      throw unfit(i, "has " + scale + " decimal places");
    }
    put16(key, at + 6, Math.max(0, scale));
    System.arraycopy(from, start + 8 + 2 * first, key, at + 8, 2 * kept);
    return 8 + 2 * kept;
  }

  /** How many decimal zeros a base-10000 digit other than 0 ends in. */
  private static int zeros(int digit) {
    return digit % 10 != 0 ? 0 : digit % 100 != 0 ? 1 : digit % 1000 != 0 ? 2 : 3;
  }

  private IllegalStateException unfit(int i, String problem) {
    return new IllegalStateException(
        "key column "
            + schema.columns().get(columns[i]).name()
            + " of "
            + schema.name()
            + ", of type "
            + types[i].name()
            + ", "
            + problem);
  }

  private static boolean sameBytes(Tuple left, Tuple right, int column) {
    int length = left.valueLength(column);
    if (length != right.valueLength(column)) {
      return false;
    }
    int leftStart = left.valueOffset(column);
    int rightStart = right.valueOffset(column);
    return length < 0
        || Arrays.equals(
            left.array(),
            leftStart,
            leftStart + length,
            right.array(),
            rightStart,
            rightStart + length);
  }

  private static Form form(PgType type) {
    if (!type.binary()) {
      return Form.RAW;
    }
    return switch (type.underlying().oid()) {
      case FLOAT4 -> Form.FLOAT4;
      case FLOAT8 -> Form.FLOAT8;
      case BPCHAR -> Form.BPCHAR;
      case NUMERIC -> Form.NUMERIC;
      default -> Form.RAW;
    };
  }

  private static int int16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
  }

  private static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >> 8);
    bytes[at + 1] = (byte) value;
  }
}
