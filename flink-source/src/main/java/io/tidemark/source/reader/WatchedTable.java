package io.tidemark.source.reader;

import io.tidemark.postgres.KeyExtractor;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.change.Op;
import io.tidemark.postgres.change.RowChange;
import io.tidemark.source.split.StreamTable;
import io.tidemark.source.split.StreamTable.PartialKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the stream reader keeps of a table under dump or repair: the keys whose newest image was
 * partial, and how many bytes of touches the lanes hold of it.
 */
final class WatchedTable {
  /** What a touch takes in a lane besides its key and its values, in bytes: see {@code Touch}. */
  private static final int TOUCH_OVERHEAD = 136;

  /** Bytes of keys in one round: they travel in one message. */
  private static final long MAX_ROUND_BYTES = 2 << 20;

  private static final int KEY_OVERHEAD = 16;

  final TableName name;
  long dump;
  long armCounter = -1;
  int round;
  boolean lastRounds;

  /** As planned by the dump it is armed for; null if not armed. */
  private TableSchema planned;

  /** The schema of the newest change seen, by identity; null before the first. */
  private TableSchema seen;

  private boolean planChecked;

  private boolean givenUp;

  /** Checkpoints up to this one may lack the dump that reads what was given up. */
  private long wantedUpTo = -1;

  /** It is captured no more, and is disarmed once the enumerator knows. */
  private boolean gone;

  /** Not armed, and its keys are of a former key of the table; it is given up once it is armed. */
  private boolean keysUnreadable;

  /** Whether the columns of the newest change are those that the dump was planned with. */
  private boolean asPlanned = true;

  private KeyExtractor extractor;

  /** Key to the repair round that took it; 0 if none did. */
  private final Map<RowKey, Integer> keys = new HashMap<>();

  private final boolean lanesSplitMoves;

  private final Deque<Touches> touches = new ArrayDeque<>();
  private long touchBytes;
  private long touchBytesSinceMark;

  /** Bytes touched after the mark with this counter and before the next. */
  private record Touches(long counter, long bytes) {}

  /** How a change's columns relate to what was known of the table. */
  enum Columns {
    NONE,
    /**
     * Other columns than the change before had, or, though that is known, other ones than the dump
     * was planned with: no chunk from before can be evaluated beside this change.
     */
    CHANGED,
    /** Other columns than the dump was planned with, which is news. */
    PLAN_STALE
  }

  WatchedTable(TableName name, boolean lanesSplitMoves) {
    this.name = name;
    this.lanesSplitMoves = lanesSplitMoves;
  }

  static WatchedTable restore(StreamTable state, boolean lanesSplitMoves) {
    WatchedTable table = new WatchedTable(state.table(), lanesSplitMoves);
    table.dump = state.dump();
    table.armCounter = state.armCounter();
    table.round = state.round();
    table.lastRounds = state.lastRounds();
    table.planned = state.planned();
    table.givenUp = state.dumpWanted();
    table.keysUnreadable = state.seen() == null && !state.keys().isEmpty();
    if (state.seen() != null) {
      table.seen = state.seen();
      table.extractor = new KeyExtractor(state.seen());
    }
    if (!table.givenUp) {
      state.keys().forEach(key -> table.keys.put(key.key(), key.round()));
    }
    return table;
  }

  /** What this checkpoint holds. */
  StreamTable state(long checkpoint) {
    List<PartialKey> saved = new ArrayList<>(keys.size());
    keys.forEach((key, taken) -> saved.add(new PartialKey(key, taken)));
    return new StreamTable(
        name,
        dump,
        armCounter,
        round,
        lastRounds,
        givenUp || checkpoint <= wantedUpTo,
        planned,
        keysUnreadable ? null : seen,
        saved,
        List.of());
  }

  int plannedOid() {
    return planned == null ? 0 : planned.oid();
  }

  boolean isArmed() {
    return dump != 0;
  }

  boolean isIdle() {
    return dump == 0 && keys.isEmpty() && !givenUp;
  }

  int keyCount() {
    return keys.size();
  }

  long touchBytes() {
    return touchBytes + touchBytesSinceMark;
  }

  Columns see(TableSchema schema) {
    if (planChecked && schema.equals(seen)) {
      return asPlanned ? Columns.NONE : Columns.CHANGED;
    }
    boolean known = seen == null || seen.equals(schema);
    boolean unreadable = !keys.isEmpty() && seen != null && !seen.hasKeyOf(schema);
    seen = schema;
    asPlanned = isAsPlanned();
    planChecked = true;
    extractor = new KeyExtractor(schema);
    if (!isArmed()) {
      keysUnreadable |= unreadable;
      return Columns.NONE;
    }
    if (unreadable) {
      giveUp();
      return Columns.PLAN_STALE;
    }
    return !asPlanned ? Columns.PLAN_STALE : known ? Columns.NONE : Columns.CHANGED;
  }

  private boolean isAsPlanned() {
    return planned == null || seen == null || planned.matches(seen);
  }

  /**
   * Whether all rows have to be read, by another dump than the one that it is armed for, if it is:
   * until that, and in every checkpoint that does not have that dump for sure.
   */
  boolean isGivenUp() {
    return givenUp;
  }

  /**
   * There are too many keys, or they cannot be read, as the table has another key by now; or its
   * rows have changed unseen by the stream.
   */
  void giveUp() {
    givenUp = true;
    keysUnreadable = false;
    keys.clear();
  }

  /** Whether its keys are those that a table as planned can be read by. */
  boolean hasReadableKeys() {
    return keys.isEmpty() || (!keysUnreadable && planned.hasKeyOf(seen));
  }

  /**
   * The columns that the dump is planned with; null if there is none. A dump that replaces one is
   * armed before it is planned.
   *
   * @return whether changes with other columns were emitted since it was armed
   */
  boolean plan(TableSchema schema) {
    boolean before = asPlanned;
    planned = schema;
    asPlanned = isAsPlanned();
    return isArmed() && before && !asPlanned;
  }

  /**
   * Is armed for a dump from now on, instead of for another or none.
   *
   * @param checkpoint the newest that was begun when the dump was started: it need not have it
   */
  void arm(long newDump, long checkpoint) {
    // A dump that replaces one is planned on a replica that may be ahead of the stream: a stream
    // that still has the old columns must not have it planned again and again. It voids what was
    // read before each such change; what is read after the last of them stands.
    planChecked = isArmed() && planChecked;
    dump = newDump;
    wantedUpTo = givenUp ? checkpoint : wantedUpTo;
    givenUp = false;
    gone = false;
    armCounter = -1;
    round = 0;
    lastRounds = false;
    keys.replaceAll((key, taken) -> 0);
  }

  /** Takes note of a change; {@link #see} came before with its schema. */
  void track(RowChange change) {
    Tuple now = change.newTuple();
    Tuple old = change.oldTuple();
    boolean partial = now != null && !change.oldTupleIsFull() && now.isPartial();
    if (isArmed()) {
      touchBytesSinceMark += touchSize(now, old) + (partial ? now.length() : 0);
    }
    if (givenUp || keysUnreadable || (!partial && keys.isEmpty())) {
      return;
    }
    boolean moved = old != null && now != null && !extractor.sameKey(now, old);
    boolean fromRepair = false;
    if (old != null && (moved || change.op() == Op.DELETE)) {
      fromRepair = keys.remove(extractor.key(old)) != null;
    }
    if (now == null) {
      return;
    }
    RowKey key = extractor.key(now, old);
    if (!partial) {
      keys.remove(key);
    } else if (mustRepair(change.op(), moved, fromRepair)) {
      keys.merge(key, 0, (taken, untaken) -> moved ? untaken : taken);
    }
  }

  /** Roughly what the lanes keep of the change, without values. */
  private long touchSize(Tuple now, Tuple old) {
    long size = now == null ? 0 : TOUCH_OVERHEAD + extractor.keyLength(now);
    return size + (old == null ? 0 : TOUCH_OVERHEAD + extractor.keyLength(old));
  }

  private boolean mustRepair(Op op, boolean moved, boolean fromRepair) {
    return op == Op.INSERT
        || (moved && lanesSplitMoves)
        || (moved && fromRepair)
        || (isArmed() && !lastRounds);
  }

  /** It is captured no more: nothing of it is to be emitted. */
  void gone() {
    gone = true;
    givenUp = false;
    wantedUpTo = -1;
    truncated();
  }

  boolean isGone() {
    return gone;
  }

  void truncated() {
    keys.clear();
    keysUnreadable = false;
  }

  /** A mark was emitted; the one before had this counter. */
  void marked(long previousCounter) {
    if (touchBytesSinceMark > 0) {
      touches.add(new Touches(previousCounter, touchBytesSinceMark));
      touchBytes += touchBytesSinceMark;
      touchBytesSinceMark = 0;
    }
  }

  /** No dump reader uses a mark before this one any more: the lanes forget older touches. */
  void promised(long counter) {
    while (!touches.isEmpty() && touches.peek().counter() < counter) {
      touchBytes -= touches.poll().bytes();
    }
  }

  void forgetTouches() {
    touches.clear();
    touchBytes = 0;
    touchBytesSinceMark = 0;
  }

  /** A repair round is over: its keys are complete at the consumer. */
  void roundFinished(int finished) {
    keys.values().removeIf(taken -> taken > 0 && taken <= finished);
  }

  /**
   * The keys of a new round: those of none yet, and on request those of earlier ones. Not more than
   * fit a message; the rest is left to the next round.
   */
  List<byte[]> takeKeys(int newRound, boolean all) {
    round = newRound;
    List<byte[]> taken = new ArrayList<>();
    long bytes = 0;
    for (Map.Entry<RowKey, Integer> each : keys.entrySet()) {
      if (all) {
        each.setValue(0);
      }
      byte[] key = each.getKey().array();
      if (each.getValue() == 0 && (taken.isEmpty() || bytes + key.length <= MAX_ROUND_BYTES)) {
        bytes += key.length + KEY_OVERHEAD;
        taken.add(key);
        each.setValue(newRound);
      }
    }
    return taken;
  }
}
