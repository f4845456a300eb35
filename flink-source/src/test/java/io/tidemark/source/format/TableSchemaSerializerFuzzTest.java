package io.tidemark.source.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.postgres.TableSchema;
import io.tidemark.source.lane.RandomRecords;
import java.io.IOException;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes are a schema, which can be written again and inlined, or an {@link IOException}. */
class TableSchemaSerializerFuzzTest {
  static Stream<byte[]> seeds() {
    return LongStream.range(0, 40)
        .mapToObj(seed -> TableSchemaSerializer.toBytes(new RandomRecords(seed).schema()));
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreASchemaOrAnIoException(byte[] input) throws IOException {
    TableSchema schema;
    try {
      schema = TableSchemaSerializer.fromBytes(input);
    } catch (IOException e) {
      assertNotInlined(input);
      return;
    }
    byte[] written = TableSchemaSerializer.toBytes(schema);
    assertThat(TableSchemaSerializer.fromBytes(written)).isEqualTo(schema);
    DataOutputSerializer out = new DataOutputSerializer(64);
    InlinedSchemas schemas = new InlinedSchemas();
    schemas.write(schema, out);
    schemas.write(schema, out);
    DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    TableSchema read = schemas.read(in);
    assertThat(read).isEqualTo(schema);
    assertThat(schemas.read(in)).isSameAs(read);
    assertThat(in.available()).isZero();
  }

  private static void assertNotInlined(byte[] input) {
    try {
      new InlinedSchemas().read(new DataInputDeserializer(input));
    } catch (IOException e) {
      return;
    }
    throw new AssertionError("a schema whose fingerprint was guessed");
  }
}
