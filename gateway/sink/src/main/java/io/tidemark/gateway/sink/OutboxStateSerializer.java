package io.tidemark.gateway.sink;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tidemark.gateway.delivery.Message;
import io.tidemark.gateway.event.TableCodec;
import io.tidemark.gateway.outbox.Entry;
import io.tidemark.gateway.outbox.OutboxState;
import io.tidemark.gateway.wire.Table;
import io.tidemark.postgres.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Writes what a sink keeps into checkpoints. Version 1, all numbers big-endian:
 *
 * <pre>
 * tables    count (int), then each: length (int), a {@link Table}
 * entries   count (int), then each: kind (byte, from 0: row, boundary, barrier), key (int), old key
 *           (int), table (int), request (long), length (int), an event
 * held      as entries
 * ranges    count (int), then each: request (long), read (byte), reason (string, as DataOutput's UTF)
 * </pre>
 */
final class OutboxStateSerializer implements SimpleVersionedSerializer<OutboxState> {
  private static final int VERSION_1 = 1;

  /** In the order of their codes. */
  private static final List<Message.Kind> KINDS =
      List.of(Message.Kind.ROW, Message.Kind.BOUNDARY, Message.Kind.BARRIER);

  private static final int MAX_REASON = 1000;

  @Override
  public int getVersion() {
    return VERSION_1;
  }

  @Override
  public byte[] serialize(OutboxState state) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64 << 10);
    out.writeInt(state.tables().size());
    for (int i = 0; i < state.tables().size(); i++) {
      writeBytes(TableCodec.toWire(i + 1, state.tables().get(i)).toByteArray(), out);
    }
    writeEntries(state.entries(), out);
    writeEntries(state.held(), out);
    out.writeInt(state.ranges().size());
    for (OutboxState.Range range : state.ranges()) {
      out.writeLong(range.request());
      out.writeBoolean(range.read());
      String reason = range.requeueReason();
      out.writeUTF(reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON));
    }
    return out.getCopyOfBuffer();
  }

  private static void writeEntries(List<Entry> entries, DataOutputSerializer out)
      throws IOException {
    out.writeInt(entries.size());
    for (Entry entry : entries) {
      out.writeByte(KINDS.indexOf(entry.kind()));
      out.writeInt(entry.key());
      out.writeInt(entry.oldKey());
      out.writeInt(entry.table());
      out.writeLong(entry.request());
      writeBytes(entry.event(), out);
    }
  }

  private static void writeBytes(byte[] bytes, DataOutputSerializer out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public OutboxState deserialize(int version, byte[] bytes) throws IOException {
    if (version != VERSION_1) {
      throw new IOException(
          "a gateway sink's state of version %d; this release reads version %d"
              .formatted(version, VERSION_1));
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    List<TableSchema> tables = new ArrayList<>();
    Set<TableSchema> different = new HashSet<>();
    for (int i = readCount(in); i > 0; i--) {
      TableSchema table = readTable(in);
      if (!different.add(table)) {
        throw corrupt("table " + table.name() + " comes twice");
      }
      tables.add(table);
    }
    OutboxState state =
        new OutboxState(
            tables, readEntries(in, tables.size()), readEntries(in, tables.size()), readRanges(in));
    if (in.available() > 0) {
      throw corrupt(in.available() + " bytes are left");
    }
    return state;
  }

  private static TableSchema readTable(DataInputDeserializer in) throws IOException {
    try {
      return TableCodec.fromWire(Table.parseFrom(readBytes(in)));
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new IOException("corrupt state of a gateway sink: " + e.getMessage(), e);
    }
  }

  private static List<Entry> readEntries(DataInputDeserializer in, int tables) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (int i = readCount(in); i > 0; i--) {
      int kind = in.readUnsignedByte();
      if (kind >= KINDS.size()) {
        throw corrupt("an entry of kind " + kind);
      }
      int key = in.readInt();
      int oldKey = in.readInt();
      int table = in.readInt();
      if (table < 0 || table > tables) {
        throw corrupt("table %d of %d".formatted(table, tables));
      }
      entries.add(new Entry(KINDS.get(kind), key, oldKey, table, in.readLong(), readBytes(in)));
    }
    return entries;
  }

  private static List<OutboxState.Range> readRanges(DataInputDeserializer in) throws IOException {
    List<OutboxState.Range> ranges = new ArrayList<>();
    for (int i = readCount(in); i > 0; i--) {
      ranges.add(new OutboxState.Range(in.readLong(), in.readBoolean(), in.readUTF()));
    }
    return ranges;
  }

  private static byte[] readBytes(DataInputDeserializer in) throws IOException {
    byte[] bytes = new byte[readCount(in)];
    in.readFully(bytes);
    return bytes;
  }

  /** Of things that take a byte at least. */
  private static int readCount(DataInputDeserializer in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available()) {
      throw corrupt("a count of " + count + " with " + in.available() + " bytes left");
    }
    return count;
  }

  private static IOException corrupt(String what) {
    return new IOException("corrupt state of a gateway sink: " + what);
  }
}
