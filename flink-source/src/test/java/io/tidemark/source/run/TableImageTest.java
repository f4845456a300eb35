package io.tidemark.source.run;

import static io.tidemark.source.run.OneColumn.SCHEMA;
import static io.tidemark.source.run.OneColumn.insert;
import static io.tidemark.source.run.OneColumn.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.Truncate;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableImageTest {
  private static final Change TRUNCATE =
      new Truncate(new Position(20, 1), 0, 1, SCHEMA, false, false);

  /** The ids of the rows that are left. */
  private static List<String> ids(Change... changes) {
    return TableImage.fold(List.of(changes), SCHEMA.name()).values().stream().toList();
  }

  @Test
  void aTruncateTakesWhatIsOlder() {
    assertThat(ids(insert(1, 10, 1), read(2, 19), TRUNCATE)).isEmpty();
  }

  @Test
  void aLaneThatIsLateWithItTakesNothingOfOtherLanesThatIsNewer() {
    assertThat(ids(insert(1, 10, 1), TRUNCATE, insert(2, 20, 2), read(3, 30), TRUNCATE))
        .containsExactlyInAnyOrder("00000002", "00000003");
  }
}
