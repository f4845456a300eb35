package io.tidemark.source.merge;

import io.tidemark.dump.postgres.KeyHasher;
import io.tidemark.source.merge.SimulatedPrimary.Row;
import io.tidemark.source.record.ChunkId;
import io.tidemark.source.record.LaneRecord;
import io.tidemark.source.record.Mark;
import io.tidemark.source.record.RowBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A dump reader with two connections: it takes chunks under marks, and again what is void. */
final class SimulatedReader {
  private final KeyHasher keys = new KeyHasher(SimulatedPrimary.SCHEMA);

  /** What the stream reader tells, in its order. */
  sealed interface Event permits Armed, Reported, Voided {}

  record Armed(long counter) implements Event {}

  record Reported(Mark mark) implements Event {}

  /**
   * @param again told before, but perhaps after this reader's state was taken
   */
  record Voided(long counter, boolean again) implements Event {}

  /** What a chunk is to read: a page, or the given keys under a mark later than {@code after}. */
  record Item(int page, Set<String> keys, long after) {
    static Item page(int page) {
      return new Item(page, null, 0);
    }

    static Item keys(Set<String> keys, long after) {
      return new Item(-1, Set.copyOf(keys), after);
    }

    boolean holds(String key, Row row) {
      return keys == null ? row.page() == page : keys.contains(key);
    }
  }

  /** A chunk being read. */
  private static final class Running {
    final Item item;
    final ChunkId id;
    final Mark mark;
    final int snapshot;
    final Deque<String> left;

    Running(Item item, ChunkId id, Mark mark, int snapshot, Deque<String> left) {
      this.item = item;
      this.id = id;
      this.mark = mark;
      this.snapshot = snapshot;
      this.left = left;
    }
  }

  /** A chunk that was read; {@code covered} is the first checkpoint that can cover its end. */
  private record Ended(Item item, Mark mark, long high, long covered) {}

  /** Surely evaluated; the mark that proved it came after the barrier of {@code barrier}. */
  private record Proved(Ended chunk, long barrier) {}

  /** Its state in a checkpoint. */
  record State(List<Item> pending, List<Object> ended) {}

  private final int index;
  private final Simulation simulation;
  private final Random random;
  final Deque<Event> events = new ArrayDeque<>();
  final List<Item> pending = new ArrayList<>();
  private final List<Running> running = new ArrayList<>();
  private final List<Ended> ended = new ArrayList<>();
  private final List<Proved> proved = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private long armed = -1;
  private long promised;
  private long voided;
  private long chunks;
  private long barrier;

  SimulatedReader(int index, Simulation simulation, Random random) {
    this.index = index;
    this.simulation = simulation;
    this.random = random;
  }

  boolean isDone() {
    return pending.isEmpty() && running.isEmpty() && ended.isEmpty();
  }

  /** Does something that it can do. */
  void step() {
    switch (random.nextInt(6)) {
      case 0, 1 -> events();
      case 2 -> start();
      case 3, 4 -> goOn();
      default -> promise();
    }
  }

  private void events() {
    for (int left = 1 + random.nextInt(5); left > 0; left--) {
      event();
    }
  }

  private void event() {
    Event event = events.poll();
    if (event instanceof Armed arm) {
      armed = arm.counter();
    } else if (event instanceof Reported report) {
      marks.add(report.mark());
      prove();
    } else if (event instanceof Voided voids) {
      retake(voids);
    }
  }

  /** Takes every chunk again that a lane may have dropped: of those restored all. */
  private void retake(Voided voids) {
    voided = voids.counter();
    for (Ended chunk : List.copyOf(ended)) {
      boolean restored = chunk.mark().attempt() != simulation.attempt();
      if (chunk.mark().counter() < voided || (restored && !voids.again())) {
        ended.remove(chunk);
        pending.add(chunk.item());
      }
    }
    for (Running chunk : List.copyOf(running)) {
      if (chunk.mark.counter() < voided) {
        fail(chunk);
      }
    }
  }

  /** A completed checkpoint covers the chunk's end, and a mark that came later has its high. */
  void prove() {
    for (Ended chunk : List.copyOf(ended)) {
      Long checkpoint = simulation.completedSince(chunk.covered());
      for (Mark mark : marks) {
        if (checkpoint != null
            && mark.barrier() >= checkpoint
            && Long.compareUnsigned(mark.lsn(), chunk.high()) >= 0
            && ended.remove(chunk)) {
          proved.add(new Proved(chunk, mark.barrier()));
        }
      }
    }
  }

  private void start() {
    if (armed < 0 || pending.isEmpty() || running.size() == 2) {
      return;
    }
    Item item = pending.get(random.nextInt(pending.size()));
    int replayed = simulation.replayed(random.nextInt(Simulation.REPLICAS));
    Mark newest = null;
    for (Mark mark : marks) {
      if (Long.compareUnsigned(mark.lsn(), SimulatedPrimary.endLsn(replayed) + 9) <= 0
          && SimulatedPrimary.numberAt(mark.lsn()) <= replayed
          && mark.counter() > Math.max(armed, item.after())
          && mark.counter() >= Math.max(promised, voided)) {
        newest = mark;
      }
    }
    if (newest == null) {
      return;
    }
    pending.remove(item);
    // A commit can be visible just before the replay LSN shows it.
    int snapshot = Math.min(simulation.primary().size(), replayed + random.nextInt(2));
    Deque<String> keys = new ArrayDeque<>();
    for (Map.Entry<String, Row> row : simulation.primary().table(snapshot).entrySet()) {
      if (item.holds(row.getKey(), row.getValue())) {
        keys.add(row.getKey());
      }
    }
    ChunkId id = new ChunkId(1000 * simulation.attempt() + index, chunks++);
    running.add(new Running(item, id, newest, snapshot, keys));
  }

  private void goOn() {
    if (running.isEmpty()) {
      return;
    }
    Running chunk = running.get(random.nextInt(running.size()));
    if (random.nextInt(30) == 0) {
      fail(chunk);
    } else if (chunk.left.isEmpty()) {
      end(chunk);
    } else {
      send(chunk);
    }
  }

  private void send(Running chunk) {
    Map<Integer, List<byte[]>> batches = new HashMap<>();
    for (int rows = 1 + random.nextInt(3); rows > 0 && !chunk.left.isEmpty(); rows--) {
      String key = chunk.left.remove();
      Row row = simulation.primary().table(chunk.snapshot).get(key);
      batches
          .computeIfAbsent(simulation.lane(key), lane -> new ArrayList<>())
          .add(TestTable.copy(key, row.a(), row.x(), row.y()));
    }
    batches.forEach(
        (lane, rows) ->
            simulation.send(
                1 + index,
                new LaneRecord.Rows(
                    lane,
                    chunk.id,
                    chunk.mark,
                    SimulatedPrimary.SCHEMA,
                    RowBatch.of(rows.toArray(new byte[0][]), keys))));
  }

  private void end(Running chunk) {
    int seen = Math.max(chunk.snapshot, simulation.replayed(random.nextInt(Simulation.REPLICAS)));
    int high = Math.min(simulation.primary().size(), seen + random.nextInt(2));
    long lsn = SimulatedPrimary.endLsn(high);
    for (int lane = 0; lane < simulation.lanes(); lane++) {
      simulation.send(
          1 + index,
          new LaneRecord.ChunkEnd(lane, chunk.id, chunk.mark, SimulatedPrimary.SCHEMA.name(), lsn));
    }
    running.remove(chunk);
    ended.add(new Ended(chunk.item, chunk.mark, lsn, barrier + 1));
  }

  private void fail(Running chunk) {
    for (int lane = 0; lane < simulation.lanes(); lane++) {
      simulation.send(1 + index, new LaneRecord.ChunkFailed(lane, chunk.id));
    }
    running.remove(chunk);
    pending.add(chunk.item);
  }

  private void promise() {
    if (marks.isEmpty()) {
      return;
    }
    long least = marks.get(marks.size() - 1).counter();
    for (Running chunk : running) {
      least = Math.min(least, chunk.mark.counter());
    }
    if (least < promised) {
      return;
    }
    promised = least;
    for (int lane = 0; lane < simulation.lanes(); lane++) {
      simulation.send(
          1 + index, new LaneRecord.Promise(lane, index, simulation.readers(), promised));
    }
  }

  /**
   * What is pending, and what is not surely evaluated in this checkpoint: a mark that came after
   * the stream's barrier of the checkpoint proves nothing in it.
   */
  State snapshot(long checkpoint) {
    barrier = checkpoint;
    List<Item> again = new ArrayList<>(pending);
    running.forEach(chunk -> again.add(chunk.item));
    List<Object> open = new ArrayList<>(ended);
    for (Proved chunk : proved) {
      if (chunk.barrier() >= checkpoint) {
        open.add(chunk.chunk());
      }
    }
    return new State(again, open);
  }

  /** Its pages are all to be read. */
  void begin(long checkpoint) {
    barrier = checkpoint;
    for (int page = 0; page < SimulatedPrimary.PAGES; page++) {
      if (page % simulation.readers() == index) {
        pending.add(Item.page(page));
      }
    }
  }

  /** Goes on from its state; what was to be repaired is asked for again by the stream reader. */
  void restore(State state, long checkpoint) {
    barrier = checkpoint;
    Set<Item> distinct = new HashSet<>(state.pending());
    distinct.removeIf(item -> item.keys() != null);
    pending.addAll(distinct);
    for (Object chunk : state.ended()) {
      if (((Ended) chunk).item().keys() == null) {
        ended.add((Ended) chunk);
      }
    }
  }
}
