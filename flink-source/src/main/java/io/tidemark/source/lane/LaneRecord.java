package io.tidemark.source.lane;

import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.change.Change;

/**
 * What a lane of the merge receives, in band: from the stream reader {@link Stream}, {@link
 * Marked}, {@link Arm}, {@link Disarm} and {@link VoidChunks}; from each dump reader {@link Rows},
 * {@link ChunkEnd}, {@link ChunkFailed} and {@link Promise}. Records of one reader arrive in the
 * order it emitted them; those of different readers in any order.
 */
public sealed interface LaneRecord {
  /** The lane it is for, from 0. */
  int lane();

  /** Has the visitor deal with it, by the method of its kind. */
  <E extends Exception> void accept(Visitor<E> visitor) throws E;

  /**
   * Does what each kind needs: a kind that is left out does not compile.
   *
   * @param <E> what may be thrown; {@link RuntimeException} for nothing that is checked
   */
  interface Visitor<E extends Exception> {
    void stream(Stream record) throws E;

    void marked(Marked record) throws E;

    void arm(Arm record) throws E;

    void disarm(Disarm record) throws E;

    void voidChunks(VoidChunks record) throws E;

    void rows(Rows record) throws E;

    void chunkEnd(ChunkEnd record) throws E;

    void chunkFailed(ChunkFailed record) throws E;

    void promise(Promise record) throws E;
  }

  /** A change from the stream. */
  record Stream(int lane, Change change) implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.stream(this);
    }
  }

  /** A mark. */
  record Marked(int lane, Mark mark) implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.marked(this);
    }
  }

  /** From here on touches of the table are recorded. A mark follows. Idempotent. */
  record Arm(int lane, TableName table) implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.arm(this);
    }
  }

  /** The table's dump is over: its touches are forgotten. Idempotent. */
  record Disarm(int lane, TableName table) implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.disarm(this);
    }
  }

  /**
   * Chunks of the table whose mark is older than {@code counter} are dropped: those here, and those
   * still to come. A mark with that counter follows.
   */
  record VoidChunks(int lane, TableName table, long counter) implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.voidChunks(this);
    }
  }

  /**
   * Rows of a chunk. The first batch of a chunk in a lane opens its buffer.
   *
   * @param mark the chunk's M
   * @param schema the rows' columns; the same for all batches of a chunk
   * @param request the dump on demand that they were read for, the same for all batches; 0 if none
   */
  record Rows(int lane, ChunkId chunk, Mark mark, TableSchema schema, RowBatch batch, long request)
      implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.rows(this);
    }
  }

  /**
   * All rows of the chunk were sent. A lane that got no rows of it gets this all the same.
   *
   * @param high an LSN, unsigned, not before the end of any transaction that the chunk's snapshot
   *     sees
   */
  record ChunkEnd(int lane, ChunkId chunk, Mark mark, TableName table, long high)
      implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.chunkEnd(this);
    }
  }

  /** The attempt failed: what came of it is dropped. */
  record ChunkFailed(int lane, ChunkId chunk) implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.chunkFailed(this);
    }
  }

  /**
   * No later chunk of this dump reader has a mark older than {@code counter}.
   *
   * @param reader index of the source's subtask
   * @param readers how many subtasks the source has: until each of them has promised, a lane
   *     forgets no touch
   */
  record Promise(int lane, int reader, int readers, long counter) implements LaneRecord {
    @Override
    public <E extends Exception> void accept(Visitor<E> visitor) throws E {
      visitor.promise(this);
    }
  }
}
