package io.tidemark.dump.chunk;

import static io.tidemark.dump.chunk.CopyBytes.HEADER;
import static io.tidemark.dump.chunk.CopyBytes.TRAILER;
import static io.tidemark.dump.chunk.CopyBytes.concat;
import static io.tidemark.dump.chunk.CopyBytes.tuple;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.postgres.Tuple;
import io.tidemark.testkit.Pieces;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages are rows whose every byte is a column's, or a {@link CopyFormatException}; where one
 * message ends and the next begins makes no difference. The input: number of columns, then the
 * messages as {@link Pieces}.
 */
class CopyDecoderFuzzTest {
  private static final int MAX_COLUMNS = 8;

  static Stream<byte[]> seeds() {
    byte[] one = tuple("a", null);
    byte[] two = tuple("", "bcd");
    return Stream.of(
        input(2, concat(HEADER, one), two, TRAILER),
        input(2, concat(HEADER, one, two, TRAILER)),
        input(2, HEADER, concat(one, two), TRAILER),
        input(2, concat(HEADER, one), concat(TRAILER, one)),
        input(0, concat(HEADER, tuple()), TRAILER),
        input(1, concat(HEADER, tuple("x".repeat(300)), TRAILER)));
  }

  @MethodSource("seeds")
  @FuzzTest
  void messagesAreRowsOrMalformed(byte[] input) throws InterruptedException {
    if (input.length == 0) {
      return;
    }
    int columns = (input[0] & 0xFF) % MAX_COLUMNS;
    List<byte[]> messages = Pieces.split(Arrays.copyOfRange(input, 1, input.length));
    List<byte[]> rows = new ArrayList<>();
    try {
      decode(columns, messages, rows);
    } catch (CopyFormatException e) {
      assertThat(e).hasMessageStartingWith("malformed binary COPY data after " + rows.size());
      return;
    }
    List<byte[]> atOnce = new ArrayList<>();
    try {
      decode(columns, List.of(concat(messages.toArray(byte[][]::new))), atOnce);
    } catch (CopyFormatException e) {
      throw new AssertionError("malformed only as one message", e);
    }
    assertThat(atOnce).usingElementComparator(Arrays::compare).isEqualTo(rows);
  }

  private static void decode(int columns, List<byte[]> messages, List<byte[]> rows)
      throws CopyFormatException, InterruptedException {
    CopyDecoder decoder = new CopyDecoder(columns);
    long bytes = 0;
    for (byte[] message : messages) {
      decoder.message(message, rows::add);
    }
    decoder.end();
    for (byte[] row : rows) {
      assertWhole(columns, row);
      bytes += row.length;
    }
    assertThat(decoder.rows()).isEqualTo(rows.size());
    assertThat(decoder.tupleBytes()).isEqualTo(bytes);
  }

  private static void assertWhole(int columns, byte[] row) {
    Tuple tuple = new Tuple(row, 0, row.length, Tuple.Layout.COPY);
    assertThat(tuple.size()).isEqualTo(columns);
    int end = 2;
    for (int i = 0; i < columns; i++) {
      assertThat(tuple.isNull(i)).isEqualTo(tuple.value(i) == null);
      end += 4 + Math.max(0, tuple.valueLength(i));
    }
    assertThat(end).isEqualTo(row.length);
  }

  private static byte[] input(int columns, byte[]... messages) {
    return concat(new byte[] {(byte) columns}, Pieces.join(messages));
  }
}
