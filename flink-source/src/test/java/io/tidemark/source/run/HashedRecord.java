package io.tidemark.source.run;

import io.tidemark.dump.chunk.CopyDecoder;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.util.BitSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Records the changes of a table {@code t (id int, v, n)} in a few bytes each, for tables and
 * values that are too large to be kept: whether it is gone, the id, and a hash of each of the two
 * other columns. With one subtask, in one run: a second one fails, as its file exists.
 */
public final class HashedRecord extends RichMapFunction<Change, Integer>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;
  private static final int UNCHANGED = 1;
  private static final int ENTRY_BYTES = 13;
  private static final int BUFFER_BYTES = 1 << 16;

  private final String file;
  private transient DataOutputStream out;

  /**
   * @param file what to create
   */
  public HashedRecord(Path file) {
    this.file = file.toString();
  }

  /** How many changes are in the file; those of the last moment not yet. */
  public static long size(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) / ENTRY_BYTES : 0;
  }

  @Override
  public void open(OpenContext context) throws IOException {
    out =
        new DataOutputStream(
            new BufferedOutputStream(
                Files.newOutputStream(Path.of(file), StandardOpenOption.CREATE_NEW), BUFFER_BYTES));
  }

  @Override
  public Integer map(Change change) throws IOException {
    if (change instanceof RowChange row) {
      boolean delete = row.op() == Op.DELETE;
      Tuple tuple = delete ? row.oldTuple() : row.newTuple();
      out.writeBoolean(delete);
      out.writeInt(id(tuple));
      out.writeInt(delete ? 0 : hash(tuple, 1));
      out.writeInt(delete ? 0 : hash(tuple, 2));
    }
    return 0;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws IOException {
    out.flush();
  }

  @Override
  public void initializeState(FunctionInitializationContext context) {}

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
    }
  }

  private static int id(Tuple tuple) {
    return ByteBuffer.wrap(tuple.array()).getInt(tuple.valueOffset(0));
  }

  private static int hash(Tuple tuple, int column) {
    if (tuple.isUnchanged(column)) {
      return UNCHANGED;
    }
    if (tuple.isNull(column)) {
      return 0;
    }
    int hash = 1;
    int end = tuple.valueOffset(column) + tuple.valueLength(column);
    for (int i = tuple.valueOffset(column); i < end; i++) {
      hash = 31 * hash + tuple.array()[i];
    }
    // The least values are taken.
    return hash | 2;
  }

  /** A table's rows by id, as hashes. */
  public static final class Image {
    private final BitSet present = new BitSet();
    private final int[] v;
    private final int[] n;

    private Image(int ids) {
      v = new int[ids];
      n = new int[ids];
    }

    /** What a consumer holds that applied the record, of rows with ids below {@code ids}. */
    public static Image of(Path file, int ids) throws IOException {
      Image image = new Image(ids);
      try (DataInputStream in =
          new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES))) {
        for (long left = HashedRecord.size(file); left > 0; left--) {
          image.put(in.readBoolean(), in.readInt(), in.readInt(), in.readInt());
        }
      }
      return image;
    }

    /** What the table {@code t} holds now. */
    public static Image of(Connection connection, int ids) throws Exception {
      Image image = new Image(ids);
      CopyOut copy =
          connection
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyOut("COPY t TO STDOUT (FORMAT binary)");
      CopyDecoder decoder = new CopyDecoder(3);
      for (byte[] row = copy.readFromCopy(); row != null; row = copy.readFromCopy()) {
        decoder.message(
            row,
            bytes -> {
              Tuple tuple = new Tuple(bytes, 0, bytes.length, Tuple.Layout.COPY);
              image.put(false, id(tuple), hash(tuple, 1), hash(tuple, 2));
            });
      }
      decoder.end();
      return image;
    }

    private void put(boolean delete, int id, int newV, int newN) {
      present.set(id, !delete);
      v[id] = newV == UNCHANGED ? v[id] : newV;
      n[id] = newN == UNCHANGED ? n[id] : newN;
    }

    /** How many rows there are. */
    public int size() {
      return present.cardinality();
    }

    /** How many ids have another row in the other image, or one of the two has none. */
    public int differences(Image other) {
      int differences = 0;
      for (int id = 0; id < v.length; id++) {
        boolean same =
            present.get(id) == other.present.get(id)
                && (!present.get(id) || (v[id] == other.v[id] && n[id] == other.n[id]));
        differences += same ? 0 : 1;
      }
      return differences;
    }
  }
}
