package io.tidemark.postgres.types;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import io.tidemark.postgres.Tuple;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Values in the bytes that PostgreSQL sends, spelled out; fields are set apart by spaces. */
class ValuesTest {
  private static final PgType MOOD = new PgType(70_001, "public.mood", Kind.ENUM, null, true);

  @Test
  void integersKeepTheirWidth() {
    assertThat(decode(Oids.INT2, "fffe")).isEqualTo((short) -2);
    assertThat(decode(Oids.INT4, "80000000")).isEqualTo(Integer.MIN_VALUE);
    assertThat(decode(Oids.INT8, "7fffffffffffffff")).isEqualTo(Long.MAX_VALUE);
    assertThat(decode(Oids.OID, "fffffffe")).isEqualTo(4_294_967_294L);
    assertThat(decode(Oids.XID8, "ffffffffffffffff"))
        .isEqualTo(BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
  }

  @Test
  void floatsAndBooleans() {
    assertThat(decode(Oids.FLOAT8, "3ff8000000000000")).isEqualTo(1.5);
    assertThat(decode(Oids.FLOAT4, "ff800000")).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(decode(Oids.BOOL, "01")).isEqualTo(true);
  }

  @Test
  void numericsKeepTheirScale() {
    assertThat(decode(Oids.NUMERIC, "0002 0000 0000 0001 0001 1388"))
        .isEqualTo(new BigDecimal("1.5"));
    assertThat(decode(Oids.NUMERIC, "0002 0000 4000 0003 0001 1388"))
        .isEqualTo(new BigDecimal("-1.500"));
    assertThat(decode(Oids.NUMERIC, "0001 0001 0000 0000 0001")).isEqualTo(new BigDecimal("10000"));
    assertThat(decode(Oids.NUMERIC, "0000 0000 0000 0002")).isEqualTo(new BigDecimal("0.00"));
    assertThat(decode(Oids.NUMERIC, "0001 ffff 0000 0004 0001"))
        .isEqualTo(new BigDecimal("0.0001"));
    assertThat(decode(Oids.NUMERIC, "0006 0004 0000 0004 0001 0001 0001 0001 0001 04d2"))
        .isEqualTo(new BigDecimal("10001000100010001.1234"));
  }

  @Test
  void numericsThatAreNoNumbersAreDoubles() {
    assertThat(decode(Oids.NUMERIC, "0000 0000 c000 0000")).isEqualTo(Double.NaN);
    assertThat(decode(Oids.NUMERIC, "0000 0000 d000 0020")).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(decode(Oids.NUMERIC, "0000 0000 f000 0020")).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void aShortNumericWithAHugeWeightStaysSmall() {
    BigDecimal huge = (BigDecimal) decode(Oids.NUMERIC, "0001 7fff 0000 3fff 0001");
    assertThat(huge).isEqualByComparingTo(new BigDecimal("1E+131068"));
    assertThat(huge.unscaledValue().bitLength()).isLessThan(4000);
  }

  @Test
  void textsAndBytes() {
    assertThat(decode(Oids.TEXT, HexFormat.of().formatHex("äöü \uFFFD".getBytes(UTF_8))))
        .isEqualTo("äöü \uFFFD");
    assertThat(decode(Oids.BPCHAR, "612020")).isEqualTo("a  ");
    assertThat(decode(Oids.JSONB, "01 7b7d")).isEqualTo("{}");
    assertThat(decode(Oids.CHAR, "00")).isEqualTo("");
    assertThat(decode(Oids.CHAR, "41")).isEqualTo("A");
    assertThat(decode(Oids.CHAR, "e4")).isEqualTo("\\344");
    assertThat((byte[]) decode(Oids.BYTEA, "00ff")).containsExactly(0, 0xFF);
    assertThat(decode(Oids.UUID, "00112233445566778899aabbccddeeff"))
        .isEqualTo(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));
    assertThat(decode(MOOD, "6f6b")).isEqualTo("ok");
    assertThat(decode(PgType.base(70_002, "public.citext"), "6162")).isEqualTo("ab");
    assertThat((byte[]) decode(PgType.base(70_003, "public.vector"), "01")).containsExactly(1);
  }

  @Test
  void datesAndTimes() {
    assertThat(decode(Oids.DATE, "00000000")).isEqualTo(LocalDate.of(2000, 1, 1));
    assertThat(decode(Oids.DATE, "fff4da1b").toString()).startsWith("-");
    assertThat(decode(Oids.DATE, "7fffffff")).isEqualTo(LocalDate.MAX);
    assertThat(decode(Oids.DATE, "80000000")).isEqualTo(LocalDate.MIN);
    assertThat(decode(Oids.TIMESTAMP, "ffffffffffffffff"))
        .isEqualTo(LocalDateTime.parse("1999-12-31T23:59:59.999999"));
    assertThat(decode(Oids.TIMESTAMP, "8000000000000000")).isEqualTo(LocalDateTime.MIN);
    assertThat(decode(Oids.TIMESTAMPTZ, "0000000000000001"))
        .isEqualTo(Instant.parse("2000-01-01T00:00:00.000001Z"));
    assertThat(decode(Oids.TIMESTAMPTZ, "7fffffffffffffff")).isEqualTo(Instant.MAX);
    assertThat(decode(Oids.TIME, "00000000000f4240")).isEqualTo(LocalTime.of(0, 0, 1));
    assertThat(decode(Oids.TIME, "000000141dd76000")).isEqualTo(LocalTime.MAX);
    assertThat(decode(Oids.TIMETZ, "0000000000000000 fffff1f0"))
        .isEqualTo(OffsetTime.of(LocalTime.MIN, ZoneOffset.ofHours(1)));
  }

  @Test
  void intervals() {
    assertThat(decode(Oids.INTERVAL, "0000000000000001 00000002 0000000e"))
        .isEqualTo(new Interval(14, 2, 1))
        .hasToString("P1Y2M2DT0.000001S");
    assertThat(decode(Oids.INTERVAL, "7fffffffffffffff 7fffffff 7fffffff"))
        .isEqualTo(Interval.INFINITY)
        .hasToString("infinity");
    assertThat(new Interval(-14, 3, -3_661_500_000L)).hasToString("P-1Y-2M3DT-1H-1M-1.5S");
    assertThat(new Interval(0, 0, 0)).hasToString("PT0S");
  }

  @Test
  void networkAddresses() {
    assertThat(decode(Oids.INET, "02 20 00 04 0a000001")).isEqualTo("10.0.0.1");
    assertThat(decode(Oids.INET, "02 18 00 04 0a000001")).isEqualTo("10.0.0.1/24");
    assertThat(decode(Oids.CIDR, "02 20 01 04 0a000001")).isEqualTo("10.0.0.1/32");
    assertThat(decode(Oids.INET, "03 80 00 10 20010db8000000000000000000000001"))
        .isEqualTo("2001:db8::1");
    assertThat(decode(Oids.MACADDR, "08002b010203")).isEqualTo("08:00:2b:01:02:03");
  }

  @Test
  void otherScalars() {
    assertThat(decode(Oids.VARBIT, "00000009 a580")).isEqualTo("101001011");
    assertThat(decode(Oids.MONEY, "00000000000004d2")).isEqualTo(new BigDecimal("12.34"));
    assertThat(decode(Oids.PG_LSN, "0000001600000001")).isEqualTo(new Lsn(0x16_0000_0001L));
    assertThat(decode(Oids.TID, "00000001 0002")).isEqualTo("(1,2)");
    assertThat(decode(Oids.POINT, "3ff0000000000000 4000000000000000"))
        .isEqualTo(new Geometry.Point(1, 2));
    assertThat(decode(Oids.TSVECTOR, "00000001 636174 00 0002 0001 c002")).isEqualTo("'cat':1,2A");
  }

  @Test
  void textQueriesMayBeOfAnyDepth() {
    int deep = 100_000;
    String negations = String.format("%08x", deep + 1) + "0201".repeat(deep);
    assertThat(decode(Oids.TSQUERY, negations + "01 08 01 6100"))
        .isEqualTo("!".repeat(deep) + "'a':*A");
  }

  @Test
  void arraysNestAndHoldNulls() {
    assertThat(decode(1007, "00000000 00000000 00000017")).isEqualTo(List.of());
    assertThat(
            decode(1007, "00000001 00000001 00000017 00000002 00000001 00000004 00000007 ffffffff"))
        .isEqualTo(Arrays.asList(7, null));
    PgArray matrix =
        (PgArray)
            decode(
                1007,
                "00000002 00000000 00000017 00000001 00000000 00000002 00000005"
                    + "00000004 00000001 00000004 00000002");
    assertThat(matrix).isEqualTo(List.of(List.of(1, 2)));
    assertThat(matrix.lowerBound()).isZero();
    assertThat(((PgArray) matrix.get(0)).lowerBound()).isEqualTo(5);
    PgType moods = new PgType(70_004, "public.mood[]", Kind.ARRAY, MOOD, true);
    PgType domain = new PgType(70_005, "public.moods", Kind.DOMAIN, moods, true);
    assertThat(decode(domain, "00000001 00000000 00011171 00000001 00000001 00000002 6f6b"))
        .isEqualTo(List.of("ok"));
  }

  @Test
  void rangesKnowTheirBounds() {
    assertThat(decode(3904, "02 00000004 00000001 00000004 0000000a"))
        .isEqualTo(new Range(1, 10, true, false, false))
        .hasToString("[1,10)");
    assertThat(decode(3904, "01")).isEqualTo(Range.EMPTY);
    assertThat(decode(3904, "18")).hasToString("(,)");
    assertThat(decode(4451, "00000001 00000009 12 00000004 00000001"))
        .isEqualTo(List.of(new Range(1, null, true, false, false)));
    assertThat(decode(4451, "00000000")).isEqualTo(List.of());
  }

  @Test
  void compositesHaveTypesInThem() {
    PgType type = new PgType(70_006, "public.pair", Kind.COMPOSITE, null, true);
    Composite pair =
        (Composite)
            decode(
                type, "00000003 00000017 00000004 00000007 00000019 ffffffff 00011171 00000001 61");
    assertThat(pair.fields().get(0)).isEqualTo(new Composite.Field(BuiltinTypes.find(23), 7));
    assertThat(pair.fields().get(1)).isEqualTo(new Composite.Field(BuiltinTypes.find(25), null));
    assertThat((byte[]) pair.fields().get(2).value()).containsExactly('a');
    assertThat(pair.fields().get(2).type().kind()).isEqualTo(Kind.UNKNOWN);
  }

  @Test
  void fieldsAreDecodedByTheTypesThatTheirOwnTypeKnows() {
    PgType inside = PgType.composite(70_008, "public.inside", List.of(MOOD), true);
    PgType type = PgType.composite(70_006, "public.pair", List.of(PgType.money(0), inside), true);
    // A mood in a composite value in a composite value, and 7 units of money; the order is theirs.
    Composite pair =
        (Composite)
            decode(
                type,
                "00000002 00011178 0000000d 00000001 00011171 00000001 61"
                    + "00000316 00000008 0000000000000007");
    assertThat(pair)
        .isEqualTo(
            new Composite(
                List.of(
                    new Composite.Field(
                        inside, new Composite(List.of(new Composite.Field(MOOD, "a")))),
                    new Composite.Field(PgType.money(0), new BigDecimal("7")))));
  }

  @Test
  void moneyHasTheScaleOfItsType() {
    assertThat(decode(PgType.money(0), "00000000000004d2")).isEqualTo(new BigDecimal("1234"));
    assertThat(decode(PgType.money(3), "00000000000004d2")).isEqualTo(new BigDecimal("1.234"));
  }

  @Test
  void hstoresAreMaps() {
    Map<String, String> pairs = new HashMap<>();
    pairs.put("a", "1");
    pairs.put("b", null);
    assertThat(
            decode(
                PgType.base(70_007, "public.hstore"),
                "00000002 00000001 61 00000001 31 00000001 62 ffffffff"))
        .isEqualTo(pairs);
  }

  @Test
  void whatWasSentAsTextIsText() {
    PgType acl = BuiltinTypes.find(1033);
    Tuple copied = tuple("0001 00000005 613d722f62", Tuple.Layout.COPY);
    assertThat(Values.decode(copied, 0, acl)).isEqualTo("a=r/b");
    Tuple streamed = tuple("0001 74 00000002 3432", Tuple.Layout.PGOUTPUT);
    assertThat(Values.decode(streamed, 0, BuiltinTypes.find(Oids.INT4))).isEqualTo("42");
    assertThatThrownBy(() -> Values.int64(streamed, 0, BuiltinTypes.find(Oids.INT4)))
        .hasMessageContaining("was sent as text");
  }

  @Test
  void fastPathsAgreeAndRefuseOtherTypes() {
    Tuple row = tuple("0003 00000004 ffffffff ffffffff 00000001 01", Tuple.Layout.COPY);
    PgType int4 = BuiltinTypes.find(Oids.INT4);
    PgType domain = new PgType(70_008, "public.age", Kind.DOMAIN, int4, true);
    assertThat(Values.int64(row, 0, domain)).isEqualTo(-1);
    assertThat(Values.bool(row, 2, BuiltinTypes.find(Oids.BOOL))).isTrue();
    assertThat(Values.decode(row, 1, int4)).isNull();
    assertThatThrownBy(() -> Values.int64(row, 1, int4)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Values.float64(row, 0, domain))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("type public.age is not a floating-point number");
  }

  @Test
  void malformedValuesNameTypeAndLengthAlone() {
    assertThatThrownBy(() -> decode(Oids.INT4, "010203"))
        .isInstanceOf(MalformedValueException.class)
        .hasMessage(
            "a value of type integer (oid 23), 3 bytes long, is malformed: it should have 4");
    assertThatThrownBy(() -> decode(Oids.TEXT, "61ff")).hasMessageContaining("it is not UTF-8");
    assertThatThrownBy(() -> decode(Oids.NUMERIC, "0001 0000 0000 0000 2710"))
        .hasMessageContaining("a digit is above 9999");
    assertThatThrownBy(() -> decode(Oids.NUMERIC, "0001 ffff 0000 0001 04d2"))
        .hasMessageContaining("more decimal places");
  }

  static Object decode(int oid, String hex) {
    return decode(BuiltinTypes.find(oid), hex);
  }

  static Object decode(PgType type, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    return Values.decode(bytes, 0, bytes.length, type);
  }

  private static Tuple tuple(String hex, Tuple.Layout layout) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    return new Tuple(bytes, 0, bytes.length, layout);
  }
}
