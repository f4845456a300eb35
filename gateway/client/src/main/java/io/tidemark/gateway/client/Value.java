package io.tidemark.gateway.client;

import io.tidemark.postgres.change.RowChange;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A column's value that may not have come: PostgreSQL does not send a large (TOAST) value that an
 * update left as it was. That is not the same as null: whoever keeps the row must keep its value.
 *
 * @param <T> the value's type
 */
public final class Value<T> {
  private static final Value<?> UNCHANGED = new Value<>(null);

  private final T value;

  private Value(T value) {
    this.value = value;
  }

  /** A value that came; null is SQL NULL. */
  public static <T> Value<T> of(T value) {
    return new Value<>(value);
  }

  /** A value that is what it was. */
  @SuppressWarnings("unchecked") // it holds nothing
  public static <T> Value<T> unchanged() {
    return (Value<T>) UNCHANGED;
  }

  /** A column of the new row: unchanged if it did not come. */
  public static Value<Object> in(RowChange change, String column) {
    return change.isUnchanged(column) ? unchanged() : of(change.get(column));
  }

  /** Whether it is what it was, and so did not come. */
  @SuppressWarnings("ReferenceEquality") // there is one
  public boolean isUnchanged() {
    return this == UNCHANGED;
  }

  /**
   * The value; null if it is SQL NULL.
   *
   * @throws NoSuchElementException if it is unchanged
   */
  public T get() {
    if (isUnchanged()) {
      throw new NoSuchElementException(
          "the value was left unchanged and did not come; ask isUnchanged first");
    }
    return value;
  }

  /** The value, or this one, such as what is known from before, if it is unchanged. */
  public T orElse(T known) {
    return isUnchanged() ? known : value;
  }

  /** Does something with the value, or null, unless it is unchanged. */
  public void ifPresent(Consumer<? super T> action) {
    if (!isUnchanged()) {
      action.accept(value);
    }
  }

  @Override
  public boolean equals(Object o) {
    return this == o
        || (o instanceof Value<?> other
            && !isUnchanged()
            && !other.isUnchanged()
            && Objects.equals(value, other.value));
  }

  @Override
  public int hashCode() {
    return isUnchanged() ? 1 : Objects.hashCode(value);
  }

  /** Whether there is one: row data does not belong in logs. */
  @Override
  public String toString() {
    return isUnchanged() ? "Value[unchanged]" : "Value[" + (value == null ? "null" : "...") + "]";
  }
}
