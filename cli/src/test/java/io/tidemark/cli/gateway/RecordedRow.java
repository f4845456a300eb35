package io.tidemark.cli.gateway;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a consumer did with a change of {@code t (id int, version bigint, big text)}, on one line.
 *
 * @param consumer who
 * @param op R a dump read it, W it was written, D it was deleted
 * @param lsn with the ordinal its place in the stream; 0 of a dump's row in pgcapture's protocol
 * @param id its key; of a deleted row that which it had
 * @param oldId the key that it had before; {@code id} unless it moved
 * @param version 0 of a deleted row
 * @param big hash of the value; {@link #UNCHANGED} if it did not come
 */
record RecordedRow(
    String consumer, char op, long lsn, long ordinal, int id, int oldId, long version, String big) {
  static final String UNCHANGED = "~";
  static final String NONE = "-";

  boolean isRead() {
    return op == 'R';
  }

  boolean isDelete() {
    return op == 'D';
  }

  String line() {
    return "%s %c %d %d %d %d %d %s%n"
        .formatted(consumer, op, lsn, ordinal, id, oldId, version, big);
  }

  static RecordedRow parse(String line) {
    String[] part = line.split(" ", -1);
    return new RecordedRow(
        part[0],
        part[1].charAt(0),
        Long.parseLong(part[2]),
        Long.parseLong(part[3]),
        Integer.parseInt(part[4]),
        Integer.parseInt(part[5]),
        Long.parseLong(part[6]),
        part[7]);
  }

  /** As PostgreSQL's md5. */
  static String hash(String value) {
    return hash(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
  }

  static String hash(ByteBuffer value) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(value);
      return HexFormat.of().formatHex(md5.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }
}
