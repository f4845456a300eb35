package io.tidemark.postgres.pgoutput;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Writes messages as pgoutput does. */
public final class PgOutputBytes {
  /** A column that is unchanged TOAST. */
  public static final String UNCHANGED = "\u0001unchanged";

  /** A column's announcement. */
  public record ColumnBytes(boolean identity, String name, int typeOid) {}

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  private PgOutputBytes(char type) {
    int8(type);
  }

  public static byte[] begin(long commitLsn, long time, int xid) {
    return new PgOutputBytes('B').int64(commitLsn).int64(time).int32(xid).done();
  }

  public static byte[] commit(long commitLsn, long endLsn, long time) {
    return new PgOutputBytes('C').int8(0).int64(commitLsn).int64(endLsn).int64(time).done();
  }

  public static byte[] origin(long lsn, String name) {
    return new PgOutputBytes('O').int64(lsn).string(name).done();
  }

  public static byte[] type(int oid, String namespace, String name) {
    return new PgOutputBytes('Y').int32(oid).string(namespace).string(name).done();
  }

  public static byte[] relation(int oid, String name, char identity, ColumnBytes... columns) {
    PgOutputBytes message =
        new PgOutputBytes('R').int32(oid).string("public").string(name).int8(identity);
    message.int16(columns.length);
    for (ColumnBytes column : columns) {
      message.int8(column.identity() ? 1 : 0).string(column.name()).int32(column.typeOid());
      message.int32(-1);
    }
    return message.done();
  }

  public static byte[] insert(int oid, String... row) {
    return new PgOutputBytes('I').int32(oid).tuple('N', row).done();
  }

  public static byte[] update(int oid, String... row) {
    return new PgOutputBytes('U').int32(oid).tuple('N', row).done();
  }

  public static byte[] update(int oid, char kind, String[] old, String... row) {
    return new PgOutputBytes('U').int32(oid).tuple(kind, old).tuple('N', row).done();
  }

  public static byte[] delete(int oid, char kind, String... old) {
    return new PgOutputBytes('D').int32(oid).tuple(kind, old).done();
  }

  public static byte[] truncate(int options, int... oids) {
    PgOutputBytes message = new PgOutputBytes('T').int32(oids.length).int8(options);
    for (int oid : oids) {
      message.int32(oid);
    }
    return message.done();
  }

  public static byte[] message(boolean transactional, long lsn, String prefix, String content) {
    byte[] value = content.getBytes(StandardCharsets.UTF_8);
    return new PgOutputBytes('M')
        .int8(transactional ? 1 : 0)
        .int64(lsn)
        .string(prefix)
        .int32(value.length)
        .raw(value)
        .done();
  }

  private PgOutputBytes tuple(char kind, String... columns) {
    int8(kind).int16(columns.length);
    for (String column : columns) {
      if (column == null) {
        int8('n');
      } else if (column.equals(UNCHANGED)) {
        int8('u');
      } else {
        byte[] value = column.getBytes(StandardCharsets.UTF_8);
        int8('b').int32(value.length).raw(value);
      }
    }
    return this;
  }

  private PgOutputBytes int8(int value) {
    return write(() -> out.writeByte(value));
  }

  private PgOutputBytes int16(int value) {
    return write(() -> out.writeShort(value));
  }

  private PgOutputBytes int32(int value) {
    return write(() -> out.writeInt(value));
  }

  private PgOutputBytes int64(long value) {
    return write(() -> out.writeLong(value));
  }

  private PgOutputBytes raw(byte[] value) {
    return write(() -> out.write(value));
  }

  private PgOutputBytes string(String value) {
    return raw(value.getBytes(StandardCharsets.UTF_8)).int8(0);
  }

  private byte[] done() {
    return bytes.toByteArray();
  }

  private PgOutputBytes write(Write write) {
    try {
      write.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Write {
    void run() throws IOException;
  }
}
