package io.tidemark.source.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;

/** What the tests of all serializers do. */
public final class Bytes {
  /** Field by field, but tuples and schemas by what they hold, not by what they have cached. */
  public static final RecursiveComparisonConfiguration BY_FIELDS =
      RecursiveComparisonConfiguration.builder()
          .withEqualsForType(Tuple::equals, Tuple.class)
          .withEqualsForType(TableSchema::equals, TableSchema.class)
          .withEqualsForType(RowKey::equals, RowKey.class)
          .build();

  private Bytes() {}

  /** The value's bytes. */
  public static <T> byte[] of(TypeSerializer<T> serializer, T value) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(value, out);
    return out.getCopyOfBuffer();
  }

  /** As {@link #of}, for streams of values. */
  public static <T> byte[] written(TypeSerializer<T> serializer, T value) {
    try {
      return of(serializer, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The value that has exactly these bytes. */
  public static <T> T read(TypeSerializer<T> serializer, byte[] bytes) throws IOException {
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    T value = serializer.deserialize(in);
    assertThat(in.available()).as("bytes left").isZero();
    return value;
  }

  /** Bytes from groups of hexadecimal digits. */
  public static byte[] hex(String... groups) {
    return HexFormat.of().parseHex(String.join("", groups).replace(" ", ""));
  }

  /** Text as its length and UTF-8, in hexadecimal digits. */
  public static String text(String text) {
    byte[] utf8 = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return String.format("%08x", utf8.length) + HexFormat.of().formatHex(utf8);
  }

  /** Text as {@link java.io.DataOutput#writeUTF} has it, in hexadecimal digits. */
  public static String utf(String ascii) {
    return text(ascii).substring(4);
  }

  /**
   * Reads the bytes cut short and with bytes changed: nothing but an IOException may come of it.
   */
  public static <T> void corrupt(TypeSerializer<T> serializer, byte[] bytes, Random random) {
    for (int round = 0; round < 50; round++) {
      byte[] wrong =
          Arrays.copyOf(
              bytes, random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length);
      for (int flips = random.nextInt(3); flips >= 0 && wrong.length > 0; flips--) {
        wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
      }
      try {
        serializer.duplicate().deserialize(new DataInputDeserializer(wrong));
      } catch (IOException expected) {
        assertThat(expected).isNotNull();
      } catch (RuntimeException e) {
        fail("not an IOException", e);
      }
    }
  }

  /**
   * Reads a fuzz test's input, from memory and from a stream: both give a value that is written and
   * read again as the same, or an IOException.
   */
  public static <T> void readAnything(TypeSerializer<T> serializer, byte[] input)
      throws IOException {
    byte[] fromMemory = rewritten(serializer, new DataInputDeserializer(input));
    byte[] fromStream =
        rewritten(
            serializer.duplicate(),
            new DataInputViewStreamWrapper(new ByteArrayInputStream(input)));
    assertThat(fromStream).isEqualTo(fromMemory);
    if (fromMemory != null) {
      assertThat(of(serializer, read(serializer.duplicate(), fromMemory))).isEqualTo(fromMemory);
    }
  }

  /** Null if it cannot be read. */
  private static <T> byte[] rewritten(TypeSerializer<T> serializer, DataInputView in)
      throws IOException {
    T value;
    try {
      value = serializer.deserialize(in);
    } catch (IOException e) {
      return null;
    }
    return of(serializer, value);
  }

  /** As {@link #readAnything(TypeSerializer, byte[])}, of what has to be read to its end. */
  public static <T> void readAnything(SimpleVersionedSerializer<T> serializer, byte[] input)
      throws IOException {
    T value;
    try {
      value = serializer.deserialize(serializer.getVersion(), input);
    } catch (IOException e) {
      return;
    }
    byte[] written = serializer.serialize(value);
    T again = serializer.deserialize(serializer.getVersion(), written);
    assertThat(serializer.serialize(again)).isEqualTo(written);
  }
}
