package io.tidemark.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandlersTest {
  private final List<String> called = new ArrayList<>();
  private final Handlers handlers = new Handlers();

  private <T> AsyncHandler<T> named(String name) {
    return Handlers.direct((T event) -> called.add(name));
  }

  @Test
  void eachEventGoesToItsHandler() throws Exception {
    Change begin = new Begin(new Position(16, 0), 0, 1);
    RowChange order = Rows.change(Rows.insert(1));
    assertThat(handlers.dispatch(order)).isNull();
    handlers.put("public.orders", named("orders"));
    handlers.putAny(named("any"));
    assertThat(handlers.dispatch(order)).isNull();
    assertThat(handlers.dispatch(begin)).isNull();
    handlers.putBegin(named("begin"));
    assertThat(handlers.dispatch(begin)).isNull();
    assertThat(called).containsExactly("orders", "any", "begin");
  }

  @Test
  void anAsynchronousHandlerHasToGiveAStage() {
    handlers.put("public.orders", Handlers.staged(event -> null));
    assertThatThrownBy(() -> handlers.dispatch(Rows.change(Rows.insert(1))))
        .hasMessage("an asynchronous handler gave no stage");
  }

  @Test
  void thereIsOneHandlerEach() {
    handlers.put("public.orders", named("orders"));
    assertThatThrownBy(() -> handlers.put("public.orders", named("again")))
        .hasMessage("table public.orders has a handler already");
    assertThatThrownBy(() -> handlers.put("orders", named("x")))
        .hasMessage("table 'orders'; expected schema and name, as in public.orders");
  }

  @Test
  void theTablesThatHaveHandlersAreAskedFor() {
    handlers.put("public.orders", named("orders"));
    handlers.put("public.a+b", named("odd"));
    Pattern pattern = Pattern.compile(handlers.tables(null));
    assertThat(pattern.matcher("public.orders").find()).isTrue();
    assertThat(pattern.matcher("public.a+b").find()).isTrue();
    assertThat(pattern.matcher("public.orders_old").find()).isFalse();
    assertThat(pattern.matcher("publicaorders").find()).isFalse();
    handlers.putTruncate(named("truncate"));
    assertThat(handlers.tables(null)).isEmpty();
  }

  @Test
  void aGivenExpressionIsPassedOnIfItMakesSense() {
    handlers.put("public.orders", named("orders"));
    assertThat(handlers.tables("^public\\.")).isEqualTo("^public\\.");
    assertThatThrownBy(() -> handlers.tables("(?=x)"))
        .hasMessageContaining("'(?=x)' is no RE2 regular expression");
    assertThatThrownBy(() -> handlers.tables("^sales\\."))
        .hasMessage(
            "there is a handler for table public.orders, which is not found by '^sales\\.'");
  }
}
