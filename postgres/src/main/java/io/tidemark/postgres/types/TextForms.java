package io.tidemark.postgres.types;

import java.util.HexFormat;
import java.util.StringJoiner;

/** Types that Java has nothing for, as PostgreSQL writes them. */
final class TextForms {
  private static final int IPV4 = 2;
  private static final int IPV6 = 3;

  private TextForms() {}

  /** "char": one byte, which may be 0 for the empty one; above ASCII it is written in octal. */
  static String oneByte(ValueReader in) {
    int value = in.expectLength(1).uint8();
    if (value == 0) {
      return "";
    }
    return value < 0x80
        ? String.valueOf((char) value)
        : "\\" + (value >> 6) + ((value >> 3) & 7) + (value & 7);
  }

  /** Family, bits of the network, whether it is a cidr, length, address. */
  static String inet(ValueReader in) {
    int family = in.uint8();
    int bits = in.uint8();
    boolean cidr = in.uint8() != 0;
    int length = in.uint8();
    if (!(family == IPV4 && length == 4) && !(family == IPV6 && length == 16)) {
      throw in.malformed("it is of family " + family + " with an address of " + length + " bytes");
    }
    if (bits > 8 * length) {
      throw in.malformed("it claims a network of " + bits + " bits");
    }
    byte[] address = in.rest();
    if (address.length != length) {
      throw in.malformed("its address should have " + length + " bytes");
    }
    String text = family == IPV4 ? ipv4(address, 0) : ipv6(address);
    return cidr || bits != 8 * length ? text + "/" + bits : text;
  }

  private static String ipv4(byte[] address, int from) {
    StringJoiner text = new StringJoiner(".");
    for (int i = from; i < from + 4; i++) {
      text.add(Integer.toString(address[i] & 0xFF));
    }
    return text.toString();
  }

  /** The longest run of two zero words or more becomes {@code ::}, and IPv4 inside is dotted. */
  private static String ipv6(byte[] address) {
    int[] words = new int[8];
    for (int i = 0; i < 8; i++) {
      words[i] = (address[2 * i] & 0xFF) << 8 | (address[2 * i + 1] & 0xFF);
    }
    int best = -1;
    int bestLength = 1;
    for (int i = 0, run = 0; i < 8; i++) {
      run = words[i] == 0 ? run + 1 : 0;
      if (run > bestLength) {
        bestLength = run;
        best = i - run + 1;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (best >= 0 && i >= best && i < best + bestLength) {
        text.append(i == best ? ":" : "");
        continue;
      }
      text.append(i > 0 ? ":" : "");
      if (i == 6 && best == 0 && holdsIpv4(words, bestLength)) {
        return text.append(ipv4(address, 12)).toString();
      }
      text.append(Integer.toHexString(words[i]));
    }
    return text.append(best >= 0 && best + bestLength == 8 ? ":" : "").toString();
  }

  private static boolean holdsIpv4(int[] words, int zeros) {
    return zeros == 6 || (zeros == 7 && words[7] != 1) || (zeros == 5 && words[5] == 0xFFFF);
  }

  static String macaddr(ValueReader in) {
    return HexFormat.ofDelimiter(":").formatHex(in.rest());
  }

  /** Number of bits, then the bits from the highest of each byte. */
  static String bits(ValueReader in) {
    int bits = in.int32();
    if (bits < 0 || in.remaining() != (bits + 7L) / 8) {
      throw in.malformed("it claims " + bits + " bits");
    }
    byte[] bytes = in.rest();
    StringBuilder text = new StringBuilder(bits);
    for (int i = 0; i < bits; i++) {
      text.append((bytes[i / 8] >> (7 - i % 8) & 1) == 0 ? '0' : '1');
    }
    return text.toString();
  }

  static String tid(ValueReader in) {
    long block = in.expectLength(6).int32() & 0xFFFF_FFFFL;
    return "(" + block + "," + in.uint16() + ")";
  }

  /** Number of running transactions, xmin, xmax, the running ones. */
  static String snapshot(ValueReader in) {
    int count = in.int32();
    String text = Long.toUnsignedString(in.int64()) + ":" + Long.toUnsignedString(in.int64()) + ":";
    if (count < 0 || in.remaining() != 8L * count) {
      throw in.malformed("it claims " + count + " transactions");
    }
    StringJoiner running = new StringJoiner(",");
    for (int i = 0; i < count; i++) {
      running.add(Long.toUnsignedString(in.int64()));
    }
    return text + running;
  }

  /** Number of lexemes; for each its text, number of positions, positions with weights. */
  static String tsvector(ValueReader in) {
    int count = in.count(3);
    StringJoiner text = new StringJoiner(" ");
    for (int i = 0; i < count; i++) {
      text.add(lexeme(in.zeroEnded()) + positions(in));
    }
    in.expectEnd();
    return text.toString();
  }

  /** As tsvector and tsquery quote it. */
  static String lexeme(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  private static String positions(ValueReader in) {
    int count = in.uint16();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int position = in.uint16();
      text.append(i == 0 ? ':' : ',').append(position & 0x3FFF);
      switch (position >> 14) {
        case 3 -> text.append('A');
        case 2 -> text.append('B');
        case 1 -> text.append('C');
        default -> {} // D is not written
      }
    }
    return text.toString();
  }
}
