package io.tidemark.source.split;

import io.tidemark.dump.chunk.ChunkRequest.Keys;
import io.tidemark.dump.chunk.ChunkRequest.Pages;
import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.catalog.PhysicalTable;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.format.Fields;
import io.tidemark.source.format.TableSchemaSerializer;
import io.tidemark.source.split.StreamTable.PartialKey;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes splits and their parts as bytes, in the form of version 4, and reads the older ones: in
 * version 1 dump splits had no request; up to version 2 there were chunks that lanes held in the
 * checkpoint, and the stream's voids, which bound these. Such chunks are read again. Up to version
 * 3 a table to be dumped anew was one under dump without columns. Counts are bounded on read.
 */
public final class SplitCodec {
  /** Of what is written. */
  public static final int VERSION = 4;

  /** What is written for a split of keys in place of pages. */
  private static final PageRange PAGES_OF_KEYS = new PageRange(0, 1);

  private static final int WITHOUT_REQUESTS = 1;
  private static final int WITH_CHUNKS_IN_LANES = 2;
  private static final int WITHOUT_DUMPS_WANTED = 3;
  private static final byte STREAM = 1;
  private static final byte DUMP = 2;

  /** More of anything in one list is a corrupt state. */
  private static final int MAX_ITEMS = 10_000_000;

  /** Room is made for no more than this before it is known to be needed. */
  private static final int STEP = 1024;

  private SplitCodec() {}

  /** Writes a split of either kind. */
  public static void write(CaptureSplit split, DataOutputView out) throws IOException {
    if (split instanceof StreamSplit stream) {
      out.writeByte(STREAM);
      writeStream(stream, out);
    } else {
      out.writeByte(DUMP);
      writeDump((DumpSplit) split, out);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param version of the release that wrote it, from 1 to {@link #VERSION}
   * @throws IOException also for a split that cannot be
   */
  public static CaptureSplit read(DataInputView in, int version) throws IOException {
    byte kind = in.readByte();
    return switch (kind) {
      case STREAM -> readStream(in, version);
      case DUMP -> readDump(in, version);
      default -> throw new IOException("no split has the kind " + kind);
    };
  }

  private static void writeStream(StreamSplit split, DataOutputView out) throws IOException {
    out.writeLong(split.position().lsn());
    out.writeLong(split.position().commitLsn());
    out.writeLong(split.position().ordinal());
    out.writeLong(split.position().changeLsn());
    out.writeLong(split.systemId());
    out.writeInt(split.timeline());
    out.writeInt(split.publicationOid());
    out.writeLong(split.markCounter());
    writeList(split.tables(), SplitCodec::writeStreamTable, out);
    writeXids(split.unseenXids(), out);
    out.writeLong(split.checkpoint());
  }

  private static StreamSplit readStream(DataInputView in, int version) throws IOException {
    return new StreamSplit(
        readPosition(in),
        in.readLong(),
        in.readInt(),
        in.readInt(),
        in.readLong(),
        readList(in, from -> readStreamTable(from, version)),
        readXids(in),
        version <= WITH_CHUNKS_IN_LANES ? 0 : in.readLong());
  }

  private static StreamPosition readPosition(DataInputView in) throws IOException {
    try {
      return new StreamPosition(in.readLong(), in.readLong(), in.readLong(), in.readLong());
    } catch (IllegalArgumentException e) {
      throw cannotBe(e);
    }
  }

  private static IOException cannotBe(IllegalArgumentException e) {
    return new IOException("a split that cannot be: " + e.getMessage(), e);
  }

  private static void writeXids(UnseenXids xids, DataOutputView out) throws IOException {
    out.writeBoolean(xids.someForgotten());
    out.writeInt(xids.newestForgotten());
    out.writeInt(xids.xids().length);
    for (int xid : xids.xids()) {
      out.writeInt(xid);
    }
  }

  private static UnseenXids readXids(DataInputView in) throws IOException {
    boolean someForgotten = in.readBoolean();
    int newestForgotten = in.readInt();
    int count = count(in.readInt());
    int[] xids = new int[Math.min(count, STEP)];
    for (int i = 0; i < count; i++) {
      if (i == xids.length) {
        xids = Arrays.copyOf(xids, Math.min(count, 2 * i));
      }
      xids[i] = in.readInt();
    }
    return new UnseenXids(someForgotten, newestForgotten, xids);
  }

  private static void writeStreamTable(StreamTable table, DataOutputView out) throws IOException {
    writeName(table.table(), out);
    out.writeLong(table.dump());
    out.writeLong(table.armCounter());
    out.writeInt(table.round());
    out.writeBoolean(table.lastRounds());
    out.writeBoolean(table.dumpWanted());
    writeSchema(table.planned(), out);
    writeSchema(table.seen(), out);
    writeList(
        table.keys(),
        (key, to) -> {
          writeKey(key.key(), to);
          to.writeInt(key.round());
        },
        out);
    writeList(table.leaves(), (leaf, to) -> to.writeInt(leaf), out);
  }

  private static StreamTable readStreamTable(DataInputView in, int version) throws IOException {
    TableName name = readName(in);
    long dump = in.readLong();
    long armCounter = in.readLong();
    if (version <= WITH_CHUNKS_IN_LANES) {
      in.readLong();
    }
    int round = in.readInt();
    boolean lastRounds = in.readBoolean();
    boolean flagged = version > WITHOUT_DUMPS_WANTED && in.readBoolean();
    TableSchema planned = readSchema(in);
    boolean unplanned = version <= WITHOUT_DUMPS_WANTED && dump != 0 && planned == null;
    return new StreamTable(
        name,
        dump,
        armCounter,
        round,
        lastRounds,
        flagged || unplanned,
        planned,
        readSchema(in),
        readList(in, from -> new PartialKey(readKey(from), from.readInt())),
        version > WITHOUT_DUMPS_WANTED ? readList(in, from -> from.readInt()) : List.of());
  }

  private static void writeSchema(TableSchema schema, DataOutputView out) throws IOException {
    out.writeBoolean(schema != null);
    if (schema != null) {
      TableSchemaSerializer.write(schema, out);
    }
  }

  private static TableSchema readSchema(DataInputView in) throws IOException {
    return in.readBoolean() ? TableSchemaSerializer.read(in) : null;
  }

  /** Writes a dump split without a kind before it. */
  public static void writeDump(DumpSplit split, DataOutputView out) throws IOException {
    out.writeUTF(split.splitId());
    out.writeLong(split.dump());
    writeTable(split.table(), out);
    PageRange range = split.rows().either(Pages::range, keys -> PAGES_OF_KEYS);
    out.writeLong(range.from());
    out.writeLong(range.to());
    out.writeLong(split.nextPage());
    writeList(split.rows().either(pages -> List.of(), Keys::keys), SplitCodec::writeKey, out);
    out.writeInt(split.round());
    out.writeLong(split.minMark());
    out.writeLong(split.request());
  }

  /**
   * Reads what {@link #writeDump} wrote.
   *
   * @param version as for {@link #read}
   * @throws IOException also for a split that cannot be
   */
  public static DumpSplit readDump(DataInputView in, int version) throws IOException {
    try {
      String splitId = in.readUTF();
      long dump = in.readLong();
      PhysicalTable table = readTable(in);
      PageRange range = new PageRange(in.readLong(), in.readLong());
      long nextPage = readNextPage(in, version);
      List<RowKey> keys = readList(in, SplitCodec::readKey);
      return new DumpSplit(
          splitId,
          dump,
          table,
          keys.isEmpty() ? new Pages(range) : new Keys(keys),
          nextPage,
          in.readInt(),
          in.readLong(),
          version == WITHOUT_REQUESTS ? 0 : in.readLong());
    } catch (IllegalArgumentException e) {
      throw cannotBe(e);
    }
  }

  private static long readNextPage(DataInputView in, int version) throws IOException {
    long nextPage = in.readLong();
    if (version > WITH_CHUNKS_IN_LANES) {
      return nextPage;
    }
    List<Long> chunks =
        readList(
            in,
            from -> {
              long page = from.readLong();
              // Its mark and its high.
              from.readLong();
              from.readLong();
              return page;
            });
    return chunks.isEmpty() ? nextPage : chunks.get(0);
  }

  /** Writes a physical table. */
  public static void writeTable(PhysicalTable table, DataOutputView out) throws IOException {
    TableSchemaSerializer.write(table.schema(), out);
    out.writeInt(table.oid());
    writeName(table.physical(), out);
    out.writeLong(table.fileNode());
    out.writeLong(table.shape());
    out.writeBoolean(table.rowFilter() != null);
    if (table.rowFilter() != null) {
      Fields.writeString(table.rowFilter(), out);
    }
  }

  /** Reads what {@link #writeTable} wrote. */
  public static PhysicalTable readTable(DataInputView in) throws IOException {
    TableSchema schema = TableSchemaSerializer.read(in);
    return new PhysicalTable(
        schema,
        in.readInt(),
        readName(in),
        in.readLong(),
        in.readLong(),
        in.readBoolean() ? Fields.readString(in) : null);
  }

  /** Writes a table's name. */
  public static void writeName(TableName name, DataOutput out) throws IOException {
    out.writeUTF(name.schema());
    out.writeUTF(name.name());
  }

  /** Reads what {@link #writeName} wrote. */
  public static TableName readName(DataInput in) throws IOException {
    return new TableName(in.readUTF(), in.readUTF());
  }

  private static void writeKey(RowKey key, DataOutputView out) throws IOException {
    Fields.writeBytes(key.array(), out);
  }

  private static RowKey readKey(DataInputView in) throws IOException {
    return new RowKey(Fields.readBytes(in));
  }

  /** Writes one element of a list. */
  @FunctionalInterface
  public interface Writer<T> {
    void write(T value, DataOutputView out) throws IOException;
  }

  /** Reads one element of a list. */
  @FunctionalInterface
  public interface Reader<T> {
    T read(DataInputView in) throws IOException;
  }

  /** Writes a list with its length before it. */
  public static <T> void writeList(Collection<T> list, Writer<T> writer, DataOutputView out)
      throws IOException {
    out.writeInt(list.size());
    for (T each : list) {
      writer.write(each, out);
    }
  }

  /** Reads what {@link #writeList} wrote. */
  public static <T> List<T> readList(DataInputView in, Reader<T> reader) throws IOException {
    int size = count(in.readInt());
    List<T> list = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      list.add(reader.read(in));
    }
    return list;
  }

  private static int count(int count) throws IOException {
    if (count < 0 || count > MAX_ITEMS) {
      throw new IOException("corrupt state: a length of " + count);
    }
    return count;
  }
}
