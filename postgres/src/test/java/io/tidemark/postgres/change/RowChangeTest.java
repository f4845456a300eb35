package io.tidemark.postgres.change;

import static io.tidemark.postgres.change.Rows.UNCHANGED;
import static io.tidemark.postgres.change.Rows.hex;
import static io.tidemark.postgres.change.Rows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.RowChange.Origin;
import io.tidemark.postgres.types.MalformedValueException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowChangeTest {
  private static final PgType INT4 = PgType.base(23, "integer");
  private static final PgType TEXT = PgType.base(25, "text");
  private static final Origin ORIGIN = new Origin(0x10, 1, 0, 731);
  private static final TableSchema TABLE = Rows.table(List.of(INT4, TEXT, TEXT), 0);

  @Test
  void columnsDecodeByName() {
    TableSchema table =
        Rows.table(
            List.of(
                INT4,
                PgType.base(20, "bigint"),
                PgType.base(1700, "numeric"),
                PgType.base(1184, "timestamp with time zone"),
                PgType.base(16, "boolean"),
                TEXT),
            0);
    RowChange change =
        RowChange.insert(
            table,
            row(7, 1L << 40, hex("0002 0000 0000 0001 0001 1388"), 0L, hex("01"), null),
            ORIGIN);
    assertThat(change.get("a")).isEqualTo(7);
    assertThat(change.getInt("a")).isEqualTo(7);
    assertThat(change.getLong("a")).isEqualTo(7);
    assertThat(change.getDouble("a")).isEqualTo(7.0);
    assertThat(change.getBigDecimal("b")).isEqualTo(BigDecimal.valueOf(1L << 40));
    assertThatThrownBy(() -> change.getInt("b")).isInstanceOf(ArithmeticException.class);
    assertThat(change.getBigDecimal("c")).isEqualTo(new BigDecimal("1.5"));
    assertThat(change.getInstant("d")).isEqualTo(Instant.parse("2000-01-01T00:00:00Z"));
    assertThat(change.getBoolean("e")).isTrue();
    assertThat(change.getString("f")).isNull();
    assertThat(change.isNull("f")).isTrue();
    assertThat(change.getBytes("a")).containsExactly(0, 0, 0, 7);
    assertThat(change.getBytes("f")).isNull();
  }

  @Test
  void unchangedIsToldFromNull() {
    RowChange change = RowChange.update(TABLE, row(1, UNCHANGED, null), null, false, ORIGIN);
    assertThat(change.isUnchanged("b")).isTrue();
    assertThat(change.isNull("b")).isFalse();
    assertThat(change.isUnchanged("c")).isFalse();
    assertThat(change.isNull("c")).isTrue();
    assertThatThrownBy(() -> change.get("b"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("UPDATE public.t at 0/10#1 does not have column 'b'")
        .hasMessageContaining("isUnchanged");
  }

  @Test
  void anUnchangedValueIsTakenFromTheOldRow() {
    RowChange change =
        RowChange.update(TABLE, row(1, UNCHANGED, "x"), row(1, "long", "w"), true, ORIGIN);
    assertThat(change.isUnchanged("b")).isFalse();
    assertThat(change.getString("b")).isEqualTo("long");
    assertThat(change.getOld("c")).isEqualTo("w");
  }

  @Test
  void theOldKeyIsKnownAndNoMore() {
    RowChange moved = RowChange.update(TABLE, row(2, "x", "y"), row(1, null, null), false, ORIGIN);
    assertThat(moved.getOld("a")).isEqualTo(1);
    assertThat(moved.hasOld("a")).isTrue();
    assertThat(moved.hasOld("b")).isFalse();
    assertThatThrownBy(() -> moved.getOld("b"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("REPLICA IDENTITY FULL");
    RowChange stayed = RowChange.update(TABLE, row(2, "x", "y"), null, false, ORIGIN);
    assertThat(stayed.getOld("a")).isEqualTo(2);
    assertThat(stayed.hasOld("b")).isFalse();
    assertThat(RowChange.insert(TABLE, row(2, "x", "y"), ORIGIN).hasOld("a")).isFalse();
  }

  @Test
  void aDeleteHasNoNewRow() {
    RowChange change = RowChange.delete(TABLE, row(1, null, null), false, ORIGIN);
    assertThat(change.getOld("a")).isEqualTo(1);
    assertThat(change.isUnchanged("b")).isFalse();
    assertThatThrownBy(() -> change.get("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("DELETE public.t at 0/10#1 has no new row");
  }

  @Test
  void aReadTellsItsRequestAndNoTime() {
    RowChange read = RowChange.read(TABLE, row(1, "x", "y"), 16, -7);
    assertThat(read.dumpRequest()).isEqualTo(-7);
    assertThat(read.commitTime()).isZero();
    assertThat(RowChange.read(TABLE, row(1, "x", "y"), 16).dumpRequest()).isZero();
    RowChange insert = RowChange.insert(TABLE, row(1, "x", "y"), ORIGIN);
    assertThat(insert.dumpRequest()).isZero();
    assertThat(insert.commitTime()).isEqualTo(ORIGIN.commitTime());
  }

  @Test
  void aReadAndAnUpdateAsOneAreAReadOfItsRequestWhereTheUpdateStands() {
    RowChange read = RowChange.read(TABLE, row(1, "x", "y"), 16, -7).asLastOfDump();
    RowChange update = RowChange.update(TABLE, row(1, "z", "y"), null, false, ORIGIN);
    RowChange one = update.since(read);
    assertThat(one.op()).isEqualTo(Op.READ);
    assertThat(one.newTuple()).isEqualTo(update.newTuple());
    assertThat(one.position()).isEqualTo(update.position());
    assertThat(one.dumpRequest()).isEqualTo(-7);
    assertThat(one.isLastOfDump()).isTrue();
  }

  @Test
  void mistakesAreNamed() {
    RowChange change = RowChange.insert(TABLE, row(hex("00"), "x", "y"), ORIGIN);
    assertThatThrownBy(() -> change.get("id"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("table public.t has no published column 'id'; it has a, b, c");
    assertThatThrownBy(() -> change.getLong("b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("column 'b' of table public.t, of type text, has a String here, not a Long");
    assertThatThrownBy(() -> change.get("a"))
        .isInstanceOf(MalformedValueException.class)
        .hasMessage(
            "column a of INSERT public.t at 0/10#1: a value of type integer (oid 23), 1 bytes long,"
                + " is malformed: it should have 4");
  }
}
