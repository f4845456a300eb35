package io.tidemark.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.change.RowChange;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DebounceTest {
  private static final Duration DELAY = Duration.ofMillis(20);

  private static Object get(Debounce debounce, int id) throws Exception {
    return debounce
        .handle(Rows.change(Rows.insert(id)))
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @Test
  void oneCallDealsWithAllThatWasMerged() throws Exception {
    List<RowChange> handled = new CopyOnWriteArrayList<>();
    Debounce debounce = Debounce.of(Duration.ofMillis(200), handled::add);
    CompletableFuture<?> first = debounce.handle(Rows.change(Rows.insert(1))).toCompletableFuture();
    CompletableFuture<?> second =
        debounce.handle(Rows.change(Rows.insert(1))).toCompletableFuture();
    CompletableFuture.allOf(first, second).get(10, TimeUnit.SECONDS);
    assertThat(handled).hasSize(1);
  }

  @Test
  void theyAreDealtWithWhenTheHandlersStageIsComplete() throws Exception {
    CompletableFuture<RowChange> called = new CompletableFuture<>();
    CompletableFuture<Void> stage = new CompletableFuture<>();
    Debounce debounce =
        Debounce.ofAsync(
            DELAY,
            change -> {
              called.complete(change);
              return stage;
            });
    CompletableFuture<?> dealtWith =
        debounce.handle(Rows.change(Rows.insert(1))).toCompletableFuture();
    called.get(10, TimeUnit.SECONDS);
    assertThat(dealtWith).isNotDone();
    stage.complete(null);
    dealtWith.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aFailureIsThatOfAllThatWasMerged() {
    Debounce debounce =
        Debounce.of(
            DELAY,
            change -> {
              throw new IOException("down");
            });
    assertThatThrownBy(() -> get(debounce, 1))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
  }

  @Test
  void recordsMayBeHandedOn() throws Exception {
    record Order(int id, String note) {}
    List<Order> orders = new CopyOnWriteArrayList<>();
    get(Debounce.of(DELAY, Order.class, change -> orders.add(change.row())), 3);
    assertThat(orders).containsExactly(new Order(3, "note 3"));
  }
}
