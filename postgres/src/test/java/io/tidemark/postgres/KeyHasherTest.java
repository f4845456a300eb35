package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyHasherTest {
  private static final PgType INT8 = PgType.base(20, "bigint");
  private static final PgType TEXT = PgType.base(25, "text");
  private static final PgType BPCHAR = PgType.base(1042, "character");
  private static final List<PgType> TYPES = List.of(INT8, TEXT, BPCHAR, TEXT);
  private static final int[][] KEYS = {{0}, {1}, {2}, {3}, {0, 1}, {0, 2, 3}, {}};

  @Test
  void aHashIsThatOfTheKeyWhateverTheKeyIs() {
    Random random = new Random(3);
    for (int[] key : KEYS) {
      TableSchema schema = schema(key);
      KeyExtractor extractor = new KeyExtractor(schema);
      KeyHasher hasher = new KeyHasher(schema);
      for (int i = 0; i < 500; i++) {
        byte[] row = row(random);
        Tuple tuple = new Tuple(row, 0, row.length, Tuple.Layout.COPY);
        assertThat(hasher.hash(row)).isEqualTo(extractor.key(tuple).hashCode());
      }
    }
  }

  @Test
  void aRowOfOtherColumnsIsRefused() {
    KeyHasher hasher = new KeyHasher(schema(0));
    assertThatThrownBy(() -> hasher.hash(new byte[] {0, 1, 0, 0, 0, 1, 7}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("public.t")
        .hasMessageContaining("has 1 columns");
  }

  private static TableSchema schema(int... key) {
    List<Column> columns = new ArrayList<>();
    for (PgType type : TYPES) {
      columns.add(new Column("c" + columns.size(), type, -1));
    }
    return new TableSchema(
        16384, new TableName("public", "t"), ReplicaIdentity.DEFAULT, columns, key);
  }

  /** Nulls, and texts from empty to longer than any buffer that was needed before. */
  private static byte[] row(Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(TYPES.size());
    for (PgType type : TYPES) {
      if (random.nextInt(8) == 0) {
        out.writeBytes(ByteBuffer.allocate(4).putInt(-1).array());
        continue;
      }
      int length = type.equals(INT8) ? 8 : random.nextInt(1 << random.nextInt(10));
      byte[] value = new byte[length];
      for (int i = 0; i < length; i++) {
        value[i] = (byte) (random.nextInt(4) == 0 ? ' ' : random.nextInt());
      }
      out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
      out.writeBytes(value);
    }
    return out.toByteArray();
  }
}
