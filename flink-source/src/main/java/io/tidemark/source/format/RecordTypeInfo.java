package io.tidemark.source.format;

import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * Type information of values that Flink is to take as a whole, with a serializer of their own.
 *
 * @param <T> the values
 */
public abstract class RecordTypeInfo<T> extends TypeInformation<T> {
  private final Class<T> type;

  /** For subclasses, one for each type of values. */
  protected RecordTypeInfo(Class<T> type) {
    this.type = type;
  }

  @Override
  public final boolean isBasicType() {
    return false;
  }

  @Override
  public final boolean isTupleType() {
    return false;
  }

  @Override
  public final int getArity() {
    return 1;
  }

  @Override
  public final int getTotalFields() {
    return 1;
  }

  @Override
  public final Class<T> getTypeClass() {
    return type;
  }

  @Override
  public final boolean isKeyType() {
    return false;
  }

  @Override
  public final String toString() {
    return type.getSimpleName();
  }

  @Override
  public final boolean equals(Object o) {
    return o instanceof RecordTypeInfo<?> other && other.canEqual(this);
  }

  @Override
  public final int hashCode() {
    return type.hashCode();
  }

  @Override
  public final boolean canEqual(Object o) {
    return o instanceof RecordTypeInfo<?> other && other.type == type;
  }
}
