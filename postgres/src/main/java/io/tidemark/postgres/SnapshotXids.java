package io.tidemark.postgres;

/**
 * Which transactions a snapshot on the primary sees, from {@code pg_current_snapshot()}: those
 * below {@code xmax} that are not in progress.
 */
public final class SnapshotXids {
  private final int xmin;
  private final int xmax;
  private final int[] inProgress;

  private SnapshotXids(int xmin, int xmax, int[] inProgress) {
    this.xmin = xmin;
    this.xmax = xmax;
    this.inProgress = inProgress;
  }

  /**
   * Reads PostgreSQL's text form, {@code xmin:xmax:xid,xid,...}, with 64-bit ids.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static SnapshotXids parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("not a snapshot: '" + text + "'");
    }
    try {
      String[] xids = parts[2].isEmpty() ? new String[0] : parts[2].split(",", -1);
      int[] inProgress = new int[xids.length];
      for (int i = 0; i < xids.length; i++) {
        inProgress[i] = xid(xids[i]);
      }
      return new SnapshotXids(xid(parts[0]), xid(parts[1]), inProgress);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a snapshot: '" + text + "'", e);
    }
  }

  /**
   * Whether the snapshot sees this transaction, provided that it has committed.
   *
   * @param xid as the stream carries it: 32 bits, compared modulo 2^32
   */
  public boolean sees(int xid) {
    if (xid - xmin < 0) {
      return true;
    }
    if (xid - xmax >= 0) {
      return false;
    }
    for (int running : inProgress) {
      if (running == xid) {
        return false;
      }
    }
    return true;
  }

  /** Whether every transaction with this id or an older one has ended before the snapshot. */
  public boolean isAfter(int xid) {
    return xid - xmin < 0;
  }

  private static int xid(String text) {
    return (int) Long.parseUnsignedLong(text);
  }
}
