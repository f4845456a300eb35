package io.tidemark.source.merge;

import io.tidemark.source.merge.SimulatedPrimary.Row;
import io.tidemark.source.record.Bytes;
import io.tidemark.source.record.LaneRecord;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One random schedule: a primary that is written to, two replicas that replay late, a stream
 * reader, dump readers, and the lanes under test, with channels between them that run at any speed,
 * checkpoints whose barriers cut each source at another time, and crashes. What the readers do here
 * is what the protocol asks of the real ones.
 */
final class Simulation {
  static final int REPLICAS = 2;

  /** A checkpoint's barrier in a channel. */
  private record Barrier(long checkpoint) {}

  private static final class Checkpoint {
    final long id;
    SimulatedStream.State stream;
    final SimulatedReader.State[] readers;
    final byte[][] lanes;
    final SimulatedConsumer[] consumers;
    int barriers;
    int snapshots;

    Checkpoint(long id, int readers, int lanes) {
      this.id = id;
      this.readers = new SimulatedReader.State[readers];
      this.lanes = new byte[lanes][];
      this.consumers = new SimulatedConsumer[lanes];
    }
  }

  private final Random random;
  private final SimulatedPrimary primary;
  private final int lanes;
  private final int readerCount;
  private final int[] replayed = new int[REPLICAS];
  private final LaneMerge[] merges;
  private final SimulatedConsumer[] consumers;
  private final TreeSet<Long> completed = new TreeSet<>();

  /** One write in so many is followed by a crash, one step of the enumerator in so many a void. */
  private final int crashes;

  private final int voids;
  private SimulatedStream stream;
  private SimulatedReader[] readers;
  private List<List<Deque<Object>>> channels;
  private boolean[][] blocked;
  private Checkpoint current;
  private Checkpoint last;
  private long checkpoints;
  private long attempt;
  private boolean writing = true;

  Simulation(long seed) {
    this.random = new Random(seed);
    this.primary = new SimulatedPrimary(random);
    this.lanes = random.nextInt(3) == 0 ? 3 : 1;
    this.readerCount = 1 + random.nextInt(2);
    this.crashes = 3 << random.nextInt(4);
    this.voids = 3 << random.nextInt(5);
    this.merges = new LaneMerge[lanes];
    this.consumers = new SimulatedConsumer[lanes];
    start();
  }

  SimulatedPrimary primary() {
    return primary;
  }

  int lanes() {
    return lanes;
  }

  int readers() {
    return readerCount;
  }

  long attempt() {
    return attempt;
  }

  boolean writing() {
    return writing;
  }

  int voids() {
    return voids;
  }

  SimulatedReader reader(int reader) {
    return readers[reader];
  }

  int replayed(int replica) {
    return replayed[replica];
  }

  int lane(String key) {
    return key.charAt(1) % lanes;
  }

  /** The first completed checkpoint from this one on, or null. */
  Long completedSince(long checkpoint) {
    return completed.ceiling(checkpoint);
  }

  /** Runs the schedule to its end, and checks that the consumers then hold the table. */
  void run() throws IOException {
    int steps = 100 + random.nextInt(600);
    for (int i = 0; i < steps; i++) {
      step();
    }
    writing = false;
    for (int i = 0; !isDrained(); i++) {
      if (i > 100_000) {
        throw new AssertionError("the dump does not end");
      }
      step();
    }
    TreeMap<String, List<String>> held = new TreeMap<>();
    for (SimulatedConsumer consumer : consumers) {
      held.putAll(consumer.rows());
    }
    TreeMap<String, List<String>> table = new TreeMap<>();
    for (Map.Entry<String, Row> row : primary.table(primary.size()).entrySet()) {
      table.put(row.getKey(), SimulatedConsumer.values(row.getValue()));
    }
    if (!held.equals(table)) {
      throw new AssertionError("the consumer holds " + held + ", the table " + table);
    }
  }

  private boolean isDrained() {
    return stream.isDone() && channels.stream().flatMap(List::stream).allMatch(Deque::isEmpty);
  }

  private void step() throws IOException {
    switch (random.nextInt(16)) {
      case 0 -> write();
      case 1, 2 -> stream.step();
      case 3 -> replay();
      case 4, 5, 6 -> readers[random.nextInt(readerCount)].step();
      case 7 -> stream.control();
      case 8 -> checkpoint();
      default -> deliver();
    }
  }

  private void write() {
    if (writing && primary.size() < 40) {
      primary.commit();
    }
    if (writing && random.nextInt(crashes) == 0) {
      start();
    }
  }

  private void replay() {
    int replica = random.nextInt(REPLICAS);
    replayed[replica] = Math.min(primary.size(), replayed[replica] + 1 + random.nextInt(3));
  }

  // The channels.

  /** Puts a record into its channel; source 0 is the stream reader. */
  void send(int source, LaneRecord record) {
    channels.get(source).get(record.lane()).add(record);
  }

  private void deliver() throws IOException {
    int lane = random.nextInt(lanes);
    int source = random.nextInt(1 + readerCount);
    Deque<Object> channel = channels.get(source).get(lane);
    int left = 1 + random.nextInt(12);
    while (left-- > 0 && !blocked[source][lane] && !channel.isEmpty()) {
      Object next = channel.remove();
      if (next instanceof LaneRecord record) {
        merges[lane].accept(record);
      } else {
        blocked[source][lane] = true;
        if (Arrays.stream(blocked).allMatch(all -> all[lane])) {
          snapshotLane(lane);
        }
      }
    }
  }

  // Checkpoints and crashes.

  /** Begins a checkpoint, or gives its barrier to the next source. */
  private void checkpoint() {
    if (current == null) {
      current = new Checkpoint(++checkpoints, readerCount, lanes);
    }
    int source = random.nextInt(1 + readerCount);
    if ((current.barriers & 1 << source) != 0) {
      return;
    }
    current.barriers |= 1 << source;
    if (source == 0) {
      current.stream = stream.snapshot(current.id);
    } else {
      current.readers[source - 1] = readers[source - 1].snapshot(current.id);
    }
    for (Deque<Object> channel : channels.get(source)) {
      channel.add(new Barrier(current.id));
    }
  }

  private void snapshotLane(int lane) throws IOException {
    current.lanes[lane] = Bytes.of(new LaneStateSerializer(), merges[lane].snapshot());
    current.consumers[lane] = consumers[lane].copy();
    for (boolean[] source : blocked) {
      source[lane] = false;
    }
    if (++current.snapshots == lanes) {
      last = current;
      completed.add(current.id);
      current = null;
      for (SimulatedReader reader : readers) {
        reader.prove();
      }
    }
  }

  /** Starts, or starts again from the last completed checkpoint. */
  private void start() {
    attempt++;
    current = null;
    blocked = new boolean[1 + readerCount][lanes];
    channels = new ArrayList<>();
    for (int source = 0; source <= readerCount; source++) {
      List<Deque<Object>> ofSource = new ArrayList<>();
      for (int lane = 0; lane < lanes; lane++) {
        ofSource.add(new ArrayDeque<>());
      }
      channels.add(ofSource);
    }
    long barrier = last == null ? 0 : last.id;
    stream =
        new SimulatedStream(
            this, random, last == null ? SimulatedStream.State.START : last.stream, barrier);
    restoreReaders(barrier);
    for (int lane = 0; lane < lanes; lane++) {
      restoreLane(lane);
    }
  }

  /**
   * Tells the readers again what they may have missed. If the arm came after the stream's cut,
   * partial images since then are unknown: what was dumped under it is dumped again.
   */
  private void restoreReaders(long barrier) {
    readers = new SimulatedReader[readerCount];
    for (int i = 0; i < readerCount; i++) {
      readers[i] = new SimulatedReader(i, this, random);
      if (!stream.isArmed()) {
        readers[i].begin(barrier);
      } else {
        readers[i].restore(last.readers[i], barrier);
        stream.tellAgain(readers[i]);
      }
    }
    stream.repairAgain();
  }

  private void restoreLane(int lane) {
    SimulatedConsumer consumer =
        last == null ? new SimulatedConsumer(primary) : last.consumers[lane].copy();
    consumers[lane] = consumer;
    MergeCounts counts = new MergeCounts();
    if (last == null) {
      merges[lane] = new LaneMerge(lane, consumer::accept, counts);
      return;
    }
    try {
      LaneState state = Bytes.read(new LaneStateSerializer(), last.lanes[lane]);
      merges[lane] = LaneMerge.restore(state, consumer::accept, counts);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
