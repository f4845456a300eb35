package io.tidemark.source.run;

import io.tidemark.postgres.change.Change;
import io.tidemark.source.format.ChangeSerializer;
import io.tidemark.testkit.Await;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Records changes in a file, exactly once, whatever process it runs in: a restore cuts the file to
 * what the checkpoint had. With one subtask.
 *
 * <p>In each run of the job it holds the stream up after so many changes, provided that a completed
 * checkpoint has some of them, until {@link #release} lets all runs go on: so that the job can be
 * killed at a known place.
 */
public final class FileRecord extends RichMapFunction<Change, Integer>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final String file;
  private final int holdAfter;
  private transient FileChannel out;
  private transient ChangeSerializer serializer;
  private transient DataOutputSerializer buffer;
  private transient ListState<Long> size;
  private transient int seen;
  private transient boolean checkpointed;
  private transient boolean released;

  /**
   * @param file where to record; its neighbours get names that begin with its own
   * @param holdAfter after how many changes of a run to hold up
   */
  public FileRecord(Path file, int holdAfter) {
    this.file = file.toString();
    this.holdAfter = holdAfter;
  }

  /** Nothing is held up from now on. */
  public static void release(Path file) throws IOException {
    Files.createFile(released(file));
  }

  /** The run that is held up now, counted from 1; the number of the last one if none is. */
  public static long runsHeldUp(Path file) throws IOException {
    return lines(held(file));
  }

  /** How often the record was cut to what a checkpoint held, that being more than nothing. */
  public static long restores(Path file) throws IOException {
    return lines(restored(file));
  }

  /** What was recorded so far. */
  public static List<Change> read(Path file) throws IOException {
    List<Change> changes = new ArrayList<>();
    read(file, 0, changes::add);
    return changes;
  }

  /** Reads on from a place in the file, and returns the one behind the last whole change. */
  static long read(Path file, long from, Consumer<Change> consumer) throws IOException {
    long end = from;
    ChangeSerializer serializer = new ChangeSerializer();
    try (InputStream stream = Files.newInputStream(file)) {
      stream.skipNBytes(from);
      DataInputStream in = new DataInputStream(new BufferedInputStream(stream));
      while (true) {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        consumer.accept(serializer.deserialize(new DataInputDeserializer(bytes)));
        end += Integer.BYTES + bytes.length;
      }
    } catch (EOFException | NoSuchFileException e) {
      return end;
    }
  }

  private static long lines(Path path) throws IOException {
    return Files.exists(path) ? Files.readAllLines(path).size() : 0;
  }

  private static Path released(Path file) {
    return Path.of(file + ".released");
  }

  private static Path held(Path file) {
    return Path.of(file + ".held");
  }

  private static Path restored(Path file) {
    return Path.of(file + ".restored");
  }

  @Override
  public void open(OpenContext context) {
    serializer = new ChangeSerializer();
    buffer = new DataOutputSerializer(1024);
  }

  @Override
  public Integer map(Change change) throws IOException {
    if (!released && ++seen > holdAfter && checkpointed) {
      append(held(Path.of(file)), "held up after " + seen);
      Path release = released(Path.of(file));
      Await.until(release + " to exist", PATIENCE, () -> Files.exists(release));
      released = true;
    }
    buffer.clear();
    buffer.writeInt(0);
    serializer.serialize(change, buffer);
    buffer.writeIntUnsafe(buffer.length() - Integer.BYTES, 0);
    ByteBuffer bytes = buffer.wrapAsByteBuffer();
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
    return 0;
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    checkpointed |= seen > holdAfter / 2;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    size.update(List.of(out.position()));
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    out = FileChannel.open(Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    size =
        context.getOperatorStateStore().getListState(new ListStateDescriptor<>("size", Types.LONG));
    long kept = 0;
    for (long saved : size.get()) {
      kept = saved;
    }
    out.truncate(kept);
    out.position(kept);
    if (kept > 0) {
      append(restored(Path.of(file)), "restored to " + kept + " bytes");
    }
  }

  private static void append(Path path, String line) throws IOException {
    Files.writeString(path, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
    }
  }
}
