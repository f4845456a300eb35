package io.tidemark.source.merge;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Begin;
import io.tidemark.postgres.change.Change;
import io.tidemark.postgres.change.ChangeVisitor;
import io.tidemark.postgres.change.Commit;
import io.tidemark.postgres.change.Ddl;
import io.tidemark.postgres.change.DumpEnd;
import io.tidemark.postgres.change.LogicalMessage;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.postgres.change.SchemaChange;
import io.tidemark.postgres.change.Truncate;
import io.tidemark.source.lane.ChunkId;
import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.lane.LaneRecord.Arm;
import io.tidemark.source.lane.LaneRecord.ChunkEnd;
import io.tidemark.source.lane.LaneRecord.ChunkFailed;
import io.tidemark.source.lane.LaneRecord.Disarm;
import io.tidemark.source.lane.LaneRecord.Marked;
import io.tidemark.source.lane.LaneRecord.Promise;
import io.tidemark.source.lane.LaneRecord.Rows;
import io.tidemark.source.lane.LaneRecord.Stream;
import io.tidemark.source.lane.LaneRecord.VoidChunks;
import io.tidemark.source.lane.Mark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One lane of the merge of stream and dumps: DBLog's watermarks, made exact. Per key, what it emits
 * never goes backwards, every READ is a state that the row had, and nothing deleted comes back.
 *
 * <ol>
 *   <li>Changes of the stream go out at once. Those of tables under dump ({@link Arm}) leave a
 *       touch: the key, and the newest mark before the change.
 *   <li>Rows of a chunk wait in its buffer. The chunk names a mark M that its replica had replayed
 *       when its snapshot was taken, and its {@link ChunkEnd} an LSN, high, that covers all that
 *       the snapshot sees.
 *   <li>At the first mark that has reached high, so never inside a transaction, the chunk is
 *       evaluated. Not touched at M or later: the snapshot's row is the newest, and emitted.
 *       Touched, but the stream has told only some columns since M: the rest was not changed since
 *       M, so the row completes them. Else the stream has told all, and the row is dropped.
 *   <li>A touch is forgotten when it is older than every mark that a chunk, here or still to come
 *       ({@link Promise}), can have.
 *   <li>A chunk that a truncation or a change of columns made worthless ({@link VoidChunks}), or
 *       that failed, is dropped.
 * </ol>
 *
 * <p>A lane has no state in checkpoints. Readers hold a chunk as unread until each lane has told
 * that it was evaluated ({@link #takeEvaluated}), so that after a restore it is read again, under a
 * new mark. Touches from before the checkpoint's barrier are older than any such mark.
 *
 * <p>Not thread-safe. Breaches of the protocol throw {@link IllegalStateException}.
 */
public final class LaneMerge {
  private final int lane;
  private final ChangeSink sink;
  private final MergeCounts counts;
  private final Taker taker = new Taker();
  private final Toucher toucher = new Toucher();
  private final Promises promises = new Promises();
  private final Map<TableName, TableTouches> tables = new HashMap<>();
  private final Map<TableName, Long> voided = new HashMap<>();
  private final Map<ChunkId, ChunkBuffer> chunks = new LinkedHashMap<>();

  /** Evaluated chunks and their marks, until their readers have promised newer ones. */
  private final Map<ChunkId, Long> evaluated = new HashMap<>();

  /** Evaluated, and not taken yet. */
  private List<ChunkId> untold = List.of();

  private long newestMark;

  /** Touches older than the mark with this counter are forgotten. */
  private long forgotten;

  private TableSchema lastSchema;
  private TableTouches lastTouches;

  /** A lane at the start of a run. */
  public LaneMerge(int lane, ChangeSink sink, MergeCounts counts) {
    this.lane = lane;
    this.sink = sink;
    this.counts = counts;
  }

  /** Takes the next record, which must be of this lane. */
  public void accept(LaneRecord record) {
    record.accept(taker);
  }

  /** Takes records by kind. */
  private final class Taker implements LaneRecord.Visitor<RuntimeException> {
    @Override
    public void stream(Stream record) {
      LaneMerge.this.stream(record.change());
    }

    @Override
    public void marked(Marked record) {
      mark(record.mark());
    }

    @Override
    public void rows(Rows record) {
      LaneMerge.this.rows(record);
    }

    @Override
    public void chunkEnd(ChunkEnd record) {
      end(record);
    }

    @Override
    public void promise(Promise record) {
      promises.put(record.reader(), record.readers(), record.counter());
    }

    @Override
    public void arm(Arm record) {
      LaneMerge.this.arm(record.table());
    }

    @Override
    public void disarm(Disarm record) {
      LaneMerge.this.disarm(record.table());
    }

    @Override
    public void voidChunks(VoidChunks record) {
      LaneMerge.this.voidChunks(record);
    }

    @Override
    public void chunkFailed(ChunkFailed record) {
      fail(record.chunk());
    }
  }

  private void stream(Change change) {
    if (!tables.isEmpty()) {
      change.accept(toucher);
    }
    sink.accept(change);
  }

  /** Leaves touches. */
  private final class Toucher implements ChangeVisitor<Void, RuntimeException> {
    @Override
    public Void row(RowChange row) {
      if (!row.schema().equals(lastSchema)) {
        lastSchema = row.schema();
        lastTouches = tables.get(lastSchema.name());
      }
      if (lastTouches != null) {
        lastTouches.record(row, newestMark);
      }
      return null;
    }

    @Override
    public Void truncate(Truncate truncate) {
      TableTouches touches = tables.get(truncate.schema().name());
      if (touches != null) {
        touches.truncate(newestMark);
      }
      return null;
    }

    @Override
    public Void begin(Begin begin) {
      return null;
    }

    @Override
    public Void commit(Commit commit) {
      return null;
    }

    @Override
    public Void message(LogicalMessage message) {
      return null;
    }

    @Override
    public Void dumpEnd(DumpEnd end) {
      return null;
    }

    @Override
    public Void ddl(Ddl ddl) {
      return null;
    }

    @Override
    public Void schemaChange(SchemaChange change) {
      return null;
    }
  }

  private void mark(Mark mark) {
    if (mark.counter() <= newestMark) {
      throw new IllegalStateException(
          "lane " + lane + " got " + mark + " after mark " + newestMark + ": marks must grow");
    }
    newestMark = mark.counter();
    for (Iterator<ChunkBuffer> i = chunks.values().iterator(); i.hasNext(); ) {
      ChunkBuffer chunk = i.next();
      if (chunk.isDue(mark)) {
        evaluate(chunk, mark);
        i.remove();
        release(chunk);
      }
    }
    forget();
    dropUnneeded();
  }

  private void evaluate(ChunkBuffer chunk, Mark mark) {
    TableTouches touches = tables.get(chunk.table());
    if (touches == null) {
      throw new IllegalStateException(
          "lane "
              + lane
              + " has to evaluate "
              + chunk
              + " at "
              + mark
              + ": the table is not armed");
    }
    touches.evaluate(chunk, mark.lsn(), sink);
    counts.chunksEvaluated++;
    evaluated.put(chunk.id(), chunk.counter());
    if (untold.isEmpty()) {
      untold = new ArrayList<>();
    }
    untold.add(chunk.id());
  }

  /** The chunks that were evaluated since this was last called. */
  public List<ChunkId> takeEvaluated() {
    List<ChunkId> taken = untold;
    untold = List.of();
    return taken;
  }

  private void forget() {
    long least = promises.least();
    for (ChunkBuffer chunk : chunks.values()) {
      least = Math.min(least, chunk.counter());
    }
    if (least <= forgotten) {
      return;
    }
    long below = least;
    forgotten = below;
    tables.values().forEach(table -> table.forget(below));
    voided.values().removeIf(counter -> counter <= below);
    evaluated.values().removeIf(counter -> counter < below);
  }

  private void rows(Rows rows) {
    ChunkBuffer chunk = buffer(rows.chunk(), rows.mark(), rows.schema().name());
    if (chunk != null) {
      long before = chunk.bytes();
      chunk.add(rows);
      counts.bufferedBytes += chunk.bytes() - before;
      counts.bufferedRows += rows.batch().size();
    }
  }

  private void end(ChunkEnd end) {
    ChunkBuffer chunk = buffer(end.chunk(), end.mark(), end.table());
    if (chunk != null) {
      chunk.end(end);
    }
  }

  /** The chunk's buffer, opened if it is new; null if the chunk is void. */
  private ChunkBuffer buffer(ChunkId id, Mark mark, TableName table) {
    ChunkBuffer chunk = chunks.get(id);
    if (chunk != null) {
      return chunk;
    }
    if (mark.counter() < voided.getOrDefault(table, Long.MIN_VALUE)) {
      return null;
    }
    chunk = new ChunkBuffer(id, mark, table);
    if (evaluated.containsKey(id)) {
      throw new IllegalStateException(chunk + " went on in lane " + lane + " after its end");
    }
    if (mark.counter() < forgotten) {
      throw new IllegalStateException(
          chunk + " came to lane " + lane + ", which has forgotten touches before " + forgotten);
    }
    chunks.put(id, chunk);
    return chunk;
  }

  private void release(ChunkBuffer chunk) {
    counts.bufferedBytes -= chunk.bytes();
    counts.bufferedRows -= chunk.rowCount();
  }

  private void fail(ChunkId id) {
    ChunkBuffer chunk = chunks.remove(id);
    if (chunk != null) {
      release(chunk);
      counts.chunksFailed++;
      dropUnneeded();
    }
  }

  private void voidChunks(VoidChunks voids) {
    if (voids.counter() <= newestMark) {
      throw new IllegalStateException(
          "lane "
              + lane
              + " got "
              + voids
              + " after mark "
              + newestMark
              + ": its mark must follow");
    }
    voided.merge(voids.table(), voids.counter(), Math::max);
    for (Iterator<ChunkBuffer> i = chunks.values().iterator(); i.hasNext(); ) {
      ChunkBuffer chunk = i.next();
      if (chunk.table().equals(voids.table()) && chunk.counter() < voids.counter()) {
        i.remove();
        release(chunk);
        counts.chunksVoided++;
      }
    }
    TableTouches touches = tables.get(voids.table());
    if (touches != null) {
      touches.chunksVoided();
    }
    dropUnneeded();
  }

  private void arm(TableName table) {
    TableTouches touches =
        tables.computeIfAbsent(table, name -> new TableTouches(name, newestMark, counts));
    touches.armed = true;
    lastSchema = null;
  }

  private void disarm(TableName table) {
    TableTouches touches = tables.get(table);
    if (touches != null) {
      touches.armed = false;
      dropUnneeded();
    }
  }

  /** Drops the tables whose dump is over, but none of which a chunk is still buffered. */
  private void dropUnneeded() {
    for (Iterator<TableTouches> i = tables.values().iterator(); i.hasNext(); ) {
      TableTouches touches = i.next();
      if (!touches.armed && !isBuffered(touches.table())) {
        touches.clear();
        i.remove();
        lastSchema = null;
      }
    }
  }

  private boolean isBuffered(TableName table) {
    for (ChunkBuffer chunk : chunks.values()) {
      if (chunk.table().equals(table)) {
        return true;
      }
    }
    return false;
  }
}
