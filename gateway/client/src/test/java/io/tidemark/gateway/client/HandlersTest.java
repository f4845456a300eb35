package io.tidemark.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.ddl.DdlStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HandlersTest {
  private static final Position AT = new Position(16, 1);

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
  void whatChangesATableHasHandlersOfItsOwn() throws Exception {
    Change ddl = new Ddl(AT, 0, 1, DdlStatement.ofText("a", List.of("COMMENT")));
    Change schema =
        new SchemaChange(AT, 0, 1, null, Rows.ORDERS, SchemaChange.Source.STRUCTURE, Map.of());
    assertThat(handlers.takeDdl()).isFalse();
    assertThat(handlers.isEmpty()).isTrue();
    handlers.putDdl(named("ddl"));
    assertThat(handlers.takeDdl()).isTrue();
    assertThat(handlers.isEmpty()).isFalse();
    assertThat(handlers.dispatch(ddl)).isNull();
    assertThat(handlers.dispatch(schema)).isNull();
    handlers.putAny(named("any"));
    assertThat(handlers.dispatch(schema)).isNull();
    handlers.putSchemaChange(named("schema"));
    assertThat(handlers.dispatch(schema)).isNull();
    assertThat(called).containsExactly("ddl", "any", "schema");
    assertThatThrownBy(() -> handlers.putDdl(named("again")))
        .hasMessage("there is a handler of DDL statements already");
    assertThatThrownBy(() -> handlers.putSchemaChange(named("again")))
        .hasMessage("there is a handler of changes of tables already");
  }

  @Test
  void ddlIsAskedForIfSomethingTakesIt() {
    handlers.put("public.orders", named("orders"));
    handlers.putTruncate(named("truncate"));
    assertThat(handlers.takeDdl()).isFalse();
    handlers.putAny(named("any"));
    assertThat(handlers.takeDdl()).isTrue();
    Handlers changes = new Handlers();
    changes.putSchemaChange(named("schema"));
    assertThat(changes.takeDdl()).isTrue();
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
    handlers.putDdl(named("ddl"));
    assertThat(handlers.tables(null)).as("statements are of no table").isNotEmpty();
    handlers.putSchemaChange(named("schema"));
    assertThat(handlers.tables(null)).isEmpty();
    Handlers others = new Handlers();
    others.put("public.orders", named("orders"));
    others.putTruncate(named("truncate"));
    assertThat(others.tables(null)).isEmpty();
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
