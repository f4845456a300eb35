package io.tidemark.source.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.RowKey;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TouchTableTest {
  private static final int KEYS = 20_000;

  @Test
  void itHoldsWhatAMapWouldHoldWhileItGrowsAndEmpties() {
    TouchTable table = new TouchTable();
    Map<RowKey, Touch> map = new HashMap<>();
    Random random = new Random(11);
    for (int step = 0; step < 300_000; step++) {
      // Fills for the first half and empties in the second.
      boolean fill = random.nextInt(100) < (step < 150_000 ? 70 : 30);
      RowKey key = key(random.nextInt(KEYS));
      if (fill && !map.containsKey(key)) {
        Touch touch = new Touch(key);
        map.put(key, touch);
        table.add(touch);
      } else if (!fill && map.containsKey(key)) {
        table.remove(map.remove(key));
      }
      assertThat(table.size()).isEqualTo(map.size());
    }
    for (int i = 0; i < KEYS; i++) {
      RowKey key = key(i);
      assertThat(table.get(key)).isSameAs(map.get(key));
      assertThat(table.hasHash(key.hashCode()) || !map.containsKey(key)).isTrue();
    }
    map.values().forEach(table::remove);
    assertThat(table.isEmpty()).isTrue();
    assertThat(table.hasHash(key(1).hashCode())).isFalse();
  }

  @Test
  void anotherHashInTheSameChainIsNotTaken() {
    TouchTable table = new TouchTable();
    RowKey touched = key(1);
    table.add(new Touch(touched));
    assertThat(table.hasHash(touched.hashCode())).isTrue();
    assertThat(table.hasHash(touched.hashCode() ^ 1 << 31)).isFalse();
  }

  private static RowKey key(long value) {
    return new RowKey(ByteBuffer.allocate(14).putShort((short) 1).putInt(8).putLong(value).array());
  }
}
