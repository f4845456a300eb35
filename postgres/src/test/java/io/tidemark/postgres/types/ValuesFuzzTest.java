package io.tidemark.postgres.types;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes are a value or a {@link MalformedValueException}, whatever lies around them. The input: a
 * byte that picks the type, then the value.
 */
class ValuesFuzzTest {
  private static final List<PgType> TYPES = types();

  static Stream<byte[]> seeds() {
    return Stream.of(
        seed(Oids.BOOL, "01"),
        seed(Oids.INT8, "7fffffffffffffff"),
        seed(Oids.NUMERIC, "0006 0004 0000 0004 0001 0001 0001 0001 0001 04d2"),
        seed(Oids.NUMERIC, "0002 0000 4000 0003 0001 1388"),
        seed(Oids.NUMERIC, "0001 7fff 0000 3fff 0001"),
        seed(Oids.NUMERIC, "0000 0000 c000 0000"),
        seed(Oids.TEXT, "c3a4 efbfbd"),
        seed(Oids.JSONB, "01 7b7d"),
        seed(Oids.DATE, "fff4da1b"),
        seed(Oids.TIMESTAMP, "ffffffffffffffff"),
        seed(Oids.TIMESTAMPTZ, "0000000000000001"),
        seed(Oids.TIMETZ, "000000141dd76000 fffff1f0"),
        seed(Oids.INTERVAL, "000000000000000a 00000001 fffffff4"),
        seed(Oids.INET, "02 18 00 04 0a000001"),
        seed(Oids.INET, "03 80 01 10 00000000000000000000ffff0a000001"),
        seed(Oids.BIT, "0000000a ffc0"),
        seed(Oids.TSVECTOR, "00000002 6100 0000 6200 0002 0001 c002"),
        seed(Oids.PG_SNAPSHOT, "00000001 000000000000000a 000000000000000c 000000000000000b"),
        seed(Oids.PATH, "01 00000001 3ff0000000000000 4000000000000000"),
        seed(1007, "00000001 00000001 00000017 00000002 00000001 00000004 00000007 ffffffff"),
        seed(
            1231,
            "00000002 00000000 000006a4 00000001 00000001 00000001 00000001",
            "0000000a 0001 0000 0000 0000 0001"),
        seed(3904, "02 00000004 00000001 00000004 0000000a"),
        seed(4451, "00000002 00000001 01 00000009 08 00000004 00000005"),
        seed(70_000, "00000002 00000017 00000004 00000001 00000019 ffffffff"),
        seed(70_002, "00000001 00000001 61 ffffffff"),
        seed(70_003, "01 61"));
  }

  @MethodSource("seeds")
  @FuzzTest
  void bytesAreAValueOrMalformed(byte[] input) {
    if (input.length == 0) {
      return;
    }
    PgType type = TYPES.get((input[0] & 0xFF) % TYPES.size());
    String alone = decode(input, 1, input.length - 1, type);
    byte[] within = new byte[input.length + 16];
    Arrays.fill(within, (byte) 1);
    System.arraycopy(input, 1, within, 7, input.length - 1);
    assertThat(decode(within, 7, input.length - 1, type)).isEqualTo(alone);
  }

  /** The value as text, or what is wrong. */
  private static String decode(byte[] bytes, int offset, int length, PgType type) {
    try {
      return text(Values.decode(bytes, offset, length, type));
    } catch (MalformedValueException e) {
      assertThat(e).hasMessageContaining("bytes long, is malformed: ");
      return e.getMessage();
    }
  }

  private static String text(Object value) {
    if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }
    if (value instanceof List<?> elements) {
      return elements.stream().map(ValuesFuzzTest::text).toList().toString();
    }
    if (value instanceof Composite composite) {
      return composite.fields().stream().map(field -> text(field.value())).toList().toString();
    }
    return String.valueOf(value);
  }

  private static byte[] seed(int oid, String... hex) {
    ByteArrayOutputStream seed = new ByteArrayOutputStream();
    seed.write(TYPES.stream().map(PgType::oid).toList().indexOf(oid));
    seed.writeBytes(HexFormat.of().parseHex(String.join("", hex).replace(" ", "")));
    return seed.toByteArray();
  }

  /** Less than 256, so that a byte picks one. */
  private static List<PgType> types() {
    List<PgType> types = new ArrayList<>();
    BuiltinTypes.all().values().stream()
        .sorted(Comparator.comparing(PgType::oid))
        .forEach(types::add);
    PgType mood = new PgType(70_001, "public.mood", Kind.ENUM, null, true);
    types.add(PgType.composite(70_000, "public.pair", List.of(mood, PgType.money(0)), true));
    types.add(mood);
    types.add(PgType.base(70_002, "public.hstore"));
    types.add(PgType.base(70_003, "public.ltree"));
    types.add(new PgType(70_004, "gone", Kind.UNKNOWN, null, true));
    types.add(new PgType(70_005, "public.digits", Kind.DOMAIN, BuiltinTypes.find(1700), true));
    types.add(new PgType(70_006, "public.pairs", Kind.ARRAY, types.get(types.size() - 6), true));
    return types;
  }
}
