package io.tidemark.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableSchemaTest {
  private static final PgType INT4 = PgType.base(23, "integer");
  private static final PgType TEXT = PgType.base(25, "text");
  private static final TableSchema ORDERS =
      table("orders", List.of(new Column("id", INT4, -1, 1), new Column("note", TEXT, -1, 2)), 0);
  private static final TableSchema NUMBERS_UNKNOWN =
      table("orders", List.of(new Column("id", INT4, -1), new Column("note", TEXT, -1)), 0);

  private static TableSchema table(String name, List<Column> columns, int... key) {
    return new TableSchema(5, new TableName("public", name), ReplicaIdentity.DEFAULT, columns, key);
  }

  @Test
  void aColumnIsTheSameByItsNumber() {
    Column note = new Column("note", TEXT, -1, 2);
    assertThat(note.isSame(new Column("remark", INT4, 5, 2))).as("renamed, retyped").isTrue();
    assertThat(note.isSame(new Column("note", TEXT, -1, 3))).as("dropped and added").isFalse();
    assertThat(note.isSame(new Column("note", INT4, 5))).as("its number not known").isTrue();
    assertThat(note.isSame(new Column("remark", TEXT, -1))).isFalse();
    assertThat(new Column("note", TEXT, -1).isSame(note)).isTrue();
  }

  @Test
  void aColumnMatchesButForANumberThatIsNotKnown() {
    Column note = new Column("note", TEXT, -1, 2);
    assertThat(note.matches(new Column("note", TEXT, -1))).isTrue();
    assertThat(note.matches(new Column("note", TEXT, -1, 3))).isFalse();
    assertThat(note.matches(new Column("note", TEXT, 5, 2))).as("another modifier").isFalse();
    assertThat(note.matches(new Column("note", INT4, -1, 2))).isFalse();
    assertThat(note.matches(new Column("remark", TEXT, -1, 2))).isFalse();
  }

  @Test
  void aNumberThatNoColumnHasIsRefused() {
    assertThatThrownBy(() -> new Column("note", TEXT, -1, -2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("column note with the number -2");
    assertThatThrownBy(() -> new Column("note", TEXT, -1, 32_768))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void schemasMatchButForNumbersThatAreNotKnown() {
    assertThat(ORDERS.matches(ORDERS)).isTrue();
    assertThat(ORDERS.matches(NUMBERS_UNKNOWN)).isTrue();
    assertThat(NUMBERS_UNKNOWN.matches(ORDERS)).isTrue();
    assertThat(ORDERS).isNotEqualTo(NUMBERS_UNKNOWN);

    assertThat(ORDERS.matches(ORDERS.named(new TableName("public", "t")))).isFalse();
    assertThat(ORDERS.matches(table("orders", ORDERS.columns()))).as("no key").isFalse();
    assertThat(ORDERS.matches(table("orders", ORDERS.columns().subList(0, 1), 0))).isFalse();
    assertThat(
            ORDERS.matches(
                new TableSchema(6, ORDERS.name(), ORDERS.identity(), ORDERS.columns(), 0)))
        .as("another oid")
        .isFalse();
    assertThat(
            ORDERS.matches(
                new TableSchema(5, ORDERS.name(), ReplicaIdentity.FULL, ORDERS.columns(), 0)))
        .isFalse();
    List<Column> anew = List.of(new Column("id", INT4, -1, 1), new Column("note", TEXT, -1, 3));
    assertThat(ORDERS.matches(table("orders", anew, 0))).as("note was added anew").isFalse();
  }

  @Test
  void keysAreTheSameIfTheirColumnsAreWhateverTheirNames() {
    List<Column> renamed = List.of(new Column("key", INT4, -1, 1), new Column("id", TEXT, -1, 2));
    assertThat(ORDERS.hasKeyOf(table("t", renamed, 0))).isTrue();
    assertThat(ORDERS.hasKeyOf(table("t", renamed, 1))).as("another column").isFalse();
    assertThat(ORDERS.hasKeyOf(table("t", renamed, 0, 1))).isFalse();
    List<Column> retyped = List.of(new Column("id", PgType.base(20, "bigint"), -1, 1));
    assertThat(ORDERS.hasKeyOf(table("t", retyped, 0))).isFalse();
    List<Column> anew = List.of(new Column("id", INT4, -1, 3));
    assertThat(ORDERS.hasKeyOf(table("t", anew, 0))).isFalse();
    assertThat(ORDERS.hasKeyOf(NUMBERS_UNKNOWN)).isTrue();
  }

  @Test
  void withoutAKeyTheWholeRowIsIt() {
    TableSchema keyless = table("t", ORDERS.columns());
    assertThat(keyless.hasKeyOf(keyless)).isTrue();
    assertThat(keyless.hasKeyOf(table("t", ORDERS.columns(), 0, 1)))
        .as("of the same columns")
        .isTrue();
    assertThat(keyless.hasKeyOf(ORDERS)).isFalse();
  }

  @Test
  void aColumnIsFoundByItsNumberElseByItsName() {
    assertThat(ORDERS.find(new Column("id", TEXT, -1, 2))).hasValue(ORDERS.columns().get(1));
    assertThat(ORDERS.find(new Column("id", TEXT, -1))).hasValue(ORDERS.columns().get(0));
    assertThat(ORDERS.find(new Column("id", TEXT, -1, 3))).isEmpty();
    assertThat(NUMBERS_UNKNOWN.find(ORDERS.columns().get(1)))
        .hasValue(NUMBERS_UNKNOWN.columns().get(1));
  }
}
