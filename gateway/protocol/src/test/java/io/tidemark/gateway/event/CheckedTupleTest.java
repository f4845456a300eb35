package io.tidemark.gateway.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.Tuple.Layout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CheckedTupleTest {
  private static final byte[] SENT =
      HexFormat.of()
          .parseHex("0004" + "62" + "00000004" + "00000001" + "6e" + "620000000178" + "75");
  private static final byte[] COPIED =
      HexFormat.of().parseHex("0002" + "00000002" + "6162" + "ffffffff");

  @Test
  void whatIsWholeIsTaken() {
    assertThat(CheckedTuple.of(SENT, Layout.PGOUTPUT, 4).isUnchanged(3)).isTrue();
    assertThat(CheckedTuple.of(COPIED, Layout.COPY, 2).isNull(1)).isTrue();
    assertThat(CheckedTuple.of(new byte[2], Layout.COPY, 0).size()).isZero();
  }

  @Test
  void whatIsCutOffOrTooLongIsRefused() {
    for (int length = 0; length < SENT.length; length++) {
      assertRefused(Arrays.copyOf(SENT, length), Layout.PGOUTPUT, 4);
    }
    for (int length = 0; length < COPIED.length; length++) {
      assertRefused(Arrays.copyOf(COPIED, length), Layout.COPY, 2);
    }
    assertRefused(Arrays.copyOf(SENT, SENT.length + 1), Layout.PGOUTPUT, 4);
    assertRefused(Arrays.copyOf(COPIED, COPIED.length + 1), Layout.COPY, 2);
    assertRefused(SENT, Layout.PGOUTPUT, 3);
  }

  private static void assertRefused(byte[] bytes, Layout layout, int columns) {
    assertThatThrownBy(() -> CheckedTuple.of(bytes, layout, columns))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whateverIsTakenCanBeReadToItsEnd() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      boolean copied = random.nextBoolean();
      byte[] bytes = (copied ? COPIED : SENT).clone();
      for (int changes = random.nextInt(3); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] =
            (byte)
                (random.nextBoolean() ? random.nextInt(5) - 1 : "nutb".charAt(random.nextInt(4)));
      }
      try {
        read(CheckedTuple.of(bytes, copied ? Layout.COPY : Layout.PGOUTPUT, copied ? 2 : 4));
      } catch (IllegalArgumentException e) {
        // Refused.
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(bytes), e);
      }
    }
  }

  private static void read(Tuple tuple) {
    for (int i = 0; i < tuple.size(); i++) {
      tuple.value(i);
    }
    tuple.isPartial();
  }
}
