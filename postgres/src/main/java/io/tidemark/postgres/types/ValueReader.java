package io.tidemark.postgres.types;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidemark.postgres.PgType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;

/** Reads one value's bytes from front to end and never beyond. */
final class ValueReader {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int start;
  private final int end;
  private final PgType type;
  private int at;

  ValueReader(byte[] bytes, int start, int length, PgType type) {
    this.bytes = bytes;
    this.start = start;
    this.end = start + length;
    this.type = type;
    this.at = start;
  }

  PgType type() {
    return type;
  }

  int length() {
    return end - start;
  }

  int remaining() {
    return end - at;
  }

  MalformedValueException malformed(String problem) {
    return new MalformedValueException(type, length(), problem);
  }

  /** For a value of fixed length: fails unless it has this one. */
  ValueReader expectLength(int length) {
    if (length() != length) {
      throw malformed("it should have " + length);
    }
    return this;
  }

  void expectEnd() {
    if (at != end) {
      throw malformed(remaining() + " bytes follow its end");
    }
  }

  int int8() {
    return bytes[take(1)];
  }

  int uint8() {
    return bytes[take(1)] & 0xFF;
  }

  short int16() {
    return (short) SHORT.get(bytes, take(2));
  }

  int uint16() {
    return int16() & 0xFFFF;
  }

  int int32() {
    return (int) INT.get(bytes, take(4));
  }

  long int64() {
    return (long) LONG.get(bytes, take(8));
  }

  double float64() {
    return Double.longBitsToDouble(int64());
  }

  byte[] rest() {
    byte[] rest = new byte[remaining()];
    System.arraycopy(bytes, take(rest.length), rest, 0, rest.length);
    return rest;
  }

  /** A count of parts, each of {@code least} bytes or more; fails if the rest cannot hold them. */
  int count(int least) {
    int count = int32();
    if (count < 0 || count > remaining() / least) {
      throw malformed("it claims " + count + " parts");
    }
    return count;
  }

  /** A length in front of a part; -1 stands for null and is handed out if that is allowed. */
  int partLength(boolean nullable) {
    int length = int32();
    if (length > remaining() || length < (nullable ? -1 : 0)) {
      throw malformed("it claims a part of " + length + " bytes");
    }
    return length;
  }

  /** A part of this length as a value of a type. */
  Object part(int length, PgType partType) {
    return Values.decode(bytes, take(length), length, partType);
  }

  String text(int length) {
    int from = take(length);
    String text = new String(bytes, from, length, UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      checkUtf8(from, length);
    }
    return text;
  }

  String restAsText() {
    return text(remaining());
  }

  /** A text that ends in a zero byte. */
  String zeroEnded() {
    int zero = at;
    while (zero < end && bytes[zero] != 0) {
      zero++;
    }
    if (zero == end) {
      throw malformed("a text in it does not end");
    }
    String text = text(zero - at);
    at++;
    return text;
  }

  /** Tells a replacement character that was there from one that stands for bytes that are none. */
  private void checkUtf8(int from, int length) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
    } catch (CharacterCodingException e) {
      throw malformed("it is not UTF-8");
    }
  }

  private int take(int length) {
    int from = at;
    if (length > end - from) {
      throw malformed("it ends early");
    }
    at = from + length;
    return from;
  }
}
