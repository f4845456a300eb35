package io.tidemark.postgres.pgoutput;

import static io.tidemark.postgres.pgoutput.PgOutputBytes.UNCHANGED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.pgoutput.PgOutputBytes.ColumnBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PgOutputDecoderTest {
  private static final int ORDERS = 0xFFFF_FFF0; // an oid above 2^31
  private static final int ITEMS = 17;
  private static final long LSN = Lsn.parse("16/B374D848").value();

  private static final byte[] ORDERS_RELATION =
      PgOutputBytes.relation(
          ORDERS,
          "orders",
          'd',
          new ColumnBytes(true, "id", 20),
          new ColumnBytes(false, "note", 25),
          new ColumnBytes(false, "größe", 25));
  private static final byte[] ITEMS_RELATION =
      PgOutputBytes.relation(ITEMS, "items", 'f', new ColumnBytes(true, "a", 25));

  /** One of each shape, in an order in which each can be decoded. */
  private static final List<byte[]> MESSAGES =
      List.of(
          PgOutputBytes.begin(5, 6, 7),
          PgOutputBytes.origin(5, "elsewhere"),
          PgOutputBytes.type(9000, "", "mood"),
          ORDERS_RELATION,
          ITEMS_RELATION,
          PgOutputBytes.insert(ORDERS, "1", null, ""),
          PgOutputBytes.update(ORDERS, "1", UNCHANGED, "grün"),
          PgOutputBytes.update(
              ORDERS, 'K', new String[] {"1", null, null}, "2", UNCHANGED, UNCHANGED),
          PgOutputBytes.update(ITEMS, 'O', new String[] {"1"}, "2"),
          PgOutputBytes.delete(ORDERS, 'K', "2", null, null),
          PgOutputBytes.delete(ITEMS, 'O', "2"),
          PgOutputBytes.truncate(3, ORDERS, ITEMS),
          PgOutputBytes.truncate(0),
          PgOutputBytes.message(true, 4, "prefix", "content"),
          PgOutputBytes.message(false, 4, "", ""),
          PgOutputBytes.commit(5, 8, 6));

  private final PgOutputDecoder decoder = new PgOutputDecoder();

  @Test
  void transactionBoundariesAreDecoded() {
    assertThat(decode(PgOutputBytes.begin(-2, 6, -1)))
        .isEqualTo(new PgOutputMessage.Begin(-2, 6, -1));
    assertThat(decode(PgOutputBytes.commit(5, -8, 6)))
        .isEqualTo(new PgOutputMessage.Commit(5, -8, 6));
    assertThat(decode(PgOutputBytes.origin(5, "elsewhere")))
        .isEqualTo(new PgOutputMessage.Origin(5, "elsewhere"));
  }

  @Test
  void relationsAndTypesAreDecoded() {
    PgOutputMessage.Relation orders = (PgOutputMessage.Relation) decode(ORDERS_RELATION);

    assertThat(orders.oid()).isEqualTo(ORDERS);
    assertThat(orders.namespace()).isEqualTo("public");
    assertThat(orders.identity()).isEqualTo(ReplicaIdentity.DEFAULT);
    assertThat(orders.columns())
        .containsExactly(
            new PgOutputMessage.RelationColumn(true, "id", 20, -1),
            new PgOutputMessage.RelationColumn(false, "note", 25, -1),
            new PgOutputMessage.RelationColumn(false, "größe", 25, -1));
    assertThat(decode(PgOutputBytes.type(9000, "", "mood")))
        .isEqualTo(new PgOutputMessage.Type(9000, "pg_catalog", "mood"));
  }

  @Test
  void rowsLieInTheBytesTheyCameIn() {
    decode(ORDERS_RELATION);
    byte[] bytes = PgOutputBytes.insert(ORDERS, "1", null, "");

    Tuple row = ((PgOutputMessage.Insert) decode(bytes)).row();

    assertThat(row.array()).isSameAs(bytes);
    assertThat(values(row)).containsExactly("1", null, "");
    assertThat(row.offset() + row.length()).isEqualTo(bytes.length);
  }

  @Test
  void updatesTellOldKeyFromOldRowAndUnchangedFromNull() {
    decode(ORDERS_RELATION);
    decode(ITEMS_RELATION);

    PgOutputMessage.Update kept = update(PgOutputBytes.update(ORDERS, "1", null, "a"));
    assertThat(kept.old()).isNull();
    assertThat(kept.row().isPartial()).isFalse();

    PgOutputMessage.Update moved =
        update(
            PgOutputBytes.update(
                ORDERS, 'K', new String[] {"1", null, null}, "2", UNCHANGED, null));
    assertThat(values(moved.old())).containsExactly("1", null, null);
    assertThat(moved.oldIsFull()).isFalse();
    assertThat(moved.row().isPartial()).isTrue();
    assertThat(moved.row().isUnchanged(1)).isTrue();
    assertThat(moved.row().isNull(2)).isTrue();

    PgOutputMessage.Update full =
        update(PgOutputBytes.update(ITEMS, 'O', new String[] {UNCHANGED}, "2"));
    assertThat(full.oldIsFull()).isTrue();
    assertThat(full.row().isPartial()).as("of the new row alone").isFalse();
  }

  @Test
  void deletesTruncatesAndMessagesAreDecoded() {
    PgOutputMessage orders = decode(ORDERS_RELATION);
    PgOutputMessage items = decode(ITEMS_RELATION);

    PgOutputMessage.Delete delete =
        (PgOutputMessage.Delete) decode(PgOutputBytes.delete(ITEMS, 'O', "2"));
    assertThat(delete.relation()).isSameAs(items);
    assertThat(delete.oldIsFull()).isTrue();
    assertThat(decode(PgOutputBytes.truncate(2, ITEMS, ORDERS)))
        .isEqualTo(
            new PgOutputMessage.Truncate(
                List.of((PgOutputMessage.Relation) items, (PgOutputMessage.Relation) orders),
                false,
                true));
    PgOutputMessage.Message message =
        (PgOutputMessage.Message) decode(PgOutputBytes.message(true, -4, "p", "größe"));
    assertThat(message.transactional()).isTrue();
    assertThat(message.lsn()).isEqualTo(-4);
    assertThat(new String(message.content(), StandardCharsets.UTF_8)).isEqualTo("größe");
  }

  @Test
  void aRelationSentAgainReplacesTheOldOne() {
    decode(ORDERS_RELATION);
    decode(PgOutputBytes.relation(ORDERS, "orders", 'd', new ColumnBytes(true, "id", 20)));

    assertThat(decode(PgOutputBytes.insert(ORDERS, "1")))
        .isInstanceOf(PgOutputMessage.Insert.class);
    assertThatThrownBy(() -> decode(PgOutputBytes.insert(ORDERS, "1", "2", "3")))
        .isInstanceOf(PgOutputException.class)
        .hasMessageContaining("expected a row of public.orders: a row of 3 columns instead of 1");
  }

  @Test
  void errorsNameLsnTypeByteAndExpectation() {
    assertThatThrownBy(() -> decode(PgOutputBytes.insert(99, "1")))
        .isInstanceOf(PgOutputException.class)
        .hasMessage(
            "malformed pgoutput message at LSN 16/B374D848, type INSERT, byte 1: "
                + "expected a relation announced before, not oid 99");
    assertThatThrownBy(() -> decode(new byte[] {'S', 0, 0}))
        .hasMessageContaining("type unknown, byte 0: expected a known message type, not 'S'");
    assertThatThrownBy(() -> decode(new byte[0])).isInstanceOf(PgOutputException.class);
  }

  @Test
  void everyTruncationOfEveryMessageFails() {
    for (int i = 0; i < MESSAGES.size(); i++) {
      byte[] whole = MESSAGES.get(i);
      for (int length = 0; length < whole.length; length++) {
        PgOutputDecoder before = decoderAfter(i);
        byte[] torn = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> before.decode(torn, 0, LSN))
            .as("message %d cut to %d bytes", i, length)
            .isInstanceOf(PgOutputException.class)
            .hasMessageContaining("16/B374D848");
      }
      byte[] longer = Arrays.copyOf(whole, whole.length + 1);
      PgOutputDecoder before = decoderAfter(i);
      assertThatThrownBy(() -> before.decode(longer, 0, LSN))
          .as("message %d with a trailing byte", i)
          .isInstanceOf(PgOutputException.class);
    }
  }

  @Test
  void everyUnknownTypeFails() {
    for (int type = 0; type < 256; type++) {
      if ("IUDBCRYTMO".indexOf(type) < 0) {
        byte[] bytes = {(byte) type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertThatThrownBy(() -> decode(bytes)).isInstanceOf(PgOutputException.class);
      }
    }
  }

  @Test
  void mutatedMessagesDecodeOrFailWithPgOutputExceptionAlone() {
    long seed = System.nanoTime();
    System.out.println("mutatedMessages seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 200_000; round++) {
      int i = random.nextInt(MESSAGES.size());
      byte[] bytes = MESSAGES.get(i).clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        readAll(decoderAfter(MESSAGES.size()).decode(bytes, 0, LSN));
      } catch (PgOutputException e) {
        assertThat(e.lsn()).isEqualTo(LSN);
      }
    }
  }

  /** What was accepted must be readable to its last byte. */
  private static void readAll(PgOutputMessage message) {
    List<Tuple> tuples = new ArrayList<>();
    if (message instanceof PgOutputMessage.Insert insert) {
      tuples.add(insert.row());
    } else if (message instanceof PgOutputMessage.Update update) {
      tuples.add(update.row());
      if (update.old() != null) {
        tuples.add(update.old());
      }
    } else if (message instanceof PgOutputMessage.Delete delete) {
      tuples.add(delete.old());
    }
    tuples.forEach(PgOutputDecoderTest::values);
  }

  private static PgOutputDecoder decoderAfter(int count) {
    PgOutputDecoder decoder = new PgOutputDecoder();
    MESSAGES.subList(0, count).forEach(message -> decoder.decode(message, 0, LSN));
    return decoder;
  }

  private PgOutputMessage decode(byte[] bytes) {
    return decoder.decode(bytes, 0, LSN);
  }

  private PgOutputMessage.Update update(byte[] bytes) {
    return (PgOutputMessage.Update) decode(bytes);
  }

  private static List<String> values(Tuple tuple) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < tuple.size(); i++) {
      byte[] value = tuple.value(i);
      values.add(value == null ? null : new String(value, StandardCharsets.UTF_8));
    }
    return values;
  }
}
