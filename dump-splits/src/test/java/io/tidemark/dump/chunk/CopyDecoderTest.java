package io.tidemark.dump.chunk;

import static io.tidemark.dump.chunk.CopyBytes.HEADER;
import static io.tidemark.dump.chunk.CopyBytes.TRAILER;
import static io.tidemark.dump.chunk.CopyBytes.bytes;
import static io.tidemark.dump.chunk.CopyBytes.concat;
import static io.tidemark.dump.chunk.CopyBytes.header;
import static io.tidemark.dump.chunk.CopyBytes.tuple;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CopyDecoderTest {
  private static final byte[] ONE = tuple("a", null);
  private static final byte[] TWO = tuple("", "bcd");

  @Test
  void headerIsTakenOffTheFirstRowAndOthersAreNotCopied() throws Exception {
    List<byte[]> rows = new ArrayList<>();
    CopyDecoder decoder = new CopyDecoder(2);
    decoder.message(concat(HEADER, ONE), rows::add);
    decoder.message(TWO, rows::add);
    decoder.message(TRAILER, rows::add);
    decoder.end();
    assertThat(rows).containsExactly(ONE, TWO);
    assertThat(rows.get(1)).isSameAs(TWO);
    assertThat(decoder.rows()).isEqualTo(2);
    assertThat(decoder.tupleBytes()).isEqualTo(ONE.length + TWO.length);
  }

  @Test
  void emptyTableIsAHeaderAndATrailer() throws Exception {
    assertThat(decode(concat(HEADER, TRAILER))).isEmpty();
    assertThat(decode(HEADER, TRAILER)).isEmpty();
  }

  @Test
  void headerExtensionIsSkipped() throws Exception {
    assertThat(decode(concat(header(0xFFFF, 3), new byte[3], ONE), TRAILER)).containsExactly(ONE);
  }

  @Test
  void severalRowsMayShareAMessage() throws Exception {
    assertThat(decode(HEADER, concat(ONE, TWO, TRAILER))).containsExactly(ONE, TWO);
  }

  @Test
  void rowsWithoutColumnsAreRows() throws Exception {
    List<byte[]> rows = new ArrayList<>();
    CopyDecoder decoder = new CopyDecoder(0);
    decoder.message(concat(HEADER, new byte[2]), rows::add);
    decoder.message(TRAILER, rows::add);
    decoder.end();
    assertThat(rows).containsExactly(new byte[2]);
  }

  @Test
  void everyTruncationOfTheStreamIsNoticed() throws Exception {
    byte[] whole = concat(HEADER, ONE, TWO, TRAILER);
    assertThat(decode(whole)).hasSize(2);
    for (int length = 0; length < whole.length; length++) {
      byte[] torn = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> decode(torn))
          .as("%d bytes of %d", length, whole.length)
          .isInstanceOf(CopyFormatException.class);
    }
  }

  @Test
  void everyTruncationOfAMessageIsNoticed() {
    for (byte[] row : List.of(ONE, TWO)) {
      for (int length = 1; length < row.length; length++) {
        byte[] torn = Arrays.copyOf(row, length);
        assertThatThrownBy(() -> decode(HEADER, torn, TRAILER))
            .as("%d bytes of %d", length, row.length)
            .isInstanceOf(CopyFormatException.class);
      }
    }
  }

  @Test
  void whatMustNotComeIsRefusedWithItsPlace() {
    assertRefused("PGCOPY", concat("PGCOPX".getBytes(StandardCharsets.US_ASCII), new byte[20]));
    assertRefused("have oids", header(1 << 16, 0));
    assertRefused("unknown flags 0x20000", header(1 << 17, 0));
    assertRefused("unknown flags 0x80000000", header(1 << 31, 0));
    assertRefused("extension of -1 bytes", header(0, -1));
    assertRefused("extension of 1 bytes", header(0, 1));
    assertRefused("row of 3 columns instead of 2", HEADER, tuple("a", "b", "c"));
    assertRefused("row of 65534 columns", HEADER, new byte[] {-1, -2});
    assertRefused("column 2 claims -2 bytes", HEADER, length(-2));
    assertRefused("column 2 claims 2147483647 bytes", HEADER, length(Integer.MAX_VALUE));
    assertRefused("1 bytes after the trailer", HEADER, TRAILER, new byte[1]);
    assertRefused("2 bytes after the trailer", HEADER, concat(TRAILER, TRAILER));
    assertRefused("after 1 rows, at byte 32: 1 bytes", HEADER, ONE, concat(TRAILER, new byte[1]));
    assertRefused("without its trailer", HEADER, ONE);
    assertRefused("without its header");
  }

  @Test
  void mutatedStreamsDecodeOrAreRefusedAndNothingElse() {
    long seed = new Random().nextLong();
    System.out.println("CopyDecoderTest seed " + seed);
    Random random = new Random(seed);
    byte[] whole = concat(HEADER, ONE, TWO, ONE, TRAILER);
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] mutated = whole.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      try {
        for (byte[] row : decode(mutated)) {
          assertThat(row.length).as("seed %d, round %d", seed, round).isGreaterThanOrEqualTo(10);
        }
      } catch (CopyFormatException e) {
        refused++;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    assertThat(refused).as("seed %d", seed).isBetween(5_000, 19_999);
  }

  private static void assertRefused(String message, byte[]... messages) {
    assertThatThrownBy(() -> decode(messages))
        .isInstanceOf(CopyFormatException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("at byte");
  }

  private static List<byte[]> decode(byte[]... messages)
      throws CopyFormatException, InterruptedException {
    List<byte[]> rows = new ArrayList<>();
    CopyDecoder decoder = new CopyDecoder(2);
    for (byte[] message : messages) {
      decoder.message(message, rows::add);
    }
    decoder.end();
    return rows;
  }

  private static byte[] length(int ofSecond) {
    return bytes(
        out -> {
          out.writeShort(2);
          out.writeInt(-1);
          out.writeInt(ofSecond);
        });
  }
}
