package io.tidemark.postgres.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnNumbersTest {
  private static final PgType INT4 = PgType.base(23, "integer");

  private final ColumnNumbers numbers = new ColumnNumbers();

  @Test
  void aKeyThatCameLaterIsNotThatOfRowsUnderFullIdentity() {
    TableSchema without = table(ReplicaIdentity.FULL, 2);
    numbers.put(without);
    assertThat(numbers.number(table(ReplicaIdentity.FULL, 0, 0))).isEqualTo(without);

    TableSchema with = table(ReplicaIdentity.FULL, 2, 0, 1);
    numbers.put(with);
    assertThat(numbers.number(table(ReplicaIdentity.FULL, 0, 1))).isEqualTo(with);
  }

  @Test
  void theKeyThatTheStreamTellsCounts() {
    numbers.put(table(ReplicaIdentity.DEFAULT, 2, 0));
    assertThat(numbers.number(table(ReplicaIdentity.DEFAULT, 0, 1)))
        .isEqualTo(table(ReplicaIdentity.DEFAULT, 2, 1));
    assertThat(numbers.number(table(ReplicaIdentity.FULL, 0, 1)))
        .isEqualTo(table(ReplicaIdentity.FULL, 2, 1));
  }

  @Test
  void aKeyThatCameLaterIsNotTakenForOneOfWhichAPartIsPublished() {
    numbers.put(table(ReplicaIdentity.DEFAULT, 2, 0));
    assertThat(numbers.number(table(ReplicaIdentity.DEFAULT, 0)))
        .isEqualTo(table(ReplicaIdentity.DEFAULT, 2, 0));
    numbers.put(table(ReplicaIdentity.INDEX, 2, 1));
    assertThat(numbers.number(table(ReplicaIdentity.INDEX, 0, 0)))
        .isEqualTo(table(ReplicaIdentity.INDEX, 2, 1));
    numbers.put(table(ReplicaIdentity.DEFAULT, 2));
    assertThat(numbers.number(table(ReplicaIdentity.DEFAULT, 0)))
        .isEqualTo(table(ReplicaIdentity.DEFAULT, 2));
  }

  @Test
  void aKeyThatIsNotPublishedIsNone() {
    numbers.put(table(ReplicaIdentity.FULL, 2, 0, 1));
    TableSchema first =
        table(ReplicaIdentity.FULL, 2).withColumns(List.of(new Column("a", INT4, -1, 1)));
    assertThat(numbers.number(first).hasKey()).isFalse();
  }

  /**
   * @param second the number of the second column, 0 if it is not known
   */
  private static TableSchema table(ReplicaIdentity identity, int second, int... key) {
    List<Column> columns = List.of(new Column("a", INT4, -1, 1), new Column("b", INT4, -1, second));
    return new TableSchema(1, new TableName("public", "t"), identity, columns, key);
  }
}
