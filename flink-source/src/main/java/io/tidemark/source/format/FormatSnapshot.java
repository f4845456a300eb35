package io.tidemark.source.format;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What Flink stores beside our records: the version of their format, and nothing else. Version 1 is
 * the first of each format; what an older version wrote reads the same, and one that is not known
 * is refused.
 *
 * @param <T> the values
 */
public abstract class FormatSnapshot<T> implements TypeSerializerSnapshot<T> {
  private final int newest;

  /**
   * For subclasses, which need a public constructor without arguments.
   *
   * @param newest the version that is written
   */
  protected FormatSnapshot(int newest) {
    this.newest = newest;
  }

  @Override
  public final int getCurrentVersion() {
    return newest;
  }

  @Override
  public final void writeSnapshot(DataOutputView out) {}

  @Override
  public final void readSnapshot(int version, DataInputView in, ClassLoader loader)
      throws IOException {
    if (version < 1 || version > newest) {
      throw new IOException(
          getClass().getName() + " knows versions 1 to " + newest + ", the state has " + version);
    }
  }

  @Override
  public abstract TypeSerializer<T> restoreSerializer();

  @Override
  public final TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializerSnapshot<T> old) {
    return old.getClass() == getClass()
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
