package io.tidemark.jobs.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.settings.OptionTable;
import org.junit.jupiter.api.Test;

/** Keeps the table of options in {@code docs/gateway.md} what {@link GatewayJobOptions} says. */
class GatewayJobOptionsDocTest {
  private static final OptionTable TABLE =
      new OptionTable(GatewayJobOptions.class, "gateway.md", "options of a job", "jobs");

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
    assertThat(GatewayJobOptions.all()).isEqualTo(TABLE.options());
  }
}
