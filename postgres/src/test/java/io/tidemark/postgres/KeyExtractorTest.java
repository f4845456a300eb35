package io.tidemark.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyExtractorTest {
  private static final PgType INT8 = PgType.base(20, "bigint");
  private static final PgType TEXT = PgType.base(25, "text");
  private static final PgType FLOAT4 = PgType.base(700, "real");
  private static final PgType FLOAT8 = PgType.base(701, "double precision");
  private static final PgType BPCHAR = PgType.base(1042, "character");
  private static final PgType NUMERIC = PgType.base(1700, "numeric");

  /** Stands for unchanged TOAST among values. */
  private static final byte[] UNCHANGED = {};

  @Test
  void aKeyIsACopyTupleOfTheKeyColumns() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(TEXT, INT8, TEXT), 1, 2));
    RowKey key = keys.key(pgoutput(text("not in it"), int8(258), null));
    assertThat(HexFormat.of().formatHex(key.array()))
        .isEqualTo("0002" + "00000008" + "0000000000000102" + "ffffffff");
    assertThat(keys.tuple(key).size()).isEqualTo(2);
    assertThat(keys.tuple(key).value(0)).isEqualTo(int8(258));
    assertThat(keys.tuple(key).isNull(1)).isTrue();
    assertThat(key.memorySize()).isGreaterThan(key.array().length);
  }

  @Test
  void aRowHasOneKeyInBothLayouts() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(INT8, TEXT, BPCHAR), 0, 1, 2));
    byte[][] row = {int8(-1), text("b"), text("x  ")};
    assertThat(keys.key(pgoutput(row))).isEqualTo(keys.key(copy(row)));
  }

  @Test
  void nullEmptyAndNeighboursAreToldApart() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(TEXT, TEXT)));
    Set<RowKey> distinct = new HashSet<>();
    distinct.add(keys.key(copy(text(""), null)));
    distinct.add(keys.key(copy(null, text(""))));
    distinct.add(keys.key(copy(text("ab"), text(""))));
    distinct.add(keys.key(copy(text("a"), text("b"))));
    distinct.add(keys.key(copy(null, null)));
    assertThat(distinct).hasSize(5);
  }

  @Test
  void anUnchangedKeyColumnComesFromTheOldTuple() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(INT8, TEXT), 0, 1));
    Tuple moved = pgoutput(int8(2), UNCHANGED);
    Tuple old = pgoutput(int8(1), text("long"));
    assertThat(keys.key(moved, old)).isEqualTo(keys.key(copy(int8(2), text("long"))));
    assertThat(keys.sameKey(moved, old)).isFalse();
    assertThat(keys.sameKey(pgoutput(int8(1), UNCHANGED), old)).isTrue();
    assertThatThrownBy(() -> keys.key(moved))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("public.t lacks its key column c1")
        .hasMessageContaining("no old key");
    assertThatThrownBy(() -> keys.key(moved, pgoutput(int8(1), UNCHANGED)))
        .hasMessageContaining("the old key lacks it too");
    assertThatThrownBy(() -> keys.key(moved, pgoutput(int8(1), text("long"), text("more"))))
        .hasMessageContaining("has 3 columns");
  }

  @Test
  void aRowMovesIfAnyColumnOfItsKeyIsAnother() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(TEXT, INT8, TEXT), 1, 2));
    Tuple old = pgoutput(text("x"), int8(1), text("k"));
    assertThat(keys.sameKey(pgoutput(text("y"), int8(1), text("k")), old)).isTrue();
    assertThat(keys.sameKey(pgoutput(text("x"), int8(1), UNCHANGED), old)).isTrue();
    assertThat(keys.sameKey(pgoutput(text("x"), int8(2), text("k")), old)).isFalse();
    assertThat(keys.sameKey(pgoutput(text("x"), int8(1), text("l")), old)).isFalse();
    assertThat(keys.sameKey(pgoutput(text("x"), int8(1), null), old)).isFalse();
    assertThat(keys.keyLength(old)).isEqualTo(9);
    assertThat(keys.keyLength(pgoutput(text("xyz"), int8(1), null))).isEqualTo(8);
    Tuple shorter = pgoutput(text("x"), int8(1));
    assertThatThrownBy(() -> keys.sameKey(shorter, old)).hasMessageContaining("has 2 columns");
    assertThatThrownBy(() -> keys.sameKey(old, shorter)).hasMessageContaining("has 2 columns");
  }

  @Test
  void aRowOfManyColumnsWithoutAKeyHasAllOfThemCounted() {
    KeyExtractor keys = new KeyExtractor(schema(Collections.nCopies(300, TEXT)));
    byte[] nulls = new byte[2 + 4 * 300];
    Arrays.fill(nulls, (byte) -1);
    nulls[0] = 1;
    nulls[1] = 44;
    RowKey key = keys.key(new Tuple(nulls, 0, nulls.length, Tuple.Layout.COPY));
    assertThat(keys.tuple(key).size()).isEqualTo(300);
  }

  @Test
  void withoutAKeyTheWholeRowIsIt() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(INT8, TEXT)));
    assertThat(keys.key(pgoutput(int8(1), UNCHANGED), pgoutput(int8(7), text("v"))))
        .isEqualTo(keys.key(copy(int8(1), text("v"))))
        .isNotEqualTo(keys.key(copy(int8(1), text("w"))));
  }

  @Test
  void numericsThatAreEqualHaveOneKey() {
    assertOneForm(
        NUMERIC,
        numeric(0, 0, 1, 1, 5000), // 1.5
        numeric(0, 0, 3, 1, 5000), // 1.500
        numeric(0, 0, 8, 1, 5000, 0), // trailing zero digit
        numeric(1, 0, 1, 0, 1, 5000)); // leading zero digit
    assertOneForm(NUMERIC, numeric(0, 0, 0), numeric(0, 0, 4, 0), numeric(5, 0x4000, 2));
    assertOneForm(NUMERIC, numeric(0, 0xC000, 0), numeric(3, 0xC000, 9));
    assertThat(
            Set.of(
                key(NUMERIC, numeric(0, 0, 0, 1)),
                key(NUMERIC, numeric(0, 0x4000, 0, 1)),
                key(NUMERIC, numeric(1, 0, 0, 1)),
                key(NUMERIC, numeric(-1, 0, 4, 1)),
                key(NUMERIC, numeric(0, 0xC000, 0)),
                key(NUMERIC, numeric(0, 0xD000, 0x20)),
                key(NUMERIC, numeric(0, 0xF000, 0x20))))
        .hasSize(7);
  }

  @Test
  void aCanonicalNumericIsStillANumeric() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(NUMERIC), 0));
    RowKey key = keys.key(copy(numeric(0, 0, 8, 1, 5000, 0)));
    assertThat(keys.tuple(key).value(0)).isEqualTo(numeric(0, 0, 1, 1, 5000));
    assertThat(keys.tuple(keys.key(copy(numeric(2, 0, 0, 7)))).value(0))
        .isEqualTo(numeric(2, 0, 0, 7));
  }

  @Test
  void aCanonicalNumericHasTheScaleThatHoldsItsDigits() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(NUMERIC), 0));
    int[] last = {5000, 2500, 1250, 625};
    for (int scale = 1; scale <= 4; scale++) {
      RowKey key = keys.key(copy(numeric(-1, 0, 9, last[scale - 1])));
      assertThat(keys.tuple(key).value(0)).isEqualTo(numeric(-1, 0, scale, last[scale - 1]));
    }
    byte[] smallest = numeric(-4096, 0, 16_383, 10);
    assertThat(keys.tuple(keys.key(copy(smallest))).value(0)).isEqualTo(smallest);
  }

  @Test
  void floatsThatAreEqualHaveOneKey() {
    assertOneForm(FLOAT8, int8(0), int8(Long.MIN_VALUE));
    assertOneForm(
        FLOAT8, int8(0x7FF8L << 48), int8(0xFFF8_0000_0000_0001L), int8(0x7FF0L << 48 | 1));
    assertOneForm(FLOAT4, int4(0), int4(0x8000_0000));
    assertOneForm(FLOAT4, int4(0x7FC0_0000), int4(0xFFC0_0001));
    assertThat(key(FLOAT8, int8(Double.doubleToLongBits(1))))
        .isNotEqualTo(key(FLOAT8, int8(Double.doubleToLongBits(-1))));
    assertThat(key(FLOAT4, int4(Float.floatToIntBits(1))))
        .isNotEqualTo(key(FLOAT4, int4(Float.floatToIntBits(-1))));
    assertThat(HexFormat.of().formatHex(key(FLOAT4, int4(Float.floatToIntBits(1))).array()))
        .isEqualTo("0001" + "00000004" + "3f800000");
  }

  @Test
  void paddingIsNoPartOfACharacterKey() {
    assertOneForm(BPCHAR, text("a"), text("a  "));
    assertOneForm(BPCHAR, text(""), text("   "));
    // As many as the code of a space.
    assertOneForm(BPCHAR, text(""), text(" ".repeat(32)));
    assertThat(key(TEXT, text("a"))).isNotEqualTo(key(TEXT, text("a ")));
    assertThat(key(BPCHAR, text("a"))).isNotEqualTo(key(BPCHAR, text("b")));
    assertThat(HexFormat.of().formatHex(key(BPCHAR, text(" a ")).array()))
        .isEqualTo("0001" + "00000002" + "2061");
  }

  @Test
  void domainsAreCanonicalisedAsTheirBase() {
    PgType money = new PgType(70000, "amount", Kind.DOMAIN, NUMERIC, true);
    PgType tip = new PgType(70001, "tip", Kind.DOMAIN, money, true);
    assertOneForm(tip, numeric(0, 0, 1, 1, 5000), numeric(0, 0, 3, 1, 5000));
  }

  @Test
  void textFormsAreTakenAsTheyAre() {
    PgType acl = new PgType(1033, "aclitem", Kind.BASE, null, false);
    KeyExtractor keys = new KeyExtractor(schema(List.of(acl), 0));
    Tuple streamed = tuple(Tuple.Layout.PGOUTPUT, 't', text("a=r/b"));
    assertThat(keys.key(streamed)).isEqualTo(keys.key(copy(text("a=r/b"))));
  }

  @Test
  void tuplesThatDoNotFitAreRefused() {
    KeyExtractor keys = new KeyExtractor(schema(List.of(NUMERIC), 0));
    assertThatThrownBy(() -> keys.key(copy(text("1"), text("2"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("public.t")
        .hasMessageContaining("has 2 columns");
    assertThatThrownBy(() -> keys.key(copy(text("12345"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("key column c0 of public.t, of type numeric, has 5 bytes");
    for (String shortened : List.of("", "123456", "1234567")) {
      assertThatThrownBy(() -> keys.key(copy(text(shortened))))
          .hasMessageContaining("numeric, has " + shortened.length() + " bytes");
    }
    assertThatThrownBy(() -> keys.key(copy(Arrays.copyOf(numeric(0, 0, 0, 1), 12))))
        .hasMessageContaining("numeric, has 12 bytes");
    assertThatThrownBy(() -> key(FLOAT4, int8(1))).hasMessageContaining("real, has 8 bytes");
    assertThatThrownBy(() -> key(FLOAT8, int4(1)))
        .hasMessageContaining("double precision, has 4 bytes");
    assertThatThrownBy(() -> keys.key(copy(numeric(Short.MIN_VALUE, 0, 0, 0, 4))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has 131076 decimal places");
    assertThatThrownBy(() -> keys.key(tuple(Tuple.Layout.PGOUTPUT, 't', text("1.5"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was sent as text");
  }

  /** State is kept by lane: if this fails, do not change the values but the code. */
  @Test
  void lanesAreForEver() {
    KeyExtractor composite = new KeyExtractor(schema(List.of(INT8, TEXT), 0, 1));
    List<RowKey> golden =
        List.of(
            key(INT8, int8(0)),
            key(INT8, int8(1)),
            key(INT8, int8(-1)),
            key(INT8, int8(1L << 40)),
            key(TEXT, text("")),
            key(TEXT, text("tidemark")),
            key(NUMERIC, numeric(0, 0, 3, 1, 5000)),
            composite.key(copy(int8(42), null)),
            composite.key(copy(int8(42), text("äöü"))));
    List<Integer> lanes = new ArrayList<>();
    golden.forEach(key -> lanes.add(KeyExtractor.lane(key, 1000)));
    assertThat(lanes).containsExactly(79, 148, 995, 63, 84, 256, 89, 750, 494);
  }

  @Test
  void lanesAreEvenlyFilledAndHashesSpread() {
    int keys = 200_000;
    int[] filled = new int[7];
    Set<Integer> hashes = new HashSet<>();
    for (int i = 0; i < keys; i++) {
      RowKey key = key(INT8, int8(i));
      filled[KeyExtractor.lane(key, filled.length)]++;
      hashes.add(key.hashCode());
    }
    for (int count : filled) {
      assertThat(count).isBetween(keys / 7 * 97 / 100, keys / 7 * 103 / 100);
    }
    assertThat(hashes).hasSizeGreaterThan(keys * 999 / 1000);
    assertThat(KeyExtractor.lane(key(INT8, int8(5)), 1)).isZero();
  }

  private static void assertOneForm(PgType type, byte[]... values) {
    KeyExtractor keys = new KeyExtractor(schema(List.of(type), 0));
    Set<RowKey> distinct = new HashSet<>();
    for (byte[] value : values) {
      distinct.add(keys.key(copy(value)));
      assertThat(keys.sameKey(copy(value), copy(values[0]))).isTrue();
      assertThat(keys.sameKeyBytes(copy(value), copy(values[0])))
          .isEqualTo(Arrays.equals(value, values[0]));
    }
    assertThat(distinct).hasSize(1);
  }

  private static RowKey key(PgType type, byte[] value) {
    return new KeyExtractor(schema(List.of(type), 0)).key(copy(value));
  }

  private static TableSchema schema(List<PgType> types, int... key) {
    List<Column> columns = new ArrayList<>();
    for (PgType type : types) {
      columns.add(new Column("c" + columns.size(), type, -1));
    }
    return new TableSchema(
        16384, new TableName("public", "t"), ReplicaIdentity.DEFAULT, columns, key);
  }

  private static Tuple pgoutput(byte[]... values) {
    return tuple(Tuple.Layout.PGOUTPUT, 'b', values);
  }

  private static Tuple copy(byte[]... values) {
    return tuple(Tuple.Layout.COPY, 'b', values);
  }

  private static Tuple tuple(Tuple.Layout layout, char kind, byte[]... values) {
    boolean kinds = layout == Tuple.Layout.PGOUTPUT;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(values.length);
    for (byte[] value : values) {
      if (kinds) {
        out.write(value == null ? 'n' : value == UNCHANGED ? 'u' : kind);
      }
      if (value != null && value != UNCHANGED) {
        out.writeBytes(int4(value.length));
        out.writeBytes(value);
      } else if (!kinds) {
        out.writeBytes(int4(-1));
      }
    }
    return new Tuple(out.toByteArray(), 0, out.size(), layout);
  }

  private static byte[] numeric(int weight, int sign, int scale, int... digits) {
    ByteBuffer buffer = ByteBuffer.allocate(8 + 2 * digits.length);
    buffer.putShort((short) digits.length).putShort((short) weight);
    buffer.putShort((short) sign).putShort((short) scale);
    for (int digit : digits) {
      buffer.putShort((short) digit);
    }
    return buffer.array();
  }

  private static byte[] int8(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  private static byte[] int4(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] text(String value) {
    return value.getBytes(UTF_8);
  }
}
