package io.tidemark.dump.chunk;

import io.tidemark.postgres.MalformedTupleException;
import io.tidemark.postgres.TupleFrame;
import java.util.Arrays;

/**
 * Takes the messages of one {@code COPY ... TO STDOUT (FORMAT binary)} apart into tuples, checking
 * every length. Pure: bytes in, tuples out.
 *
 * <p>PostgreSQL sends a message for each row, the header in front of the first row and the trailer
 * last; messages that hold several of these are taken as well, but a tuple never spans two. A
 * message that is exactly one tuple is handed on as it is, without a copy.
 */
public final class CopyDecoder {
  private static final byte[] SIGNATURE = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0
  };
  private static final int HEADER = SIGNATURE.length + 8;

  /** Bit 16 says that rows have oids, 17 to 31 are critical, 0 to 15 may be ignored. */
  private static final int HAS_OIDS = 1 << 16;

  private static final int CRITICAL = 0xFFFF_0000;

  private final int columns;
  private long rows;
  private long tupleBytes;
  private long offset;
  private boolean started;
  private boolean ended;

  /**
   * @param columns how many each row must have
   */
  public CopyDecoder(int columns) {
    this.columns = columns;
  }

  /** Rows handed on so far. */
  public long rows() {
    return rows;
  }

  /** Bytes of the tuples handed on so far. */
  public long tupleBytes() {
    return tupleBytes;
  }

  /**
   * Decodes one message; the array may become the row's.
   *
   * @throws CopyFormatException if it is not what must come here
   * @throws InterruptedException if the sink was interrupted
   */
  public void message(byte[] message, RowSink sink)
      throws CopyFormatException, InterruptedException {
    int at = started ? 0 : header(message);
    while (at < message.length) {
      if (ended) {
        throw malformed(at, (message.length - at) + " bytes after the trailer");
      }
      int end = tupleEnd(message, at);
      if (!ended) {
        rows++;
        tupleBytes += end - at;
        boolean whole = at == 0 && end == message.length;
        sink.row(whole ? message : Arrays.copyOfRange(message, at, end));
      }
      at = end;
    }
    offset += message.length;
  }

  /**
   * No message follows.
   *
   * @throws CopyFormatException if the trailer has not come
   */
  public void end() throws CopyFormatException {
    if (!ended) {
      throw malformed(0, started ? "it ends without its trailer" : "it ends without its header");
    }
  }

  private int header(byte[] message) throws CopyFormatException {
    if (message.length < HEADER) {
      throw malformed(0, "a header of " + message.length + " bytes instead of " + HEADER);
    }
    if (!Arrays.equals(message, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
      throw malformed(0, "it does not begin with the signature PGCOPY");
    }
    int flags = int32(message, SIGNATURE.length);
    if ((flags & HAS_OIDS) != 0) {
      throw malformed(SIGNATURE.length, "its rows have oids");
    }
    if ((flags & CRITICAL) != 0) {
      throw malformed(SIGNATURE.length, "unknown flags 0x" + Integer.toHexString(flags));
    }
    int extension = int32(message, SIGNATURE.length + 4);
    if (extension < 0 || extension > message.length - HEADER) {
      throw malformed(SIGNATURE.length + 4, "a header extension of " + extension + " bytes");
    }
    started = true;
    return HEADER + extension;
  }

  /** Where the tuple that starts at {@code start} ends; sees the trailer, too. */
  private int tupleEnd(byte[] message, int start) throws CopyFormatException {
    if (message.length - start >= 2 && message[start] == -1 && message[start + 1] == -1) {
      ended = true;
      return start + 2;
    }
    try {
      return TupleFrame.copiedEnd(message, start, columns);
    } catch (MalformedTupleException e) {
      throw malformed(e.at(), e.getMessage());
    }
  }

  private CopyFormatException malformed(int at, String problem) {
    return new CopyFormatException(problem, rows, offset + at);
  }

  private static int int32(byte[] bytes, int at) {
    return bytes[at] << 24
        | (bytes[at + 1] & 0xFF) << 16
        | (bytes[at + 2] & 0xFF) << 8
        | (bytes[at + 3] & 0xFF);
  }
}
