package io.tidemark.postgres.types;

import io.tidemark.postgres.PgType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values made of values. */
final class Containers {
  private static final int MAX_DIMENSIONS = 6;

  private static final int RANGE_EMPTY = 0x01;
  private static final int LOWER_INCLUSIVE = 0x02;
  private static final int UPPER_INCLUSIVE = 0x04;
  private static final int LOWER_INFINITE = 0x08;
  private static final int UPPER_INFINITE = 0x10;
  private static final int RANGE_FLAGS = 0x1F;

  private Containers() {}

  /**
   * Number of dimensions, whether there are nulls, the element type's oid; for each dimension its
   * size and lower bound; then the elements, each after its length.
   */
  static PgArray array(ValueReader in) {
    int dimensions = in.int32();
    in.int32();
    in.int32();
    if (dimensions == 0) {
      in.expectEnd();
      return PgArray.EMPTY;
    }
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw in.malformed("it claims " + dimensions + " dimensions");
    }
    int[] sizes = new int[dimensions];
    int[] lowerBounds = new int[dimensions];
    long elements = 1;
    for (int i = 0; i < dimensions; i++) {
      sizes[i] = in.int32();
      lowerBounds[i] = in.int32();
      // Each element takes four bytes at least, so no claim is believed beyond what is there.
      boolean fits = sizes[i] > 0 || (sizes[i] == 0 && dimensions == 1); // an empty int2vector
      if (!fits || (elements *= sizes[i]) > in.length() / 4) {
        throw in.malformed("dimension " + (i + 1) + " claims " + sizes[i] + " elements");
      }
    }
    PgArray array = dimension(in, sizes, lowerBounds, 0);
    in.expectEnd();
    return array;
  }

  private static PgArray dimension(ValueReader in, int[] sizes, int[] lowerBounds, int depth) {
    Object[] elements = new Object[sizes[depth]];
    for (int i = 0; i < elements.length; i++) {
      if (depth + 1 < sizes.length) {
        elements[i] = dimension(in, sizes, lowerBounds, depth + 1);
      } else {
        int length = in.partLength(true);
        elements[i] = length < 0 ? null : in.part(length, in.type().inner());
      }
    }
    return new PgArray(lowerBounds[depth], elements);
  }

  /** Number of fields; for each the type's oid, its length and value. */
  static Composite composite(ValueReader in) {
    int count = in.count(8);
    List<Composite.Field> fields = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      PgType type = field(in.type(), in.int32());
      int length = in.partLength(true);
      fields.add(new Composite.Field(type, length < 0 ? null : in.part(length, type)));
    }
    in.expectEnd();
    return new Composite(fields);
  }

  private static PgType field(PgType composite, int oid) {
    for (PgType field : composite.fields()) {
      if (field.oid() == oid) {
        return field;
      }
    }
    PgType builtIn = BuiltinTypes.find(oid);
    return builtIn != null ? builtIn : TypeCatalog.unknown(oid);
  }

  /** Flags, then the bounds that exist, each after its length. */
  static Range range(ValueReader in) {
    Range range = rangePart(in);
    in.expectEnd();
    return range;
  }

  /** Number of ranges; for each its length and value. */
  static List<Range> multirange(ValueReader in) {
    int count = in.count(5);
    List<Range> ranges = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int end = in.partLength(false);
      end = in.remaining() - end;
      ranges.add(rangePart(in));
      if (in.remaining() != end) {
        throw in.malformed("range " + (i + 1) + " in it is of another length than it claims");
      }
    }
    in.expectEnd();
    return Collections.unmodifiableList(ranges);
  }

  private static Range rangePart(ValueReader in) {
    int flags = in.uint8();
    if ((flags & ~RANGE_FLAGS) != 0) {
      throw in.malformed("it has unknown flags");
    }
    if ((flags & RANGE_EMPTY) != 0) {
      return Range.EMPTY;
    }
    boolean lowerInfinite = (flags & LOWER_INFINITE) != 0;
    boolean upperInfinite = (flags & UPPER_INFINITE) != 0;
    Object lower = lowerInfinite ? null : bound(in);
    Object upper = upperInfinite ? null : bound(in);
    return new Range(
        lower,
        upper,
        !lowerInfinite && (flags & LOWER_INCLUSIVE) != 0,
        !upperInfinite && (flags & UPPER_INCLUSIVE) != 0,
        false);
  }

  private static Object bound(ValueReader in) {
    return in.part(in.partLength(false), in.type().inner());
  }

  /** Number of pairs; for each the key after its length, the value after its own. */
  static Map<String, String> hstore(ValueReader in) {
    int count = in.count(8);
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String key = in.text(in.partLength(false));
      int length = in.partLength(true);
      pairs.put(key, length < 0 ? null : in.text(length));
    }
    in.expectEnd();
    return Collections.unmodifiableMap(pairs);
  }
}
