package io.tidemark.source.enumerator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StreamEndTest {
  private final StreamEnd end = new StreamEnd();

  @Test
  void onlyTheOfferThatStandsIsRefused() {
    long offer = end.offer();
    assertThat(end.refused(offer)).isTrue();
    assertThat(end.offer()).isEqualTo(offer + 1);
    assertThat(end.refused(offer)).as("it was refused before").isFalse();
    assertThat(end.offer()).isEqualTo(offer + 1);
  }

  @Test
  void aReaderThatIsGivenTheStreamWhileItStartsIsNotWithoutIt() {
    end.streamAssigned(1);
    end.startedWithout(0);
    end.startedWithout(1);
    assertThat(end.isOverNow(2)).as("it has the stream by now").isFalse();
    end.readerRestarts(0);
    end.startedWithout(0);
    end.startedWithout(1);
    assertThat(end.isOverNow(2)).as("another one's restart takes nothing from it").isFalse();
    end.readerRestarts(1);
    end.startedWithout(1);
    assertThat(end.isOverNow(2)).isTrue();
    assertThat(end.isOverNow(2)).as("once").isFalse();
  }
}
