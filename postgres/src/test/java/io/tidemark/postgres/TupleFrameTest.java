package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Tuple.Layout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TupleFrameTest {
  private static final byte[] SENT =
      HexFormat.of()
          .parseHex("0004" + "62" + "00000004" + "00000001" + "6e" + "620000000178" + "75");
  private static final byte[] COPIED =
      HexFormat.of().parseHex("0002" + "00000002" + "6162" + "ffffffff");

  @Test
  void whatIsWholeIsTaken() {
    assertThat(Tuple.of(SENT, Layout.PGOUTPUT, 4).isUnchanged(3)).isTrue();
    assertThat(Tuple.of(COPIED, Layout.COPY, 2).isNull(1)).isTrue();
    assertThat(Tuple.of(new byte[2], Layout.COPY, 0).size()).isZero();
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
    assertThatThrownBy(() -> Tuple.of(bytes, layout, columns))
        .isInstanceOf(MalformedTupleException.class);
    if (bytes.length < 2 || TupleFrame.count(bytes, 0) != columns) {
      return;
    }
    Tuple unchecked = new Tuple(bytes, 0, bytes.length, layout);
    assertThatThrownBy(() -> unchecked.valueLength(0)).isInstanceOf(MalformedTupleException.class);
    if (layout == Layout.PGOUTPUT) {
      assertThatThrownBy(unchecked::isPartial).isInstanceOf(MalformedTupleException.class);
    }
  }

  @Test
  void errorsNameColumnByteAndWhatIsThere() {
    assertMalformed(0, "the row ends before its number of columns, after 1 bytes", "00", 1);
    assertMalformed(0, "a row of 2 columns instead of 1", "0002 6e 6e", 1);
    assertMalformed(0, "a row of 65535 columns instead of 1", "ffff", 1);
    assertMalformed(3, "the row ends before column 2", "0002 6e", 2);
    assertMalformed(3, "column 2 is of the kind 0x78 instead of n, u, t or b", "0002 6e 78", 2);
    assertMalformed(3, "the row ends before the length of column 1", "0001 62 000000", 1);
    assertMalformed(3, "column 1 claims -1 bytes, where 0 are left", "0001 62 ffffffff", 1);
    assertMalformed(4, "column 2 claims 3 bytes, where 2 are left", "0002 6e 74 00000003 7878", 2);
    assertMalformed(4, "the row's columns end at byte 4 of 5", "0002 6e 6e 6e", 2);
    assertThatThrownBy(() -> TupleFrame.copiedEnd(hex("0001 fffffffe"), 0, 1))
        .hasMessage("column 1 claims -2 bytes, where 0 are left");
    assertThatThrownBy(() -> TupleFrame.copiedEnd(hex("0001 00000000"), 3, 1))
        .hasMessage("a row of 0 columns instead of 1");
  }

  @Test
  void aTupleWithinMoreBytesEndsWithItsLastColumn() {
    byte[] sent = hex("ffff 0002 75 62 00000001 78 ffff");
    Tuple partial = Tuple.at(sent, 2, Layout.PGOUTPUT, 2);
    assertThat(partial.length()).isEqualTo(9);
    assertThat(partial.array()).isSameAs(sent);
    assertThat(partial.isPartial()).isTrue();
    assertThat(partial.value(1)).containsExactly('x');
    byte[] copied = hex("ff 0002 ffffffff 00000001 78 ff");
    assertThat(Tuple.at(copied, 1, Layout.COPY, 2).length()).isEqualTo(11);
    assertThat(TupleFrame.copiedEnd(copied, 1, 2)).isEqualTo(12);
    assertThat(Tuple.at(hex("0002 6e 6e"), 0, Layout.PGOUTPUT, 2).isPartial()).isFalse();
  }

  private static void assertMalformed(int at, String problem, String bytes, int columns) {
    assertThatThrownBy(() -> Tuple.of(hex(bytes), Layout.PGOUTPUT, columns))
        .isInstanceOfSatisfying(
            MalformedTupleException.class, e -> assertThat(e.at()).isEqualTo(at))
        .hasMessage(problem);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
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
        read(Tuple.of(bytes, copied ? Layout.COPY : Layout.PGOUTPUT, copied ? 2 : 4));
      } catch (MalformedTupleException e) {
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
