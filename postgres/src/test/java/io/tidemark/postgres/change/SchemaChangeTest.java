package io.tidemark.postgres.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.change.SchemaChange.Changed;
import io.tidemark.postgres.change.SchemaChange.Source;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaChangeTest {
  private static final PgType INT4 = PgType.base(23, "integer");
  private static final PgType INT8 = PgType.base(20, "bigint");
  private static final PgType TEXT = PgType.base(25, "text");
  private static final Column ID = new Column("id", INT4, -1, 1);
  private static final Column NOTE = new Column("note", TEXT, -1, 2);
  private static final Column TOTAL = new Column("total", INT4, -1, 3);
  private static final TableSchema BEFORE = table(List.of(ID, NOTE, TOTAL), 0);

  private static TableSchema table(List<Column> columns, int... key) {
    return new TableSchema(
        5, new TableName("public", "orders"), ReplicaIdentity.DEFAULT, columns, key);
  }

  private static SchemaChange change(TableSchema before, TableSchema after) {
    return new SchemaChange(
        new Position(16, 1), 5, 7, before, after, Source.STRUCTURE, Map.of(4, "none"));
  }

  private static SchemaChange to(Column... columns) {
    return change(BEFORE, table(List.of(columns), 0));
  }

  private static Column number(int number, String name, PgType type) {
    return new Column(name, type, -1, number);
  }

  @Test
  void aTableComesAndGoes() {
    SchemaChange comes = change(null, BEFORE);
    assertThat(comes.isNew()).isTrue();
    assertThat(comes.isGone()).isFalse();
    assertThat(comes.added()).containsExactly(ID, NOTE, TOTAL);
    assertThat(comes.dropped()).isEmpty();
    assertThat(comes).hasToString("new table public.orders at 0/10#1");
    SchemaChange goes = change(BEFORE, null);
    assertThat(goes.isNew()).isFalse();
    assertThat(goes.isGone()).isTrue();
    assertThat(goes.table()).isEqualTo(BEFORE.name());
    assertThat(goes.added()).isEmpty();
    assertThat(goes.dropped()).containsExactly(ID, NOTE, TOTAL);
    assertThat(goes).hasToString("end of table public.orders at 0/10#1");
    for (SchemaChange change : List.of(comes, goes)) {
      assertThat(change.renamed()).isEmpty();
      assertThat(change.retyped()).isEmpty();
      assertThat(change.isRenamed()).isFalse();
      assertThat(change.hasNewKey()).isFalse();
    }
    assertThatThrownBy(() -> change(null, null)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void columnsAreAddedAndDropped() {
    Column tags = number(4, "tags", TEXT);
    Column more = number(5, "more", TEXT);
    SchemaChange change = to(ID, TOTAL, tags, more);
    assertThat(change.added()).containsExactly(tags, more);
    assertThat(change.dropped()).containsExactly(NOTE);
    assertThat(change.renamed()).isEmpty();
    assertThat(change.retyped()).isEmpty();
    assertThat(change.missing(tags)).hasValue("none");
    assertThat(change.missing(more)).isEmpty();
    assertThat(change).hasToString("change of table public.orders at 0/10#1");
  }

  @Test
  void aColumnOfTheSameNameIsAnotherOneIfItsNumberIs() {
    Column anew = number(4, "note", TEXT);
    SchemaChange change = to(ID, TOTAL, anew);
    assertThat(change.added()).containsExactly(anew);
    assertThat(change.dropped()).containsExactly(NOTE);
    assertThat(change.renamed()).isEmpty();
    assertThat(change.retyped()).isEmpty();
  }

  @Test
  void columnsAreRenamedAndSwapNames() {
    Column remark = number(2, "remark", TEXT);
    SchemaChange renamed = to(ID, remark, TOTAL);
    assertThat(renamed.renamed()).containsExactly(new Changed(NOTE, remark));
    assertThat(renamed.added()).isEmpty();
    assertThat(renamed.dropped()).isEmpty();
    assertThat(renamed.retyped()).isEmpty();

    Column total = number(2, "total", TEXT);
    Column note = number(3, "note", INT4);
    SchemaChange swapped = to(ID, total, note);
    assertThat(swapped.renamed())
        .containsExactly(new Changed(NOTE, total), new Changed(TOTAL, note));
    assertThat(swapped.retyped()).as("each kept its type").isEmpty();
    assertThat(swapped.added()).isEmpty();
    assertThat(swapped.dropped()).isEmpty();
  }

  @Test
  void columnsAreRetyped() {
    Column total = number(3, "total", INT8);
    Column shorter = new Column("note", TEXT, 14, 2);
    SchemaChange change = to(ID, shorter, total);
    assertThat(change.retyped())
        .as("another modifier counts")
        .containsExactly(new Changed(NOTE, shorter), new Changed(TOTAL, total));
    assertThat(change.hasNewKey()).isFalse();
  }

  @Test
  void anotherNameIsToldWithTheNewOne() {
    TableName name = new TableName("public", "t");
    SchemaChange change = change(BEFORE, BEFORE.named(name));
    assertThat(change.isRenamed()).isTrue();
    assertThat(change.table()).isEqualTo(name);
    assertThat(change.hasNewKey()).isFalse();
    assertThat(to(ID, NOTE, TOTAL).isRenamed()).isFalse();
  }

  @Test
  void anotherKeyIsOneOfOtherColumnsOrTypes() {
    List<Column> columns = BEFORE.columns();
    assertThat(change(BEFORE, table(columns, 1)).hasNewKey()).isTrue();
    assertThat(change(BEFORE, table(columns, 0, 1)).hasNewKey()).isTrue();
    assertThat(change(BEFORE, table(columns)).hasNewKey()).as("none any more").isTrue();
    assertThat(change(table(columns), BEFORE).hasNewKey()).as("none before").isTrue();
    assertThat(to(number(1, "id", INT8), NOTE, TOTAL).hasNewKey()).isTrue();
    assertThat(to(number(1, "key", INT4), NOTE, TOTAL).hasNewKey()).as("renamed").isFalse();
    assertThat(change(table(columns), table(columns.subList(0, 2))).hasNewKey())
        .as("without a key, it is the whole row, whatever its columns")
        .isFalse();
  }

  @Test
  void whereNumbersAreNotKnownNamesTellColumnsApart() {
    TableSchema before =
        table(List.of(new Column("id", INT4, -1), new Column("note", TEXT, -1)), 0);
    Column remark = new Column("remark", TEXT, -1);
    SchemaChange change = change(before, table(List.of(before.columns().get(0), remark), 0));
    assertThat(change.added()).as("a rename does not show").containsExactly(remark);
    assertThat(change.dropped()).containsExactly(before.columns().get(1));
    assertThat(change.renamed()).isEmpty();

    SchemaChange known = change(before, table(List.of(ID, number(2, "note", INT4)), 0));
    assertThat(known.added()).as("numbers are learnt").isEmpty();
    assertThat(known.dropped()).isEmpty();
    assertThat(known.retyped())
        .containsExactly(new Changed(before.columns().get(1), number(2, "note", INT4)));
    assertThat(known.hasNewKey()).isFalse();
  }
}
