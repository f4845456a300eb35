package io.tidemark.cli.quickstart;

import static io.tidemark.cli.quickstart.HeldTable.Comparison.DIFFERENT;
import static io.tidemark.cli.quickstart.HeldTable.Comparison.MISSING;
import static io.tidemark.cli.quickstart.HeldTable.Comparison.SAME;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.Position;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeldStateTest {
  private static final TableName NAME = new TableName("public", "t");
  private static final List<Column> COLUMNS =
      List.of(
          new Column("id", PgType.base(25, "text"), -1),
          new Column("body", PgType.base(25, "text"), -1));
  private static final TableSchema KEYED =
      new TableSchema(1, NAME, ReplicaIdentity.DEFAULT, COLUMNS, 0);
  private static final TableSchema KEYLESS =
      new TableSchema(1, NAME, ReplicaIdentity.DEFAULT, COLUMNS);

  /** Stands for a TOAST value that was not sent. */
  private static final String UNCHANGED = "\u0000unchanged";

  private static final String LONG = "long ".repeat(1000);

  private final HeldState held = new HeldState(true);
  private int lsn = 100;

  @Test
  void aRowThatArrivedIsTheSameOnceAndThenAccountedFor() {
    insert(KEYED, "a", LONG);

    assertThat(take("a", LONG)).isEqualTo(SAME);
    assertThat(take("a", LONG)).isEqualTo(MISSING);
    assertThat(size()).isZero();
  }

  @Test
  void aLostChangeShowsAsDifferent() {
    insert(KEYED, "a", LONG + "1");
    insert(KEYED, "b", "short 1");

    assertThat(take("a", LONG + "2")).isEqualTo(DIFFERENT);
    assertThat(take("b", "short 2")).isEqualTo(DIFFERENT);
  }

  @Test
  void nullIsNotTheEmptyText() {
    insert(KEYED, "a", null);

    assertThat(take("a", "")).isEqualTo(DIFFERENT);
  }

  @Test
  void aLostRowShowsAsMissing() {
    insert(KEYED, "a", "x");

    assertThat(take("b", "x")).isEqualTo(MISSING);
  }

  @Test
  void aLostDeleteShowsAsExtra() {
    insert(KEYED, "a", "x");
    insert(KEYED, "b", "x");
    held.apply(RowChange.delete(KEYED, tuple("a", null), false, next()));

    assertThat(take("a", "x")).isEqualTo(MISSING);
    assertThat(size()).isEqualTo(1);
  }

  @Test
  void anUnchangedValueIsTakenFromTheHeldRow() {
    insert(KEYED, "a", LONG);
    update(tuple("a", UNCHANGED), null);

    assertThat(take("a", LONG)).isEqualTo(SAME);
  }

  @Test
  void anUnchangedValueThatWasNeverHeldEqualsNothing() {
    update(tuple("a", UNCHANGED), null);

    assertThat(take("a", LONG)).isEqualTo(DIFFERENT);
  }

  @Test
  void aRowThatTheDumpReadsLaterFillsWhatWasUnknown() {
    update(tuple("a", UNCHANGED), null);
    held.apply(RowChange.read(KEYED, tuple("a", LONG), lsn));

    assertThat(take("a", LONG)).isEqualTo(SAME);
    assertThat(held.reads()).isEqualTo(1);
    assertThat(held.events()).isEqualTo(1);
  }

  @Test
  void aMovedRowTakesItsUnchangedValueAlong() {
    insert(KEYED, "a", LONG);
    update(tuple("b", UNCHANGED), tuple("a", null));

    assertThat(take("a", LONG)).isEqualTo(MISSING);
    assertThat(take("b", LONG)).isEqualTo(SAME);
  }

  @Test
  void truncateRemovesEverything() {
    insert(KEYED, "a", "x");
    held.apply(truncate(next()));
    insert(KEYED, "b", "x");

    assertThat(size()).isEqualTo(1);
    assertThat(take("b", "x")).isEqualTo(SAME);
  }

  @Test
  void amongSeveralLanesTruncateSparesWhatIsNewer() {
    HeldState lanes = new HeldState(false);
    Origin before = next();
    Origin truncate = next();
    Origin after = next();
    lanes.apply(RowChange.insert(KEYED, tuple("new", "x"), after));
    lanes.apply(RowChange.insert(KEYED, tuple("old", "x"), before));
    lanes.apply(truncate(truncate));

    assertThat(lanes.table(NAME).take(row("new", "x"))).isEqualTo(SAME);
    assertThat(lanes.table(NAME).size()).isZero();
  }

  @Test
  void withoutAKeyEqualRowsOfTheStreamAreCounted() {
    insert(KEYLESS, "a", LONG);
    insert(KEYLESS, "a", LONG);
    held.apply(RowChange.read(KEYLESS, row("b", "x"), lsn));
    held.apply(RowChange.read(KEYLESS, row("a", LONG), lsn));

    assertThat(take("a", LONG)).isEqualTo(SAME);
    assertThat(take("a", LONG)).isEqualTo(SAME);
    assertThat(take("a", LONG)).isEqualTo(MISSING);
    assertThat(size()).isEqualTo(1);
  }

  @Test
  void withoutAKeyTruncateGoesByPositionAmongSeveralLanes() {
    HeldState lanes = new HeldState(false);
    lanes.apply(RowChange.insert(KEYLESS, tuple("a", "x"), next()));
    Origin truncate = next();
    lanes.apply(RowChange.insert(KEYLESS, tuple("a", "x"), next()));
    lanes.apply(truncate(truncate));

    assertThat(lanes.table(NAME).size()).isEqualTo(1);
  }

  private static Column text(int number, String name) {
    return new Column(name, PgType.base(25, "text"), -1, number);
  }

  private static TableSchema columns(String name, Column... columns) {
    return new TableSchema(
        7, new TableName("public", name), ReplicaIdentity.DEFAULT, List.of(columns), 0);
  }

  private static final TableSchema FIRST = columns("t", text(1, "id"), text(2, "body"));

  private void change(TableSchema before, TableSchema after, Map<Integer, String> missing) {
    change(held, next(), before, after, missing);
  }

  private static void change(
      HeldState state,
      Origin at,
      TableSchema before,
      TableSchema after,
      Map<Integer, String> missing) {
    state.apply(
        new SchemaChange(
            new Position(at.commitLsn(), at.ordinal()),
            0,
            1,
            before,
            after,
            SchemaChange.Source.STRUCTURE,
            missing));
  }

  @Test
  void anAddedColumnHasInFormerRowsWhatItWasAddedWith() {
    change(null, FIRST, Map.of());
    insert(FIRST, "a", LONG);
    TableSchema wider = columns("t", text(1, "id"), text(2, "body"), text(3, "x"), text(4, "y"));
    change(FIRST, wider, Map.of(3, LONG + "missing"));
    held.apply(RowChange.insert(wider, tuple("b", "1", "2", "3"), next()));
    held.apply(RowChange.update(wider, tuple("b", UNCHANGED, null, "4"), null, false, next()));

    assertThat(take("a", LONG, LONG + "missing", null)).isEqualTo(SAME);
    assertThat(take("b", "1", null, "4")).isEqualTo(SAME);
    assertThat(held.untold()).isZero();
    assertThat(held.schemaChanges()).isEqualTo(2);
  }

  @Test
  void columnsAreDroppedAndKeptByTheirNumbers() {
    change(null, FIRST, Map.of());
    insert(FIRST, "a", "x");
    TableSchema swapped = columns("t", text(1, "body"), text(2, "id"));
    change(FIRST, swapped, Map.of());
    held.apply(RowChange.insert(swapped, tuple("b", "y"), next()));
    TableSchema anew = columns("t", text(1, "body"), text(3, "id"));
    change(swapped, anew, Map.of());

    assertThat(take("a", "x")).as("another column of the same name").isEqualTo(DIFFERENT);
    assertThat(take("b", null)).isEqualTo(SAME);
    assertThat(held.table(NAME).schema()).isEqualTo(anew);
  }

  @Test
  void aTableIsKnownByItsOid() {
    change(null, FIRST, Map.of());
    insert(FIRST, "a", "x");
    TableName other = new TableName("public", "u");
    change(FIRST, FIRST.named(other), Map.of());
    assertThat(held.table(NAME)).isNull();
    assertThat(held.names()).containsExactly(other);
    held.apply(RowChange.insert(FIRST.named(other), tuple("b", "y"), next()));
    assertThat(held.table(other).size()).isEqualTo(2);

    insert(KEYED, "another table", "of the former name");
    assertThat(held.table(NAME).size()).isEqualTo(1);
    change(FIRST.named(other), null, Map.of());
    assertThat(held.names()).containsExactly(NAME);
  }

  @Test
  void aTableThatComesBackIsEmpty() {
    change(null, FIRST, Map.of());
    insert(FIRST, "a", "x");
    change(FIRST, null, Map.of());
    change(null, KEYED_OTHERWISE, Map.of());
    assertThat(held.table(NAME).size()).isZero();
    assertThat(held.table(NAME).schema()).isEqualTo(KEYED_OTHERWISE);
  }

  private static final TableSchema KEYED_OTHERWISE =
      new TableSchema(7, NAME, ReplicaIdentity.DEFAULT, List.of(text(1, "id"), text(2, "body")), 1);

  @Test
  void rowsAreKnownByTheNewKey() {
    change(null, FIRST, Map.of());
    insert(FIRST, "a", LONG);
    insert(FIRST, "b", "y");
    change(FIRST, KEYED_OTHERWISE, Map.of());
    held.apply(RowChange.update(KEYED_OTHERWISE, tuple("c", LONG), null, false, next()));
    held.apply(RowChange.delete(KEYED_OTHERWISE, tuple((String) null, "y"), false, next()));

    assertThat(size()).isEqualTo(1);
    assertThat(take("c", LONG)).isEqualTo(SAME);
  }

  @Test
  void withoutAKeyEqualRowsStayAsManyAndMayBecomeEqual() {
    TableSchema before =
        new TableSchema(7, NAME, ReplicaIdentity.FULL, List.of(text(1, "id"), text(2, "body")));
    change(null, before, Map.of());
    insert(before, "a", "x");
    insert(before, "a", "x");
    insert(before, "a", "y");
    TableSchema after = new TableSchema(7, NAME, ReplicaIdentity.FULL, List.of(text(1, "id")));
    change(before, after, Map.of());

    assertThat(size()).isEqualTo(3);
    assertThat(held.table(NAME).take(row("a"))).isEqualTo(SAME);
    change(after, columns("t", text(1, "id")), Map.of());
    assertThat(size()).as("with a key they are one").isEqualTo(1);
  }

  @Test
  void anIntThatBecomesABigintKeepsItsValue() {
    TableSchema narrow = columns("t", text(1, "id"), number(23));
    TableSchema wide = columns("t", text(1, "id"), number(20));
    change(null, narrow, Map.of());
    held.apply(RowChange.insert(narrow, tuple("a", "\u0000\u0000\u0000\u0007"), next()));
    held.apply(RowChange.insert(narrow, tuple("b", null), next()));
    change(narrow, wide, Map.of());

    assertThat(take("a", "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0007")).isEqualTo(SAME);
    assertThat(take("b", null)).isEqualTo(SAME);
  }

  @Test
  void valuesOfATypeThatBecomesAnotherAreNotKnownUntilTheyAreReadAgain() {
    TableSchema narrow = columns("t", text(1, "id"), number(23));
    change(null, narrow, Map.of());
    held.apply(RowChange.insert(narrow, tuple("a", "\u0000\u0000\u0000\u0007"), next()));
    held.apply(RowChange.insert(narrow, tuple("b", "\u0000\u0000\u0000\u0007"), next()));
    change(narrow, FIRST, Map.of());
    held.apply(RowChange.read(FIRST, row("b", "7"), lsn));

    assertThat(take("a", "7")).isEqualTo(DIFFERENT);
    assertThat(take("b", "7")).isEqualTo(SAME);
  }

  private static Column number(int oid) {
    return new Column("body", PgType.base(oid, "integer"), -1, 2);
  }

  @Test
  void amongSeveralLanesAChangeIsTakenOverOnceAndRowsOfALaneBehindFit() {
    HeldState lanes = new HeldState(false);
    TableSchema wider = columns("u", text(1, "id"), text(3, "more"), text(2, "body"));
    Origin comes = next();
    Origin before = next();
    Origin changes = next();
    Origin gone = next();
    change(lanes, comes, null, FIRST, Map.of());
    lanes.apply(RowChange.insert(FIRST, tuple("a", LONG), before));
    change(lanes, changes, FIRST, wider, Map.of(3, "none"));
    lanes.apply(RowChange.insert(wider, tuple("b", "more", "x"), next()));
    // Another lane.
    change(lanes, comes, null, FIRST, Map.of());
    lanes.apply(RowChange.insert(FIRST, tuple("c", "x"), before));
    lanes.apply(RowChange.update(FIRST, tuple("c", UNCHANGED), null, false, before));
    change(lanes, changes, FIRST, wider, Map.of(3, "none"));

    ChangingTable table = lanes.table(new TableName("public", "u"));
    assertThat(table.size()).isEqualTo(3);
    assertThat(table.take(row("a", "none", LONG))).isEqualTo(SAME);
    assertThat(table.take(row("b", "more", "x"))).isEqualTo(SAME);
    assertThat(table.take(row("c", "none", "x"))).isEqualTo(SAME);
    assertThat(lanes.untold()).isZero();
    change(lanes, gone, wider, null, Map.of());
    lanes.apply(RowChange.insert(wider, tuple("d", "more", "x"), before));
    change(lanes, gone, wider, null, Map.of());
    assertThat(lanes.names()).isEmpty();
  }

  @Test
  void rowsUnderColumnsThatWereNotToldAreCounted() {
    insert(FIRST, "a", "x");
    assertThat(held.untold()).as("of a table that was not told").isEqualTo(1);
    change(null, FIRST, Map.of());
    insert(FIRST, "b", "x");
    assertThat(held.untold()).isEqualTo(1);
    TableSchema wider = columns("t", text(1, "id"), text(2, "body"), text(3, "more"));
    held.apply(RowChange.insert(wider, tuple("c", "x", "y"), next()));
    assertThat(held.untold()).isEqualTo(2);
  }

  @Test
  void ownMessagesAreCounted() {
    byte[] content = "end".getBytes(StandardCharsets.UTF_8);
    Position position = new Position(1, 1);
    held.apply(new LogicalMessage(position, 0, true, HeldState.PREFIX, content));
    held.apply(new LogicalMessage(position, 0, true, "foreign", content));

    assertThat(held.messages("end")).isEqualTo(1);
    assertThat(held.messages("other")).isZero();
  }

  private void insert(TableSchema schema, String id, String body) {
    held.apply(RowChange.insert(schema, tuple(id, body), next()));
  }

  private void update(Tuple row, Tuple old) {
    held.apply(RowChange.update(KEYED, row, old, false, next()));
  }

  private static Truncate truncate(Origin origin) {
    return new Truncate(
        new Position(origin.commitLsn(), origin.ordinal()), 0, 1, KEYED, false, false);
  }

  private HeldTable.Comparison take(String... values) {
    return held.table(NAME).take(row(values));
  }

  private long size() {
    return held.table(NAME).size();
  }

  private Origin next() {
    return new Origin(lsn++, 1, 0, 1);
  }

  private static Tuple row(String... values) {
    return tuple(Tuple.Layout.COPY, values);
  }

  private static Tuple tuple(String... values) {
    return tuple(Tuple.Layout.PGOUTPUT, values);
  }

  private static Tuple tuple(Tuple.Layout layout, String... values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeShort(values.length);
      for (String value : values) {
        byte[] content = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        if (layout == Tuple.Layout.PGOUTPUT) {
          out.writeByte(value == null ? 'n' : value.equals(UNCHANGED) ? 'u' : 'b');
        }
        if (content != null && !value.equals(UNCHANGED)) {
          out.writeInt(content.length);
          out.write(content);
        } else if (layout == Tuple.Layout.COPY) {
          out.writeInt(-1);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Tuple(bytes.toByteArray(), 0, bytes.size(), layout);
  }
}
