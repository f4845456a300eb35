package io.tidemark.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.cli.local.StopSignal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("once")
class QuickstartITCase {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 4", "0, 1"})
  void whatTheConsumerHoldsEqualsThePrimary(int replicas, int lanes) throws Exception {
    QuickstartOptions options =
        new QuickstartOptions(
            Optional.of(Duration.ofSeconds(10)),
            100_000,
            500,
            Integer.getInteger("tidemark.postgres.major", 18),
            replicas,
            lanes,
            System.nanoTime());

    boolean proven = new Quickstart(options, out, StopSignal.none()).run();

    String shown = bytes.toString(StandardCharsets.UTF_8);
    assertThat(shown)
        .contains("seed " + options.seed())
        .containsPattern("verified: tables=[0-9]+ rows=[0-9]+ missing=0 extra=0 different=0\n$");
    // Beside other tests there may be no time for all that a longer run meets: .ci/run has one.
    assertThat(proven || shown.contains("a counter is 0")).as(shown).isTrue();
  }
}
