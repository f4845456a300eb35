package io.tidemark.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoSchemaTest {
  @ParameterizedTest
  @ValueSource(longs = {1_000, 300_000, 3_000_000, 100_000_000})
  void rowsAreSharedOutAmongAllTables(long rows) {
    DemoSchema schema = DemoSchema.ofRows(rows);

    assertThat(
            schema.orders()
                + schema.documents()
                + schema.measurements()
                + schema.events()
                + schema.sessions())
        .isEqualTo(rows);
    assertThat(schema.orders()).isPositive();
    assertThat(schema.sessions()).isPositive();
  }
}
