package io.tidemark.source.merge;

/**
 * What lanes of the merge did and hold, summed over those that share it. Written by one thread;
 * others may read and see a value that is a little old.
 */
public final class MergeCounts {
  long rowsEmitted;
  long rowsDropped;
  long rowsCompleted;
  long chunksEvaluated;
  long chunksVoided;
  long chunksFailed;
  long touches;
  long touchBytes;
  long bufferedRows;
  long bufferedBytes;

  /** Rows of dumps that were emitted, completed ones included. */
  public long rowsEmitted() {
    return rowsEmitted;
  }

  /** Rows of evaluated chunks that were dropped: the stream has newer ones. */
  public long rowsDropped() {
    return rowsDropped;
  }

  /** Rows of dumps that were emitted with newer values out of the stream. */
  public long rowsCompleted() {
    return rowsCompleted;
  }

  /** Chunks that were evaluated, counted in each lane. */
  public long chunksEvaluated() {
    return chunksEvaluated;
  }

  /** Buffered chunks that a void dropped, counted in each lane. */
  public long chunksVoided() {
    return chunksVoided;
  }

  /** Buffered chunks that were dropped since their attempt failed, counted in each lane. */
  public long chunksFailed() {
    return chunksFailed;
  }

  /** Touches held now. */
  public long touches() {
    return touches;
  }

  /** Bytes of memory that the touches held now take, roughly. */
  public long touchBytes() {
    return touchBytes;
  }

  /** Rows of chunks held now. */
  public long bufferedRows() {
    return bufferedRows;
  }

  /** Bytes of memory that the rows held now take, roughly. */
  public long bufferedBytes() {
    return bufferedBytes;
  }
}
