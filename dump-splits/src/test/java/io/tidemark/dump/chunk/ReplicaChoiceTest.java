package io.tidemark.dump.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReplicaChoiceTest {
  private long now = Long.MAX_VALUE - 5; // nanoTime may be anything, and wraps

  private ReplicaChoice choice(int replicas, int first) {
    return new ReplicaChoice(replicas, first, () -> now);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void aChoiceOfNothingIsRefused() {
    assertThatThrownBy(() -> choice(0, 0)).hasMessageContaining("0 replicas");
  }

  @Test
  void threadsSpreadOverReplicas() {
    ReplicaChoice choice = choice(3, 4);
    assertThat(choice.acquire()).hasValue(1);
    assertThat(choice.acquire()).hasValue(2);
    assertThat(choice.acquire()).hasValue(0);
    choice.release(2);
    assertThat(choice.acquire()).hasValue(2);
    assertThat(choice.isOvercrowded(0)).isFalse();
  }

  @Test
  void theLeastUsedOneIsChosenAndLeftForALesserUsedOneOnly() {
    ReplicaChoice choice = choice(2, 0);
    assertThat(choice.acquire()).hasValue(0);
    assertThat(choice.acquire()).hasValue(1);
    choice.release(0);
    assertThat(choice.isOvercrowded(1)).as("with one user more").isFalse();
    assertThat(choice.acquire()).hasValue(0);
    choice.release(0);
    // The round is at the other one.
    assertThat(choice.acquire()).hasValue(0);
    assertThat(choice.acquire()).hasValue(1);
    choice.release(0);
    assertThat(choice.isOvercrowded(1)).as("with two users more").isTrue();
  }

  @Test
  void failingReplicaIsLeftAloneForLongerAndLonger() {
    ReplicaChoice choice = choice(2, 0);
    choice.failed(0);
    choice.failed(0);
    assertThat(choice.acquire()).hasValue(1);
    assertThat(choice.acquire()).hasValue(1);
    pass(Duration.ofSeconds(1));
    assertThat(choice.isOvercrowded(1)).isTrue();
    assertThat(choice.acquire()).hasValue(0);
    choice.release(0);
    choice.failed(0);
    pass(Duration.ofMillis(1999));
    assertThat(choice.acquire()).hasValue(1);
    pass(Duration.ofMillis(1));
    assertThat(choice.acquire()).hasValue(0);
    for (int i = 0; i < 20; i++) {
      choice.failed(0);
      pass(ReplicaChoice.LONGEST_WAIT);
    }
    choice.release(0);
    assertThat(choice.acquire()).hasValue(0);
  }

  @Test
  void withoutAnyReplicaTheWaitIsUntilTheFirstOneIsBack() {
    ReplicaChoice choice = choice(2, 0);
    choice.failed(0);
    pass(Duration.ofMillis(300));
    choice.failed(1);
    assertThat(choice.acquire()).isEmpty();
    assertThat(choice.waitNanos()).isEqualTo(Duration.ofMillis(700).toNanos());
    pass(Duration.ofMillis(700));
    assertThat(choice.waitNanos()).isZero();
    assertThat(choice.acquire()).hasValue(0);
  }

  @Test
  void successForgetsFailures() {
    ReplicaChoice choice = choice(1, 0);
    for (int i = 0; i < 5; i++) {
      choice.failed(0);
      pass(ReplicaChoice.LONGEST_WAIT);
    }
    choice.succeeded(0);
    choice.failed(0);
    assertThat(choice.waitNanos()).isEqualTo(ReplicaChoice.FIRST_WAIT.toNanos());
  }

  @Test
  void placesAreGivenBackOnce() {
    ReplicaChoice choice = choice(1, 0);
    choice.acquire();
    choice.release(0);
    assertThatThrownBy(() -> choice.release(0)).isInstanceOf(IllegalStateException.class);
  }
}
