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
import io.tidemark.postgres.change.Truncate;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

  private HeldTable.Comparison take(String id, String body) {
    return held.table(NAME).take(row(id, body));
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
