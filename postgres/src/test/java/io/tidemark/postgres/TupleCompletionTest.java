package io.tidemark.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.Tuple.Layout;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TupleCompletionTest {
  private static final PgType TEXT = PgType.base(25, "text");
  private static final PgType ACL = new PgType(1033, "aclitem", PgType.Kind.BASE, null, false);
  private static final String UNCHANGED = "(unchanged)";

  /** The third column's type has no binary form. */
  private static final TableSchema SCHEMA = schema(TEXT, TEXT, ACL);

  @Test
  void unchangedColumnsAreTakenAndNoOthers() {
    Tuple whole = complete(sent("", UNCHANGED, null), sent("k", "", "x"));
    assertThat(values(whole)).isEqualTo(Arrays.asList("", "", null));
    assertThat(whole).as("not a byte more").isEqualTo(sent("", "", null));
    assertThat(whole.isPartial()).isFalse();
    assertThat(values(complete(sent(UNCHANGED, "1", UNCHANGED), sent("k", "0", "x"))))
        .containsExactly("k", "1", "x");
  }

  @Test
  void whatTheOtherDoesNotHaveStaysUnchanged() {
    Tuple still = complete(sent("k", UNCHANGED, UNCHANGED), sent("k", UNCHANGED, "x"));
    assertThat(values(still)).containsExactly("k", UNCHANGED, "x");
    assertThat(still.isPartial()).isTrue();
    Tuple partial = sent("l", "1", UNCHANGED);
    assertThat(complete(partial, sent("k", null, null))).as("by an old key").isSameAs(partial);
    assertThat(values(complete(sent(UNCHANGED, "1", UNCHANGED), sent("k", null, null))))
        .containsExactly("k", "1", UNCHANGED);
  }

  @Test
  void aWholeRowIsNotCopied() {
    Tuple sent = sent("k", null, "x");
    assertThat(complete(sent, sent("k", "1", "y"))).isSameAs(sent);
    Tuple copied = copied("k", null, "x");
    assertThat(complete(copied, sent("k", "1", "y"))).isSameAs(copied);
  }

  @Test
  void aRowOfADumpGivesTextWhereTheTypeHasNoBinaryForm() {
    Tuple whole = complete(sent("k", UNCHANGED, UNCHANGED), copied("k", "1", "me=r/me"));
    assertThat(whole).isEqualTo(sent("k", "1", "me=r/me"));
    assertThat(whole.isText(1, TEXT)).isFalse();
    assertThat(whole.isText(2, ACL)).isTrue();
  }

  @Test
  void tuplesWithinTheirMessagesAreCompleted() {
    Tuple row = within(sent(UNCHANGED, "1", UNCHANGED));
    for (Tuple other : List.of(sent("k", "0", "x"), copied("k", "0", "x"))) {
      assertThat(complete(row, within(other))).isEqualTo(sent("k", "1", "x"));
    }
  }

  @Test
  void anyRowIsCompletedColumnByColumn() {
    long seed = new Random().nextLong();
    System.out.println("TupleCompletionTest seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      String[] row = new String[random.nextInt(300)];
      String[] other = new String[row.length];
      String[] expected = new String[row.length];
      boolean copied = random.nextBoolean();
      for (int c = 0; c < row.length; c++) {
        row[c] = value(random, true);
        other[c] = value(random, !copied);
        boolean taken = UNCHANGED.equals(row[c]) && other[c] != null;
        expected[c] = taken ? other[c] : row[c];
      }
      PgType[] types = new PgType[row.length];
      Arrays.fill(types, TEXT);
      TableSchema wide = schema(types);
      Tuple from = copied ? copied(other) : sent(wide, other);
      Tuple whole = TupleCompletion.complete(wide, within(sent(wide, row)), within(from));
      assertThat(whole).as("seed %d, round %d", seed, i).isEqualTo(sent(wide, expected));
      assertThat(whole.isPartial()).isEqualTo(Arrays.asList(expected).contains(UNCHANGED));
    }
  }

  private static String value(Random random, boolean orUnchanged) {
    return switch (random.nextInt(orUnchanged ? 3 : 2)) {
      case 0 -> null;
      case 1 -> "v".repeat(random.nextInt(5));
      default -> UNCHANGED;
    };
  }

  @Test
  void largeValuesKeepTheirLength() {
    int length = 0x0102_0304;
    ByteBuffer row = ByteBuffer.allocate(2 + 5 + 5 + length + 1).putShort((short) 3);
    row.put((byte) 'b').putInt(0).put((byte) 'b').putInt(length);
    row.put(row.capacity() - 1, (byte) 'n');
    Tuple large = new Tuple(row.array(), 0, row.capacity(), Layout.PGOUTPUT);
    Tuple whole = complete(sent("", UNCHANGED, null), large);
    assertThat(whole.valueLength(1)).isEqualTo(length);
    assertThat(whole.length()).isEqualTo(large.length());
  }

  @Test
  void rowsOfAnotherTableAreRefused() {
    TableSchema two = schema(TEXT, TEXT);
    Tuple partial = sent("k", UNCHANGED);
    Tuple other = sent("k", "1", "x");
    assertThatThrownBy(() -> TupleCompletion.complete(SCHEMA, partial, other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has 2 columns: it is of another schema");
    assertThatThrownBy(() -> TupleCompletion.complete(two, partial, other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has 3 columns: it is of another schema");
  }

  private static Tuple complete(Tuple row, Tuple other) {
    return TupleCompletion.complete(SCHEMA, row, other);
  }

  private static TableSchema schema(PgType... types) {
    List<Column> columns = new ArrayList<>();
    for (PgType type : types) {
      columns.add(new Column("c" + columns.size(), type, -1));
    }
    return new TableSchema(1, new TableName("public", "t"), ReplicaIdentity.NOTHING, columns);
  }

  private static Tuple sent(String... values) {
    return sent(SCHEMA, values);
  }

  private static Tuple sent(TableSchema schema, String... values) {
    ByteArrayOutputStream out = count(values);
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        out.write('n');
      } else if (values[i].equals(UNCHANGED)) {
        out.write('u');
      } else {
        out.write(schema.columns().get(i).type().binary() ? 'b' : 't');
        put(values[i], out);
      }
    }
    return new Tuple(out.toByteArray(), 0, out.size(), Layout.PGOUTPUT);
  }

  private static Tuple copied(String... values) {
    ByteArrayOutputStream out = count(values);
    for (String value : values) {
      if (value == null) {
        out.writeBytes(new byte[] {-1, -1, -1, -1});
      } else {
        put(value, out);
      }
    }
    return new Tuple(out.toByteArray(), 0, out.size(), Layout.COPY);
  }

  private static ByteArrayOutputStream count(String... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(values.length >> 8);
    out.write(values.length);
    return out;
  }

  private static void put(String value, ByteArrayOutputStream out) {
    byte[] utf8 = value.getBytes(UTF_8);
    out.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
    out.writeBytes(utf8);
  }

  /** The same behind three bytes and before four. */
  private static Tuple within(Tuple tuple) {
    byte[] message = new byte[3 + tuple.length() + 4];
    System.arraycopy(tuple.array(), 0, message, 3, tuple.length());
    return new Tuple(message, 3, tuple.length(), tuple.layout());
  }

  private static List<String> values(Tuple tuple) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < tuple.size(); i++) {
      byte[] value = tuple.value(i);
      values.add(
          tuple.isUnchanged(i) ? UNCHANGED : value == null ? null : new String(value, UTF_8));
    }
    return values;
  }
}
