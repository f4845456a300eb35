package io.tidemark.postgres.types;

import java.util.AbstractList;
import java.util.RandomAccess;

/**
 * A PostgreSQL array as a list that cannot be changed; elements may be null. If it has several
 * dimensions, the elements are arrays in turn, all of one size. An empty array has no dimensions.
 *
 * <p>Indexes of the list begin at 0. In PostgreSQL they begin at {@link #lowerBound}, which is
 * nearly always 1; it does not take part in {@link #equals}, which is that of any list.
 */
public final class PgArray extends AbstractList<Object> implements RandomAccess {
  static final PgArray EMPTY = new PgArray(1);

  private final int lowerBound;
  private final Object[] elements;

  PgArray(int lowerBound, Object... elements) {
    this.lowerBound = lowerBound;
    this.elements = elements;
  }

  /** The index that the first element has in PostgreSQL. */
  public int lowerBound() {
    return lowerBound;
  }

  @Override
  public Object get(int index) {
    return elements[index];
  }

  @Override
  public int size() {
    return elements.length;
  }
}
