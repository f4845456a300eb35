package io.tidemark.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.settings.OptionTable;
import org.junit.jupiter.api.Test;

/** Keeps the table of options in {@code docs/configuration.md} what {@link CaptureOptions} says. */
class CaptureOptionsDocTest {
  private static final OptionTable TABLE =
      new OptionTable(CaptureOptions.class, "configuration.md", "options", "flink-source");

  @Test
  void theDocumentedOptionsAreThoseOfTheCode() throws Exception {
    TABLE.assertIsDocumented();
  }

  @Test
  void everyKeyIsInKebabCaseAndDescribed() {
    TABLE.assertIsWellFormed();
  }

  @Test
  void allAreThere() {
    assertThat(CaptureOptions.all()).containsExactlyInAnyOrderElementsOf(TABLE.options());
  }
}
