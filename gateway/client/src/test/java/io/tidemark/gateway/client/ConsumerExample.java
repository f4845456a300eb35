package io.tidemark.gateway.client;

import io.tidemark.postgres.change.Op;
import java.math.BigDecimal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps the open orders of a shop in a map, up to date: {@code ConsumerExample localhost:10001}.
 */
final class ConsumerExample {
  private ConsumerExample() {}

  @Table("public.orders")
  record Order(long id, String customerName, BigDecimal total, Value<String> note) {}

  public static void main(String... args) {
    Map<Long, Order> orders = new ConcurrentHashMap<>();
    try (ChangeConsumer consumer =
        ChangeConsumer.builder()
            .target(args[0])
            .uri("shop")
            .on(Order.class, change -> apply(change, orders))
            .onTruncate(truncate -> orders.clear())
            .build()) {
      consumer.run();
    }
  }

  static void apply(RecordChange<Order> change, Map<Long, Order> orders) {
    Order old = null;
    if (change.isDelete() || change.op() == Op.UPDATE) {
      // An update may have changed the key, too.
      old = orders.remove((Long) change.change().getOld("id"));
    }
    if (!change.isDelete()) {
      orders.put(change.row().id(), withKnownNote(change.row(), old));
    }
  }

  /** A long note that an update left as it was does not come with it. */
  private static Order withKnownNote(Order row, Order old) {
    return row.note().isUnchanged() && old != null
        ? new Order(row.id(), row.customerName(), row.total(), old.note())
        : row;
  }
}
