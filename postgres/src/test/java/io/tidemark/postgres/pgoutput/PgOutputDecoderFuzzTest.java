package io.tidemark.postgres.pgoutput;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.pgoutput.PgOutputBytes.ColumnBytes;
import io.tidemark.testkit.Pieces;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages decode, with tuples whose every byte is a column's, or are a {@link PgOutputException}.
 * The input: messages as {@link Pieces}.
 */
class PgOutputDecoderFuzzTest {
  /** In front of each message, as a replication stream has its header there. */
  private static final int HEADER = 3;

  static Stream<byte[]> seeds() {
    byte[] orders =
        PgOutputBytes.relation(
            7, "orders", 'd', new ColumnBytes(true, "id", 20), new ColumnBytes(false, "note", 25));
    return Stream.of(
        Pieces.join(
            PgOutputBytes.begin(100, 7, 3),
            PgOutputBytes.origin(9, "elsewhere"),
            PgOutputBytes.type(70_000, "", "mood"),
            orders,
            PgOutputBytes.insert(7, "12345678", "a"),
            PgOutputBytes.commit(100, 110, 7)),
        Pieces.join(
            orders,
            PgOutputBytes.update(7, "12345678", PgOutputBytes.UNCHANGED),
            PgOutputBytes.update(7, 'K', new String[] {"87654321", null}, "12345678", null),
            PgOutputBytes.update(7, 'O', new String[] {"87654321", "x"}, "12345678", "")),
        Pieces.join(
            orders,
            PgOutputBytes.delete(7, 'K', "12345678", null),
            PgOutputBytes.delete(7, 'O', "12345678", "x"),
            PgOutputBytes.truncate(3, 7, 7)),
        Pieces.join(
            PgOutputBytes.message(true, 8, "prefix", "content"),
            PgOutputBytes.message(false, 8, "", "")));
  }

  @MethodSource("seeds")
  @FuzzTest
  void messagesDecodeOrAreMalformed(byte[] input) {
    PgOutputDecoder decoder = new PgOutputDecoder();
    long lsn = 0;
    for (byte[] piece : Pieces.split(input)) {
      byte[] message = new byte[HEADER + piece.length];
      System.arraycopy(piece, 0, message, HEADER, piece.length);
      try {
        check(decoder.decode(message, HEADER, ++lsn));
      } catch (PgOutputException e) {
        assertThat(e).hasMessageStartingWith("malformed pgoutput message at LSN 0/");
        assertThat(e.lsn()).isEqualTo(lsn);
      }
    }
  }

  private static void check(PgOutputMessage message) {
    if (message instanceof PgOutputMessage.Insert insert) {
      check(insert.row(), insert.relation());
    } else if (message instanceof PgOutputMessage.Update update) {
      check(update.row(), update.relation());
      if (update.old() != null) {
        check(update.old(), update.relation());
      }
    } else if (message instanceof PgOutputMessage.Delete delete) {
      check(delete.old(), delete.relation());
    }
  }

  private static void check(Tuple tuple, PgOutputMessage.Relation relation) {
    assertThat(tuple.size()).isEqualTo(relation.columns().size());
    int length = 2;
    boolean partial = false;
    for (int i = 0; i < tuple.size(); i++) {
      byte[] value = tuple.value(i);
      assertThat(value == null).isEqualTo(tuple.isNull(i) || tuple.isUnchanged(i));
      partial |= tuple.isUnchanged(i);
      length += value == null ? 1 : 5 + value.length;
    }
    assertThat(tuple.length()).isEqualTo(length);
    assertThat(tuple.isPartial()).isEqualTo(partial);
  }
}
