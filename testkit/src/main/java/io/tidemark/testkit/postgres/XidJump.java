package io.tidemark.testkit.postgres;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Sets the next transaction id of a server that was shut down in order, as {@code pg_resetwal -x}
 * does, which the archives lack: in the record of the last checkpoint and in the control file's
 * copy of it, of which the next start takes one or, from PostgreSQL 15 on, the other. A jump must
 * be of less than 2^31 ids, and all rows frozen before the next.
 *
 * <p>Offsets are those of PostgreSQL 14 to 18 on little-endian machines: {@code ControlFileData} in
 * {@code catalog/pg_control.h}, {@code XLogRecord} in {@code access/xlogrecord.h}.
 */
final class XidJump {
  private static final int CONTROL_CHECKPOINT = 32;
  private static final int CONTROL_NEXT_XID = CONTROL_CHECKPOINT + 8 + 24;
  private static final int SEGMENT_BYTES = 16 << 20;
  private static final int PAGE_BYTES = 8192;
  private static final int PAGE_HEADER = 24;
  private static final int RECORD_CRC = 20;
  private static final int RECORD_HEADER = 24;

  /** Behind the record's header: id and length of the data, then redo, two timelines, a flag. */
  private static final int NEXT_XID = RECORD_HEADER + 2 + 24;

  private static final int XIDS_PER_CLOG_SEGMENT = 32 * PAGE_BYTES * 4;

  private final Path data;

  XidJump(Path data) {
    this.data = data;
  }

  /**
   * @param xid the next id, with its epoch in the upper 32 bits
   * @throws IllegalStateException when the files are not as expected
   */
  void to(long xid) throws IOException {
    Path control = data.resolve("global").resolve("pg_control");
    byte[] bytes = Files.readAllBytes(control);
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int controlCrc = crcOffset(fields);
    long checkpoint = fields.getLong(CONTROL_CHECKPOINT);
    fields.putLong(CONTROL_NEXT_XID, xid);
    fields.putInt(controlCrc, crc(fields, 0, controlCrc));
    Files.write(control, bytes);
    long segment = Long.divideUnsigned(checkpoint, SEGMENT_BYTES);
    Path file =
        data.resolve("pg_wal").resolve("%08X%08X%08X".formatted(1, segment >>> 8, segment & 0xff));
    try (RandomAccessFile wal = new RandomAccessFile(file.toFile(), "rw")) {
      rewrite(wal, checkpoint & (SEGMENT_BYTES - 1), xid);
    }
    int clog = (int) ((xid & 0xffff_ffffL) / XIDS_PER_CLOG_SEGMENT);
    Path status = data.resolve("pg_xact").resolve("%04X".formatted(clog));
    if (!Files.exists(status)) {
      Files.write(status, new byte[32 * PAGE_BYTES]);
    }
  }

  /** The checksum is the last field, whose place differs between major versions. */
  private static int crcOffset(ByteBuffer control) {
    for (int at = CONTROL_NEXT_XID; at < control.capacity() - Integer.BYTES; at += Integer.BYTES) {
      if (control.getInt(at) == crc(control, 0, at)) {
        return at;
      }
    }
    throw new IllegalStateException("pg_control has no checksum of what is before it");
  }

  private static int crc(ByteBuffer bytes, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(from, to - from));
    return (int) crc.getValue();
  }

  private static void rewrite(RandomAccessFile wal, long at, long xid) throws IOException {
    ByteBuffer header = read(wal, at, RECORD_HEADER);
    int length = header.getInt(0);
    ByteBuffer record = read(wal, at, length);
    if (record.getInt(RECORD_CRC) != crc(record)) {
      throw new IllegalStateException(
          "No record of a checkpoint at offset %d of the WAL: its checksum differs".formatted(at));
    }
    record.putLong(NEXT_XID, xid);
    record.putInt(RECORD_CRC, crc(record));
    write(wal, at, record);
  }

  private static int crc(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record.slice(RECORD_HEADER, record.capacity() - RECORD_HEADER));
    crc.update(record.slice(0, RECORD_CRC));
    return (int) crc.getValue();
  }

  private static ByteBuffer read(RandomAccessFile wal, long at, int length) throws IOException {
    byte[] bytes = new byte[length];
    long from = at;
    for (int i = 0; i < length; i++) {
      from = behindPageHeader(from);
      wal.seek(from++);
      bytes[i] = wal.readByte();
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void write(RandomAccessFile wal, long at, ByteBuffer record) throws IOException {
    long to = at;
    for (int i = 0; i < record.capacity(); i++) {
      to = behindPageHeader(to);
      wal.seek(to++);
      wal.writeByte(record.get(i));
    }
  }

  /** A record may go on in the next page, behind its header. */
  private static long behindPageHeader(long offset) {
    return offset % PAGE_BYTES == 0 ? offset + PAGE_HEADER : offset;
  }
}
