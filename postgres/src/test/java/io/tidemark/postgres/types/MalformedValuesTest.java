package io.tidemark.postgres.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.postgres.PgType;
import io.tidemark.postgres.PgType.Kind;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the bytes, decoding ends, stays within them and fails in one way only. */
class MalformedValuesTest {
  private static final int ROUNDS = 400;

  @Test
  void randomBytesDecodeOrAreMalformed() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (PgType type : types()) {
      for (int i = 0; i < ROUNDS; i++) {
        byte[] bytes = new byte[random.nextInt(80)];
        random.nextBytes(bytes);
        if (random.nextBoolean()) {
          makePlausible(bytes, random);
        }
        assertOneFailure(type, bytes, seed);
      }
    }
  }

  /** A claim of two thousand million parts must not be believed before they are there. */
  @ParameterizedTest
  @CsvSource({
    "1007, 00000001 00000000 00000017 7fffffff 00000001",
    "1007, 00000006 00000000 00000017 7fffffff 00000001 7fffffff 00000001 7fffffff 00000001 "
        + "7fffffff 00000001 7fffffff 00000001 7fffffff 00000001",
    "1007, 00000002 00000000 00000017 7fffffff 00000001 00000000 00000001",
    "1007, 7fffffff 00000000 00000017",
    "4451, 7fffffff",
    "602, 01 7fffffff",
    "604, 0ccccccd",
    "3614, 7fffffff",
    "1562, 7fffffff",
    "2970, 7fffffff 0000000000000000 0000000000000000",
    "1700, ffff 0000 0000 0000",
    "3904, 02 7fffffff",
  })
  void claimsAreNotBelieved(int oid, String hex) {
    assertThatThrownBy(() -> ValuesTest.decode(oid, hex))
        .isInstanceOf(MalformedValueException.class);
  }

  private static void assertOneFailure(PgType type, byte[] bytes, long seed) {
    try {
      Values.decode(bytes, 0, bytes.length, type);
    } catch (MalformedValueException e) {
      assertThat(e).hasMessageContaining("bytes long, is malformed: ");
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "seed " + seed + ", " + type + ", " + HexFormat.of().formatHex(bytes), e);
    }
  }

  /** Small numbers where counts and lengths are, so that decoding gets further than the start. */
  private static void makePlausible(byte[] bytes, Random random) {
    for (int i = 0; i + 4 <= bytes.length; i += 4) {
      if (random.nextInt(4) > 0) {
        bytes[i] = 0;
        bytes[i + 1] = 0;
        bytes[i + 2] = 0;
        bytes[i + 3] = (byte) random.nextInt(9);
      }
    }
  }

  private static List<PgType> types() {
    List<PgType> types = new ArrayList<>(BuiltinTypes.all().values());
    types.add(new PgType(70_000, "public.pair", Kind.COMPOSITE, null, true));
    types.add(new PgType(70_001, "public.mood", Kind.ENUM, null, true));
    types.add(PgType.base(70_002, "public.hstore"));
    types.add(PgType.base(70_003, "public.ltree"));
    types.add(new PgType(70_004, "gone", Kind.UNKNOWN, null, true));
    return types;
  }
}
