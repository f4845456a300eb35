package io.tidemark.source.merge;

import io.tidemark.dump.postgres.TableName;
import io.tidemark.source.change.Change;
import io.tidemark.source.change.Position;
import io.tidemark.source.change.RowChange;
import io.tidemark.source.change.Truncate;
import io.tidemark.source.merge.SimulatedPrimary.Kind;
import io.tidemark.source.merge.SimulatedPrimary.RowEvent;
import io.tidemark.source.record.LaneRecord;
import io.tidemark.source.record.Mark;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;

/** The stream reader, and what the enumerator has it do for the dump. */
final class SimulatedStream {
  private static final TableName TABLE = SimulatedPrimary.SCHEMA.name();

  /** Where the dump stands. */
  enum Phase {
    NOT_ARMED,
    PAGES,
    REPAIR,
    DONE
  }

  /** What the stream reader must not lose. */
  record State(
      int transaction,
      int ordinal,
      long counter,
      long lsn,
      Phase phase,
      long armedAt,
      long voided,
      boolean mustVoid,
      Set<String> partial,
      Set<String> repairing,
      Set<String> moved) {
    static final State START =
        new State(0, 0, 0, 0, Phase.NOT_ARMED, 0, 0, false, Set.of(), Set.of(), Set.of());
  }

  private final Simulation simulation;
  private final Random random;
  private int transaction;
  private int ordinal;
  private long counter;
  private long lsn;
  private long barrier;
  private Phase phase;
  private long armedAt;
  private long voided;
  private boolean mustVoid;
  private Set<String> partial;
  private Set<String> repairing;
  private Set<String> moved;

  /**
   * @param barrier the checkpoint that the state is of, 0 at the start
   */
  SimulatedStream(Simulation simulation, Random random, State state, long barrier) {
    this.simulation = simulation;
    this.random = random;
    this.barrier = barrier;
    transaction = state.transaction();
    ordinal = state.ordinal();
    counter = state.counter();
    lsn = state.lsn();
    phase = state.phase();
    armedAt = state.armedAt();
    voided = state.voided();
    mustVoid = state.mustVoid();
    partial = new HashSet<>(state.partial());
    repairing = new HashSet<>(state.repairing());
    moved = new HashSet<>(state.moved());
  }

  /** Its state at the barrier of a checkpoint. */
  State snapshot(long checkpoint) {
    barrier = checkpoint;
    return new State(
        transaction,
        ordinal,
        counter,
        lsn,
        phase,
        armedAt,
        voided,
        mustVoid,
        Set.copyOf(partial),
        Set.copyOf(repairing),
        Set.copyOf(moved));
  }

  boolean isArmed() {
    return phase != Phase.NOT_ARMED;
  }

  /** Whether the dump is over and all of the stream is emitted. */
  boolean isDone() {
    return phase == Phase.DONE && isCaughtUp();
  }

  private boolean isCaughtUp() {
    return transaction == simulation.primary().size();
  }

  /** Tells a restored reader what it may have missed. */
  void tellAgain(SimulatedReader reader) {
    reader.events.add(new SimulatedReader.Armed(armedAt));
    reader.events.add(new SimulatedReader.Voided(voided, true));
  }

  /** Asks for the keys that are under repair, under a mark still to come. */
  void repairAgain() {
    if (phase == Phase.REPAIR && !repairing.isEmpty()) {
      simulation.reader(0).pending.add(SimulatedReader.Item.keys(repairing, counter));
    }
  }

  /** Emits a mark or the next change, if there is one. */
  void step() {
    if (ordinal == 0 && random.nextInt(3) == 0) {
      mark();
      return;
    } else if (isCaughtUp()) {
      return;
    }
    List<RowEvent> events = simulation.primary().transaction(transaction + 1);
    emit(events.get(ordinal), transaction + 1, ordinal + 1);
    ordinal++;
    if (ordinal == events.size()) {
      transaction++;
      ordinal = 0;
      if (mustVoid) {
        voidChunks();
      }
    }
  }

  private void mark() {
    counter++;
    long now = SimulatedPrimary.endLsn(transaction) + random.nextInt(9);
    lsn = Long.compareUnsigned(now, lsn) > 0 ? now : lsn;
    Mark mark = new Mark(simulation.attempt(), counter, lsn, barrier);
    sendAll(lane -> new LaneRecord.Marked(lane, mark));
    tell(new SimulatedReader.Reported(mark));
  }

  private void voidChunks() {
    mustVoid = false;
    voided = counter + 1;
    sendAll(lane -> new LaneRecord.VoidChunks(lane, TABLE, voided));
    tell(new SimulatedReader.Voided(voided, false));
    mark();
  }

  private void emit(RowEvent event, int number, int place) {
    RowChange.Origin origin =
        new RowChange.Origin(SimulatedPrimary.commitLsn(number), place, 0, number);
    switch (event.kind()) {
      case TRUNCATE -> {
        Change truncate =
            new Truncate(
                new Position(origin.commitLsn(), place),
                0,
                0,
                SimulatedPrimary.SCHEMA,
                false,
                false);
        sendAll(lane -> new LaneRecord.Stream(lane, truncate));
        // The real reader always voids; rows that are still right need it not.
        mustVoid |= isArmed() && random.nextBoolean();
      }
      case INSERT -> toLane(event.key(), insert(event, origin));
      case DELETE -> toLane(event.key(), delete(event.key(), origin));
      case UPDATE -> toLane(event.key(), update(event, random.nextInt(4) == 0, origin));
      case MOVE -> {
        if (simulation.lane(event.key()) == simulation.lane(event.newKey())) {
          toLane(event.key(), update(event, true, origin));
        } else {
          toLane(event.key(), delete(event.key(), origin));
          toLane(event.newKey(), insert(event, origin));
        }
      }
    }
    trackPartial(event);
  }

  private void trackPartial(RowEvent event) {
    if (event.kind() == Kind.TRUNCATE) {
      partial.clear();
      moved.clear();
      return;
    }
    boolean base = repairing.contains(event.key()) || moved.contains(event.key());
    boolean move = event.kind() == Kind.MOVE;
    if (move || event.row() == null || !event.isPartial()) {
      partial.remove(event.key());
      moved.remove(event.key());
    }
    if (event.row() != null && !event.isPartial()) {
      partial.remove(event.newKey());
      moved.remove(event.newKey());
    } else if (event.row() != null && isArmed()) {
      partial.add(event.newKey());
      if (move && (base || simulation.lane(event.key()) != simulation.lane(event.newKey()))) {
        moved.add(event.newKey());
      } else if (move) {
        moved.remove(event.newKey());
      }
    }
  }

  private static RowChange insert(RowEvent event, RowChange.Origin origin) {
    return RowChange.insert(
        SimulatedPrimary.SCHEMA,
        TestTable.pgoutput(SimulatedPrimary.SCHEMA, event.image()),
        origin);
  }

  private static RowChange delete(String key, RowChange.Origin origin) {
    return RowChange.delete(
        SimulatedPrimary.SCHEMA,
        TestTable.pgoutput(SimulatedPrimary.SCHEMA, key, null, null, null),
        false,
        origin);
  }

  private static RowChange update(RowEvent event, boolean withKey, RowChange.Origin origin) {
    return RowChange.update(
        SimulatedPrimary.SCHEMA,
        TestTable.pgoutput(SimulatedPrimary.SCHEMA, event.image()),
        withKey ? TestTable.pgoutput(SimulatedPrimary.SCHEMA, event.key(), null, null, null) : null,
        false,
        origin);
  }

  /** What the enumerator and the stream reader do about the dump, between transactions. */
  void control() {
    if (ordinal > 0) {
      return;
    }
    if (!isArmed()) {
      sendAll(lane -> new LaneRecord.Arm(lane, TABLE));
      armedAt = counter;
      tell(new SimulatedReader.Armed(armedAt));
      phase = Phase.PAGES;
    } else if (simulation.writing()
        && phase != Phase.DONE
        && random.nextInt(simulation.voids()) == 0) {
      voidChunks();
    } else if (phase == Phase.PAGES && allReadersAreDone()) {
      phase = Phase.REPAIR;
      repair(partial);
    } else if (phase == Phase.REPAIR && simulation.reader(0).isDone()) {
      if (!moved.isEmpty()) {
        repair(moved);
      } else if (simulation.lanes() == 1 || (isCaughtUp() && !simulation.writing())) {
        phase = Phase.DONE;
        sendAll(lane -> new LaneRecord.Disarm(lane, TABLE));
      }
    }
  }

  private void repair(Set<String> keys) {
    repairing = new HashSet<>(keys);
    moved = new HashSet<>();
    repairAgain();
  }

  private boolean allReadersAreDone() {
    for (int reader = 0; reader < simulation.readers(); reader++) {
      if (!simulation.reader(reader).isDone()) {
        return false;
      }
    }
    return true;
  }

  private void tell(SimulatedReader.Event event) {
    for (int reader = 0; reader < simulation.readers(); reader++) {
      simulation.reader(reader).events.add(event);
    }
  }

  private void sendAll(IntFunction<LaneRecord> record) {
    for (int lane = 0; lane < simulation.lanes(); lane++) {
      simulation.send(0, record.apply(lane));
    }
  }

  private void toLane(String key, Change change) {
    simulation.send(0, new LaneRecord.Stream(simulation.lane(key), change));
  }
}
