package io.tidemark.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.client.AckWindow.Slot;
import io.tidemark.gateway.wire.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AckWindowTest {
  private final AckWindow window = new AckWindow();

  private Slot begin() {
    return window.begin(Event.getDefaultInstance(), new HeldBatch(Rows.inserts(1)));
  }

  @Test
  void onlyThePrefixIsHandled() {
    Slot first = begin();
    Slot second = begin();
    assertThat(window.end(second, null)).isTrue();
    assertThat(window.handled()).isZero();
    assertThat(window.end(first, null)).isTrue();
    assertThat(window.handled()).isEqualTo(2);
    assertThat(window.size()).isZero();
  }

  @Test
  void whatIsForgottenDoesNotCount() {
    Slot first = begin();
    Slot second = begin();
    window.forget(2);
    assertThat(window.stale()).isEqualTo(1);
    assertThat(window.end(second, null)).isFalse();
    assertThat(window.stale()).isZero();
    assertThat(window.running()).isEqualTo(1);
    assertThat(begin().number()).isEqualTo(2);
    assertThat(window.end(first, new IllegalStateException())).isTrue();
    assertThat(window.firstFailed()).isSameAs(first);
  }

  @Test
  void itAgreesWithASetOfNumbersInAnyOrder() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Slot> running = new ArrayList<>();
    List<Long> open = new ArrayList<>();
    long forgotten = 0;
    for (int i = 0; i < 20_000; i++) {
      int choice = random.nextInt(100);
      if (choice < 50) {
        Slot slot = begin();
        running.add(slot);
        open.add(slot.number());
      } else if (choice < 98 && !running.isEmpty()) {
        Slot slot = running.remove(random.nextInt(running.size()));
        if (window.end(slot, null)) {
          open.remove(slot.number());
        } else {
          forgotten--;
        }
      } else if (choice >= 98 && window.next() > 1) {
        long from = window.handled() + 1 + random.nextInt((int) (window.next() - window.handled()));
        forgotten += open.stream().filter(number -> number >= from).count();
        open.removeIf(number -> number >= from);
        window.forget(from);
      }
      long handled = open.isEmpty() ? window.next() - 1 : open.get(0) - 1;
      assertThat(window.handled()).as("seed %d, step %d", seed, i).isEqualTo(handled);
      assertThat(window.running()).as("seed %d, step %d", seed, i).isEqualTo(running.size());
      assertThat(window.stale()).as("seed %d, step %d", seed, i).isEqualTo((int) forgotten);
    }
  }
}
