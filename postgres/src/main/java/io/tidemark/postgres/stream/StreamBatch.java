package io.tidemark.postgres.stream;

import io.tidemark.postgres.change.Change;
import java.util.Arrays;

/**
 * Changes that follow each other in the stream, and perhaps a heartbeat after them. Whoever fills
 * one hands it over and changes it no more.
 */
public final class StreamBatch {
  /** Bytes that a change and its place here take, beyond the message that it was made of. */
  private static final int OVERHEAD = 128;

  private static final int INITIAL_CAPACITY = 32;

  private Change[] changes = new Change[INITIAL_CAPACITY];
  private long[] lsns = new long[INITIAL_CAPACITY];
  private int size;
  private long bytes = OVERHEAD;
  private long heartbeatLsn;

  /** Empty, without a heartbeat. */
  public StreamBatch() {}

  /** Adds a change behind the others; see {@link #lsn} for what its LSN is. */
  public void add(Change change, long lsn) {
    if (size == changes.length) {
      changes = Arrays.copyOf(changes, 4 * size);
      lsns = Arrays.copyOf(lsns, 4 * size);
    }
    changes[size] = change;
    lsns[size++] = lsn;
    bytes += OVERHEAD;
  }

  void addBytes(int messageBytes) {
    bytes += messageBytes;
  }

  /** Sets the {@link #heartbeatLsn}. */
  public void heartbeat(long lsn) {
    heartbeatLsn = lsn;
  }

  /** How many changes it has; it can be none. */
  public int size() {
    return size;
  }

  /** The {@code i}-th change. */
  public Change change(int i) {
    return changes[i];
  }

  /**
   * The WAL position of the {@code i}-th change itself, unsigned: where its record starts, for a
   * commit where it ends. It is what {@link StreamPosition#changeLsn} means.
   */
  public long lsn(int i) {
    return lsns[i];
  }

  /**
   * An LSN, unsigned, such that every transaction whose end LSN is at most that is in this batch or
   * in an earlier one, and none other; 0 if a transaction is open after this batch. The stream can
   * start again from it.
   */
  public long heartbeatLsn() {
    return heartbeatLsn;
  }

  /** Bytes of memory that it takes, roughly. */
  public long bytes() {
    return bytes;
  }
}
