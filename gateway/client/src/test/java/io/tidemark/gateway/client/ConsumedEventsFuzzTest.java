package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.UNCHANGED;
import static io.tidemark.gateway.client.Rows.row;
import static io.tidemark.gateway.client.Rows.tuple;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tidemark.gateway.event.EventDecoder;
import io.tidemark.gateway.event.MalformedEventException;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.gateway.wire.Truncate;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.RowChange;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A batch is events, or a {@link MalformedEventException}; a row's values are values, or are told
 * to be malformed; and what is debounced can be written as what came.
 */
class ConsumedEventsFuzzTest {
  static Stream<byte[]> seeds() {
    TableSchema typed =
        Rows.table(
            "orders",
            new Column("id", Rows.INT4, -1),
            new Column("total", PgType.base(1700, "numeric"), -1),
            new Column("sizes", new PgType(1007, "integer[]", Kind.ARRAY, Rows.INT4, true), -1));
    byte[] numeric = HexFormat.of().parseHex("000200000000000100011388");
    byte[] array = HexFormat.of().parseHex("000000010000000100000017000000010000000100000004");
    return Stream.of(
            Rows.batch(Rows.orders(), Rows.insert(1), Rows.insert(1)),
            Rows.batch(
                Rows.orders(),
                row(Row.Op.UPDATE, 1, tuple(1, "x"), null),
                row(Row.Op.UPDATE, 2, tuple(1, UNCHANGED), null),
                row(Row.Op.UPDATE, 3, tuple(2, UNCHANGED), tuple(1, null)),
                row(Row.Op.DELETE, 4, null, tuple(2, null))),
            Rows.batch(
                Rows.define(Rows.ORDERS_ID, typed),
                row(Row.Op.READ, 1, tuple(1, numeric, array), null),
                Event.newBuilder()
                    .setTruncate(Truncate.newBuilder().setTable(Rows.ORDERS_ID))
                    .build()),
            Rows.batch(
                Rows.ddl(1, "ALTER TABLE orders"),
                Rows.schemaChange(2, Rows.ORDERS, typed),
                Rows.schemaChange(3, typed, null)))
        .map(Batch::toByteArray);
  }

  @MethodSource("seeds")
  @FuzzTest
  void batchesAreEventsOrMalformed(byte[] input) {
    EventDecoder decoder = new EventDecoder();
    DebounceBuffer buffer = new DebounceBuffer(1);
    try {
      for (Event event : Batch.parseFrom(input).getEventsList()) {
        if (event.hasTable()) {
          decoder.define(event.getTable());
        } else if (event.hasSkipped()) {
          assertThat(decoder.skipped(event.getSkipped())).isNotNull();
        } else {
          Change change = decoder.change(event);
          if (json(change) != null && change instanceof RowChange row) {
            debounce(buffer, row);
          }
        }
      }
    } catch (InvalidProtocolBufferException | MalformedEventException e) {
      return;
    }
    buffer.due(1).forEach(merged -> assertThat(json(merged.change())).isNotNull());
  }

  private static void debounce(DebounceBuffer buffer, RowChange change) {
    try {
      buffer
          .offer(change, new CompletableFuture<>(), 0)
          .forEach(merged -> assertThat(json(merged.change())).isNotNull());
    } catch (IllegalStateException e) {
      assertThat(e).as("of a key without its values").hasMessageContaining("key column");
    }
  }

  /** Null if a value is malformed. */
  private static String json(Change change) {
    try {
      return change.toJson();
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("is malformed");
      return null;
    }
  }
}
