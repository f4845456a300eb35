package io.tidemark.source.enumerator;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests.Held;
import io.tidemark.source.enumerator.Requests.Asked;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestsTest {
  private static final TableName ORDERS = new TableName("public", "orders");
  private static final DumpRequest FIRST = DumpRequest.ofPages(1, ORDERS, 0, 3);
  private static final DumpRequest SECOND = DumpRequest.ofPages(2, ORDERS, 4, 7);
  private static final DumpRequest THIRD = DumpRequest.ofPages(3, ORDERS, 8, 9);

  private final Requests requests = new Requests();

  @Test
  void aRequestIsAddedOnce() {
    assertThat(requests.add(FIRST)).isTrue();
    assertThat(requests.add(FIRST)).isFalse();
    assertThat(requests.held()).containsExactly(new Held(1, false));
  }

  @Test
  void thoseThatWereNotReadAreCounted() {
    requests.add(FIRST);
    requests.add(SECOND);
    requests.add(THIRD);
    assertThat(requests.open()).isEqualTo(3);
    requests.take(ORDERS, 5, each -> each.equals(FIRST));
    requests.read(5);
    assertThat(requests.open()).as("one was read").isEqualTo(2);
    requests.close(2);
    assertThat(requests.open()).as("one is wanted no more").isEqualTo(1);
    requests.take(ORDERS, 6);
    assertThat(requests.fail(6)).containsExactly(THIRD);
    assertThat(requests.open()).as("one comes to nothing").isZero();
  }

  @Test
  void theyAreAsTheyWereInAFormerState() {
    List<Asked> state = List.of(new Asked(FIRST, 5, false), new Asked(SECOND, 0, true));
    requests.restore(state);
    assertThat(requests.open()).isEqualTo(1);
    assertThat(requests.state()).isEqualTo(state);
    requests.read(5);
    requests.add(THIRD);
    requests.take(ORDERS, 6);
    assertThat(requests.open()).isEqualTo(1);
    requests.rollBack(state);
    assertThat(requests.state())
        .containsExactly(
            new Asked(FIRST, 5, false), new Asked(SECOND, 0, true), new Asked(THIRD, 0, false));
    assertThat(requests.open()).isEqualTo(2);
  }
}
