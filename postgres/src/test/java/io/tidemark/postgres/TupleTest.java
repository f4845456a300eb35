package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Tuple.Layout;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TupleTest {
  private static final PgType TEXT = PgType.base(25, "text");
  private static final PgType ACL = new PgType(1033, "aclitem", PgType.Kind.BASE, null, false);

  /** In its message: "ab" in binary, null, unchanged, "" as text, "c" as text. */
  private static final Tuple STREAMED =
      within("0005 62 00000002 6162 6e 75 74 00000000 74 00000001 63", Layout.PGOUTPUT);

  /** "ab", null, "". */
  private static final Tuple DUMPED = within("0003 00000002 6162 ffffffff 00000000", Layout.COPY);

  @Test
  void aStreamedTupleTellsNullUnchangedAndEmptyApart() {
    assertThat(STREAMED.size()).isEqualTo(5);
    assertThat(STREAMED.layout()).isEqualTo(Layout.PGOUTPUT);
    assertThat(STREAMED.length()).isEqualTo(22);
    assertThat(STREAMED.memorySize()).isGreaterThan(22);
    assertThat(STREAMED.value(0)).isEqualTo(new byte[] {'a', 'b'});
    assertThat(STREAMED.value(1)).isNull();
    assertThat(STREAMED.value(2)).isNull();
    assertThat(STREAMED.value(3)).isEmpty();
    assertThat(STREAMED.value(4)).isEqualTo(new byte[] {'c'});
    for (int i = 0; i < 5; i++) {
      assertThat(STREAMED.isNull(i)).isEqualTo(i == 1);
      assertThat(STREAMED.isUnchanged(i)).isEqualTo(i == 2);
      assertThat(STREAMED.isText(i, TEXT)).as("column %d", i).isEqualTo(i > 2);
    }
  }

  @Test
  void aDumpedTupleHasTextWhereTheTypeHasNoBinaryForm() {
    assertThat(DUMPED.size()).isEqualTo(3);
    assertThat(DUMPED.value(0)).isEqualTo(new byte[] {'a', 'b'});
    assertThat(DUMPED.isNull(1)).isTrue();
    assertThat(DUMPED.value(2)).isEmpty();
    assertThat(DUMPED.isText(0, TEXT)).isFalse();
    assertThat(DUMPED.isText(0, ACL)).isTrue();
    assertThat(DUMPED.isPartial()).isFalse();
  }

  @Test
  void aTupleIsPartialIfAnyColumnIsUnchanged() {
    assertThat(STREAMED.isPartial()).isTrue();
    assertThat(within("0002 6e 75", Layout.PGOUTPUT).isPartial()).isTrue();
    assertThat(within("0002 62 00000003 757575 75", Layout.PGOUTPUT).isPartial()).isTrue();
    assertThat(within("0002 62 00000001 75 6e", Layout.PGOUTPUT).isPartial()).isFalse();
    assertThat(within("0000", Layout.PGOUTPUT).isPartial()).isFalse();
  }

  @Test
  void longValuesAndManyColumnsAreCountedInAllTheirBytes() {
    byte[] bytes = new byte[2 + 5 + 0x0102_0304];
    System.arraycopy(hex("0001 62 01020304"), 0, bytes, 0, 7);
    Tuple large = new Tuple(bytes, 0, bytes.length, Layout.PGOUTPUT);
    assertThat(large.valueLength(0)).isEqualTo(0x0102_0304);
    assertThat(large.isPartial()).isFalse();
    byte[] nulls = new byte[2 + 300];
    Arrays.fill(nulls, (byte) 'n');
    nulls[0] = 1;
    nulls[1] = 44;
    assertThat(new Tuple(nulls, 0, nulls.length, Layout.PGOUTPUT).size()).isEqualTo(300);
  }

  @Test
  void equalBytesInTheSameLayoutAreEqualWhereverTheyLie() {
    Tuple own = new Tuple(hex("0001 6e"), 0, 3, Layout.PGOUTPUT);
    Tuple within = within("0001 6e", Layout.PGOUTPUT);
    assertThat(within).isEqualTo(own).hasSameHashCodeAs(own);
    assertThat(within).isNotEqualTo(within("0001 75", Layout.PGOUTPUT));
    assertThat(within).isNotEqualTo(within("0001 6e", Layout.COPY));
    assertThat(within).isNotEqualTo(within("0001 6e 6e", Layout.PGOUTPUT));
    assertThat(within.hashCode()).isNotEqualTo(within("0001 75", Layout.PGOUTPUT).hashCode());
  }

  @Test
  void aTupleThatIsKeptIsCopiedOutOfItsMessage() {
    Tuple own = STREAMED.compact();
    assertThat(own).isEqualTo(STREAMED);
    assertThat(own.array()).hasSize(STREAMED.length());
    assertThat(own.compact()).isSameAs(own);
    assertThat(DUMPED.compact()).isEqualTo(DUMPED);
  }

  @Test
  void aRangeOutsideTheArrayIsRefused() {
    byte[] bytes = new byte[6];
    assertThat(new Tuple(bytes, 4, 2, Layout.COPY).offset()).isEqualTo(4);
    assertThatThrownBy(() -> new Tuple(bytes, 5, 2, Layout.COPY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tuple at 5, 2 bytes long, in 6 bytes");
    assertThatThrownBy(() -> new Tuple(bytes, -1, 2, Layout.COPY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Tuple(bytes, 0, 1, Layout.COPY))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** A tuple behind three bytes of its message, and before two. */
  private static Tuple within(String tuple, Layout layout) {
    byte[] bytes = hex("757575" + tuple + "7575");
    return new Tuple(bytes, 3, bytes.length - 5, layout);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }
}
