package io.tidemark.postgres.pgoutput;

import io.tidemark.postgres.Tuple;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Walks through the bytes of one message; every read is checked against its end. */
final class MessageBytes {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] bytes;
  private int start;
  private int end;
  private int at;
  private long lsn;
  private String type;

  /** Starts at the type byte of a message, which reaches to the array's end. */
  void reset(byte[] message, int offset, long startLsn) {
    bytes = message;
    start = offset;
    at = offset;
    end = message.length;
    lsn = startLsn;
    type = "unknown";
  }

  void type(String name) {
    type = name;
  }

  int position() {
    return at;
  }

  int remaining() {
    return end - at;
  }

  byte int8(String what) {
    need(1, what);
    return bytes[at++];
  }

  int uint16(String what) {
    need(2, what);
    int value = (short) SHORT.get(bytes, at) & 0xFFFF;
    at += 2;
    return value;
  }

  int int32(String what) {
    need(4, what);
    int value = (int) INT.get(bytes, at);
    at += 4;
    return value;
  }

  long int64(String what) {
    need(8, what);
    long value = (long) LONG.get(bytes, at);
    at += 8;
    return value;
  }

  /** A string that ends with a zero byte. */
  String string(String what) {
    int zero = at;
    while (zero < end && bytes[zero] != 0) {
      zero++;
    }
    if (zero == end) {
      throw malformed(at, what + ", ended by a zero byte; the message ends before");
    }
    String value = new String(bytes, at, zero - at, StandardCharsets.UTF_8);
    at = zero + 1;
    return value;
  }

  /** A copy of the next bytes. */
  byte[] copy(int length, String what) {
    need(length, what);
    byte[] copy = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return copy;
  }

  /**
   * A row, which lies in the message's array.
   *
   * @throws io.tidemark.postgres.MalformedTupleException if no tuple of that number of columns
   *     follows
   */
  Tuple tuple(int columns) {
    Tuple tuple = Tuple.at(bytes, at, Tuple.Layout.PGOUTPUT, columns);
    at += tuple.length();
    return tuple;
  }

  void end() {
    if (at != end) {
      throw malformed(at, "the message's end; " + (end - at) + " more bytes follow");
    }
  }

  private void need(int length, String what) {
    if (length < 0) {
      throw malformed(at, what + "; its length is " + length);
    }
    if (length > end - at) {
      throw malformed(
          at, what + ", " + length + " bytes; the message ends after " + (end - at) + " more");
    }
  }

  PgOutputException malformed(int position, String expected) {
    return PgOutputException.malformed(lsn, type, position - start, expected);
  }
}
