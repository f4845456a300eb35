package io.tidemark.source.format;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer of immutable values that inline their schemas. Copying is free: {@code copy} returns
 * its argument. Input that cannot have been written is an {@link IOException}.
 *
 * @param <T> the values
 */
public abstract class RecordSerializer<T> extends TypeSerializer<T> {
  private final Class<T> type;
  private transient InlinedSchemas schemas;

  /** For subclasses, one for each type of values. */
  protected RecordSerializer(Class<T> type) {
    this.type = type;
  }

  /** Writes a value. */
  protected abstract void write(T value, DataOutputView out, InlinedSchemas schemas)
      throws IOException;

  /** Reads a value; may throw {@link IllegalArgumentException} for one that cannot be. */
  protected abstract T read(DataInputView in, InlinedSchemas schemas) throws IOException;

  private InlinedSchemas schemas() {
    if (schemas == null) {
      schemas = new InlinedSchemas();
    }
    return schemas;
  }

  @Override
  public final void serialize(T value, DataOutputView target) throws IOException {
    write(value, target, schemas());
  }

  @Override
  public final T deserialize(DataInputView source) throws IOException {
    try {
      return read(source, schemas());
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new IOException("a record that cannot be: " + e.getMessage(), e);
    }
  }

  @Override
  public final T deserialize(T reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public final void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public final T copy(T from) {
    return from;
  }

  @Override
  public final T copy(T from, T reuse) {
    return from;
  }

  @Override
  public final boolean isImmutableType() {
    return true;
  }

  /** None: the values have no default. */
  @Override
  public final T createInstance() {
    return null;
  }

  @Override
  public final int getLength() {
    return -1;
  }

  @Override
  public final boolean equals(Object o) {
    return o instanceof RecordSerializer<?> other && other.type.equals(type);
  }

  @Override
  public final int hashCode() {
    return type.hashCode();
  }
}
