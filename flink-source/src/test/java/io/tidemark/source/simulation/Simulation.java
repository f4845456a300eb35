package io.tidemark.source.simulation;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.TableName;
import io.tidemark.postgres.stream.StreamPosition;
import io.tidemark.source.enumerator.SimulatedWorld;
import io.tidemark.source.event.EnumeratorEvent.Span;
import io.tidemark.source.reader.SimulatedParts;
import io.tidemark.source.split.StreamSplit;
import io.tidemark.source.split.StreamTable;
import io.tidemark.source.split.UnseenXids;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * One random schedule of a whole capture: the product's enumerator, readers, dump scheduling,
 * stream emission, serializers and lanes, on a simulated primary, standbys and Flink. At the end
 * the writes stop, everything is let run to its end, and the consumers must hold what the primary
 * holds. All time and all randomness are {@link Choices}.
 */
final class Simulation {
  private static final int MAX_ITEMS = 40;
  private static final int MAX_SUBTASKS = 3;
  private static final int DRAIN_ROUNDS = 2_000;

  /** Every so many rounds the enumerator looks at the publication. */
  private static final int TICK_ROUNDS = 4;

  private final Choices choices;
  private final Coverage coverage = new Coverage();
  private final SimulatedPrimary primary;
  private final List<SimulatedReplica> replicas = new ArrayList<>();
  private final SimulatedJob job;

  /** Null if no dumps are requested. */
  private final SimulatedRequests requests;

  private final int lanes;

  /**
   * When all has come to its end: more than one round after all is idle, for the stream disarms at
   * its next heartbeat; and with DDL after one more look.
   */
  private final int idleRounds;

  /** One channel to the merge may be far behind the others, as under back pressure. */
  private final int slowChannel;

  private final int crashes;
  private final boolean canRescale;

  /** Null unless the run is to be told step by step. */
  private final StringBuilder trace;

  private long nanos;

  /**
   * A schedule that has not begun.
   *
   * @param ddl whether statements change the tables, and no dumps are requested
   */
  Simulation(Choices choices, boolean ddl, boolean traced) {
    this.choices = choices;
    this.trace = traced ? new StringBuilder() : null;
    this.idleRounds = ddl ? 2 * TICK_ROUNDS : 0;
    boolean onPrimary = !ddl && choices.oneIn(6);
    this.lanes = 1 + (choices.oneIn(2) ? choices.below(8) : 0);
    // Under another key a row may go to another lane: with several, a consumer has to begin anew.
    this.primary = new SimulatedPrimary(choices, coverage, onPrimary, lanes == 1, ddl);
    for (int i = 1 + choices.below(3); i > 0; i--) {
      replicas.add(new SimulatedReplica(primary, choices));
    }
    this.canRescale = lanes > 1 && !onPrimary;
    this.slowChannel = choices.below(2 * MAX_SUBTASKS * MAX_SUBTASKS);
    this.crashes = 2 << choices.below(4);
    SimulatedParts.Settings settings =
        new SimulatedParts.Settings(
            lanes,
            1 + choices.below(2),
            1 + choices.below(4),
            choices.oneIn(3) ? 8 : 1_000,
            choices.oneIn(3) ? 100 : 10_000,
            choices.oneIn(3) ? 700 : 1_000_000,
            choices.oneIn(3) ? choices.below(2) : 1_000);
    SimulatedParts.World world =
        new SimulatedParts.World(
            primary,
            choices,
            coverage,
            onPrimary ? List.of(new PrimarySite(primary)) : replicas,
            onPrimary,
            settings,
            lsn -> job().acknowledged(lsn),
            () -> nanos);
    this.requests =
        !ddl && choices.below(3) > 0
            ? new SimulatedRequests(choices, coverage, primary, () -> job().ledgers(), this::tell)
            : null;
    this.job =
        new SimulatedJob(
            primary,
            new SimulatedWorld(
                primary::look,
                primary::captures,
                this::slot,
                this::plan,
                requests == null ? null : requests::open),
            world,
            requests,
            onPrimary || lanes == 1 ? 1 : 1 + choices.below(MAX_SUBTASKS),
            this::tell);
  }

  private SimulatedJob job() {
    return job;
  }

  Coverage coverage() {
    return coverage;
  }

  String trace() {
    return String.valueOf(trace);
  }

  /** With the tables as they are there, or as if they were changed since. */
  private StreamSplit slot() {
    List<StreamTable> tables =
        primary.isDdlCaptured()
            ? primary
                .published(0)
                .map(table -> StreamTable.captured(table.schema(), List.of()))
                .toList()
            : List.of();
    return new StreamSplit(
        StreamPosition.at(SimulatedPrimary.startLsn()), 1, 1, 1, 0, tables, UnseenXids.NONE, 0);
  }

  /** Ranges as some server sees the table now, the last without an end. */
  private SimulatedWorld.Planned plan(TableName name) {
    if (choices.oneIn(10)) {
      return SimulatedWorld.Planned.NOT_NOW;
    }
    SimulatedReplica replica = replicas.get(choices.below(replicas.size()));
    SimulatedTable table = replica.table(name);
    if (table == null || !table.isPublished()) {
      return primary.published().contains(name) ? SimulatedWorld.Planned.NOT_NOW : null;
    }
    List<PageRange> ranges = new ArrayList<>();
    long from = 0;
    while (from < table.pages() && choices.below(3) > 0) {
      long to = from + 1 + choices.below(2);
      ranges.add(new PageRange(from, to));
      from = to;
    }
    ranges.add(PageRange.from(from));
    return new SimulatedWorld.Planned(
        table.planned(), ranges, new Span(replica.replayLsn(), replica.receivedLsn()));
  }

  /** Runs it all; an {@link AssertionError} or any other exception is a finding. */
  void run() {
    for (int left = 150 + choices.below(700); left > 0; left--) {
      step();
    }
    end();
    // And what is written when all is dumped.
    for (int left = choices.below(6); left > 0; left--) {
      primary.write();
    }
    if (requests != null) {
      requestOfWhatIsDumped();
    }
    end();
    checkRequests();
    job.countOut();
  }

  /** Lets everything come to its end, and judges it. */
  private void end() {
    drain();
    Ledger.checkEnd(primary, job.ledgers());
    if (job.counts().touches() != 0 || job.counts().bufferedBytes() != 0) {
      throw new AssertionError("I9: after all dumps the lanes still hold touches or rows");
    }
  }

  /** All that was asked for was read, and once closed it is forgotten. */
  private void checkRequests() {
    if (requests != null) {
      requests.closeAll();
      settle();
      if (!job.coordinator().requests().isEmpty()) {
        throw new AssertionError(
            "requests: held, though all are closed, are " + job.coordinator().requests());
      }
    }
  }

  /** Quiet times, in which a request may be read, and others, which may take that back. */
  private void requestOfWhatIsDumped() {
    for (int times = choices.below(4); times > 0; times--) {
      for (int left = choices.below(150); left > 0; left--) {
        step();
      }
      for (int round = choices.below(20); round > 0; round--) {
        drain(round);
      }
    }
  }

  private void request() {
    if (requests != null) {
      requests.step();
    }
  }

  private void tell(Supplier<String> what) {
    if (trace != null) {
      trace.append(what.get()).append('\n');
    }
  }

  private void step() {
    nanos += choices.below(30);
    int subtask = choices.below(job.parallelism());
    switch (choices.below(23)) {
      case 0, 1 -> poll(subtask);
      case 2 -> hear(subtask);
      case 3, 4, 5 -> receive(subtask);
      case 6, 7 -> deliver(subtask);
      case 8, 9 -> job.coordinator().step();
      case 10, 11, 12 -> worker(subtask);
      case 13, 14 -> feed(subtask);
      case 15 -> write();
      case 16, 17 -> replicas.get(choices.below(replicas.size())).step();
      case 18 -> checkpoint();
      case 19 -> primary.reveal();
      case 20 -> job.coordinator().tick();
      case 21 -> request();
      default -> crash();
    }
  }

  private void poll(int subtask) {
    for (int left = 1 + choices.below(4); left > 0 && job.task(subtask).poll(); ) {
      left--;
    }
  }

  private void hear(int subtask) {
    for (int left = 1 + choices.below(6); left > 0; left--) {
      job.hear(subtask);
    }
    if (choices.below(2) == 0) {
      job.hearOfLanes(choices.below(Math.max(1, job.merges())));
    }
  }

  private void receive(int subtask) {
    if (job.hasNews(subtask)) {
      job.receive(subtask);
    }
  }

  private void deliver(int subtask) {
    if (job.merges() > 0) {
      int merge = choices.below(job.merges());
      if (subtask * MAX_SUBTASKS + merge != slowChannel || choices.oneIn(24)) {
        job.deliver(subtask, merge, 1 + choices.below(12));
      }
    }
  }

  private void worker(int subtask) {
    job.task(subtask).parts().stepWorker(choices.below(4));
  }

  private void feed(int subtask) {
    job.task(subtask).parts().stepFeed();
  }

  private void write() {
    if (primary.size() < MAX_ITEMS) {
      primary.write();
      tell(() -> "the primary writes " + primary.get(primary.size() - 1));
    }
  }

  private void checkpoint() {
    if (choices.oneIn(12)) {
      tell(() -> "abort the checkpoint");
      job.abortCheckpoint();
    } else {
      tell(() -> "begin a checkpoint");
      job.beginCheckpoint();
    }
  }

  private void crash() {
    if (!choices.oneIn(crashes)) {
      return;
    }
    if (choices.below(3) < 2) {
      tell(() -> "the tasks fail");
      job.failRegion();
    } else {
      int parallelism = canRescale ? 1 + choices.below(MAX_SUBTASKS) : job.parallelism();
      tell(() -> "all fails, and starts again with " + parallelism);
      job.failAll(parallelism);
    }
  }

  /** No more writes or failures; everything gets its turn, until nothing is left to do. */
  private void drain() {
    tell(() -> "drain");
    primary.rollBack();
    if (requests != null) {
      requests.resume();
    }
    int idle = 0;
    for (int round = 0; round < DRAIN_ROUNDS; round++) {
      drain(round);
      boolean settled = requests == null || requests.isSettled();
      if (job.isIdle() && settled && idle++ > idleRounds) {
        return;
      }
    }
    throw new AssertionError("the capture does not come to its end");
  }

  private void drain(int round) {
    nanos += 50;
    primary.reveal();
    replicas.forEach(SimulatedReplica::catchUp);
    if (round % TICK_ROUNDS == 0) {
      job.coordinator().tick();
      job.beginCheckpoint();
    }
    for (int subtask = 0; subtask < job.parallelism(); subtask++) {
      job.task(subtask).parts().stepFeed();
      job.task(subtask).parts().stepWorker(round);
      job.task(subtask).parts().stepWorker(round);
    }
    settle();
  }

  /** All that is on its way arrives. */
  private void settle() {
    boolean moved = true;
    for (int turn = 0; moved; turn++) {
      if (turn > 100_000) {
        throw new AssertionError("events without an end");
      }
      moved = job.coordinator().step();
      for (int subtask = 0; subtask < job.parallelism(); subtask++) {
        moved |= job.task(subtask).poll();
        moved |= !job.task(subtask).outbox().isEmpty();
        job.hear(subtask);
        moved |= job.hasNews(subtask);
        job.receive(subtask);
        for (int merge = 0; merge < job.merges(); merge++) {
          moved |= job.deliver(subtask, merge, Integer.MAX_VALUE);
        }
      }
      for (int merge = 0; merge < Math.max(1, job.merges()); merge++) {
        moved |= job.hearOfLanes(merge);
      }
    }
  }
}
