package io.tidemark.gateway.client;

import static io.tidemark.gateway.client.Rows.TEXT;
import static io.tidemark.gateway.client.Rows.UNCHANGED;
import static io.tidemark.gateway.client.Rows.row;
import static io.tidemark.gateway.client.Rows.tuple;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.client.ConsumerExample.Order;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableSchema;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsumerExampleTest {
  private static final TableSchema TABLE =
      Rows.table(
          "orders",
          new Column("id", PgType.base(20, "bigint"), -1),
          new Column("customer_name", TEXT, -1),
          new Column("total", PgType.base(1700, "numeric"), -1),
          new Column("note", TEXT, -1));

  private final Map<Long, Order> orders = new HashMap<>();

  private void apply(Event row) throws Exception {
    assertThat(
            new RecordMapping<>(Order.class)
                .handler(
                    Handlers.direct(
                        (RecordChange<Order> change) -> ConsumerExample.apply(change, orders)))
                .handle(Rows.change(TABLE, row)))
        .isNull();
  }

  @Test
  void theMapIsAsTheTable() throws Exception {
    apply(row(Row.Op.INSERT, 1, tuple(1L, "Ada", null, "long"), null));
    apply(row(Row.Op.READ, 1, tuple(2L, "Bob", null, null), null));
    apply(row(Row.Op.UPDATE, 2, tuple(1L, "Eve", null, UNCHANGED), null));
    apply(row(Row.Op.UPDATE, 3, tuple(3L, "Eve", null, UNCHANGED), tuple(1L, null, null, null)));
    apply(row(Row.Op.DELETE, 4, null, tuple(2L, null, null, null)));
    assertThat(orders).containsOnly(Map.entry(3L, new Order(3, "Eve", null, Value.of("long"))));
  }
}
