package io.tidemark.postgres.types;

import java.math.BigDecimal;
import java.math.BigInteger;

/** numeric and money. */
final class Numbers {
  private static final int NEGATIVE = 0x4000;
  private static final int NAN = 0xC000;
  private static final int INFINITY = 0xD000;
  private static final int NEGATIVE_INFINITY = 0xF000;

  /** Ten bytes may stand for a number of 131,072 digits: memory must not follow every claim. */
  private static final int MAX_ADDED_ZEROS = 1000;

  private static final long[] POWERS_OF_TEN = new long[17];

  static {
    POWERS_OF_TEN[0] = 1;
    for (int i = 1; i < POWERS_OF_TEN.length; i++) {
      POWERS_OF_TEN[i] = 10 * POWERS_OF_TEN[i - 1];
    }
  }

  private Numbers() {}

  /**
   * Number of base-10000 digits, weight of the first of them (a power of 10000), sign, display
   * scale, all of 16 bits, then the digits.
   */
  static Number numeric(ValueReader in) {
    int count = in.uint16();
    int weight = in.int16();
    int sign = in.uint16();
    int scale = in.uint16();
    if (in.remaining() != 2 * count) {
      throw in.malformed("it claims " + count + " digits");
    }
    return switch (sign) {
      case 0, NEGATIVE -> {
        // The last digit counts units of this power of ten.
        int power = 4 * (weight - count + 1);
        BigDecimal value =
            count <= 4 ? few(in, count, sign, -power) : many(in, count, sign, -power);
        yield scaled(in, value, scale);
      }
      case NAN -> Double.NaN;
      case INFINITY -> Double.POSITIVE_INFINITY;
      case NEGATIVE_INFINITY -> Double.NEGATIVE_INFINITY;
      default -> throw in.malformed("it has an unknown sign");
    };
  }

  /** A number of the currency's smallest units. */
  static BigDecimal money(ValueReader in) {
    return BigDecimal.valueOf(in.expectLength(8).int64(), in.type().scale());
  }

  private static BigDecimal few(ValueReader in, int count, int sign, int scale) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = 10_000 * value + digit(in);
    }
    return BigDecimal.valueOf(sign == NEGATIVE ? -value : value, scale);
  }

  private static BigDecimal many(ValueReader in, int count, int sign, int scale) {
    char[] digits = new char[4 * count];
    for (int i = 0; i < digits.length; i += 4) {
      int digit = digit(in);
      digits[i] = (char) ('0' + digit / 1000);
      digits[i + 1] = (char) ('0' + digit / 100 % 10);
      digits[i + 2] = (char) ('0' + digit / 10 % 10);
      digits[i + 3] = (char) ('0' + digit % 10);
    }
    BigInteger value = new BigDecimal(digits).unscaledValue();
    return new BigDecimal(sign == NEGATIVE ? value.negate() : value, scale);
  }

  private static int digit(ValueReader in) {
    int digit = in.uint16();
    if (digit > 9999) {
      throw in.malformed("a digit is above 9999");
    }
    return digit;
  }

  private static BigDecimal scaled(ValueReader in, BigDecimal value, int scale) {
    if (value.signum() == 0) {
      return BigDecimal.valueOf(0, scale);
    }
    if (scale > value.scale()) {
      return value.setScale(Math.min(scale, value.scale() + MAX_ADDED_ZEROS));
    }
    int cut = value.scale() - scale;
    if (cut == 0) {
      return value;
    }
    if (cut < POWERS_OF_TEN.length && value.precision() <= 18) {
      long unscaled = value.unscaledValue().longValue();
      if (unscaled % POWERS_OF_TEN[cut] == 0) {
        return BigDecimal.valueOf(unscaled / POWERS_OF_TEN[cut], scale);
      }
    }
    try {
      return value.setScale(scale);
    } catch (ArithmeticException e) {
      throw in.malformed("it has more decimal places than the " + scale + " of its scale");
    }
  }
}
