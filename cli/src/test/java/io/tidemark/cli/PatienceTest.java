package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private Duration now = Duration.ofDays(1);

  private Patience of(Duration limit) {
    return new Patience(limit, () -> now.toNanos());
  }

  @Test
  void eachPauseIsLongerAndAllOfThemAreTheLimit() {
    Patience patience = of(Duration.ofSeconds(60));
    List<Long> pauses = new ArrayList<>();
    for (var pause = patience.failed(false); pause.isPresent(); pause = patience.failed(false)) {
      pauses.add(pause.get().toSeconds());
      now = now.plus(pause.get());
    }

    assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 15L, 15L, 15L);
  }

  @Test
  void whatCameFurtherMeanwhileHasAllOfTheTimeAgain() {
    Patience patience = of(Duration.ofSeconds(10));
    assertThat(patience.failed(false)).contains(Duration.ofSeconds(1));
    now = now.plusSeconds(9);
    assertThat(patience.failed(false)).as("no longer than is left").contains(Duration.ofSeconds(1));
    now = now.plusSeconds(100);
    assertThat(patience.failed(true)).contains(Duration.ofSeconds(1));
    now = now.plusSeconds(10);
    assertThat(patience.failed(false)).isEmpty();
  }

  @Test
  void withoutALimitNothingIsTriedAgain() {
    assertThat(of(Duration.ZERO).failed(true)).isEqualTo(Optional.empty());
  }
}
