package io.tidemark.source.enumerator;

import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowKey;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests;
import io.tidemark.source.event.EnumeratorEvent.ActiveDump;
import io.tidemark.source.event.ReaderEvent.ArmedTable;
import io.tidemark.source.event.ReaderEvent.FinishedSplit;
import io.tidemark.source.split.DumpSplit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Decides what is dumped, when, and by which reader. Pure: it takes what happened and gives {@link
 * DumpCommands}; all on the coordinator's thread.
 *
 * <p>The life of a table's dump:
 *
 * <ol>
 *   <li>{@link #request} names the table; {@link DumpCommands#plan} has its page ranges worked out.
 *   <li>{@link #planned} has them; the dump is published, and the stream reader arms the table.
 *   <li>{@link #armed} gives the mark after the arm; splits go out to whoever asked ({@link
 *       #splitWanted}). Dump readers choose marks and read chunks on their own.
 *   <li>{@link #finished} takes splits of which every lane has evaluated every chunk.
 *   <li>After the last page split a repair round is published; the stream reader answers with keys
 *       ({@link #keysToRepair}), which become splits like others. Rounds go on until one is empty.
 *   <li>The dump is published as over. The stream reader tells its ends into the lanes, so behind
 *       all that it brought, and says so ({@link #ended}); the dump is taken out of what is
 *       published, and the table is disarmed.
 * </ol>
 *
 * <p>Dumps on demand ({@link #requested}) wait while a dump of their table is under way. All that
 * wait for a table are then read by one dump, which reads their pages and keys alone, and are read
 * when it ends. A dump that takes the place of another takes its requests too. Keys are planned, as
 * pages are: what they are depends on the table's columns.
 *
 * <p>Readers can restart while this lives on. Then {@link #streamStarted} makes everything that was
 * said in the name of the last attempt void, and the wishes are published again.
 */
final class DumpCoordinator {
  private final DumpCommands commands;
  private final SplitAssigner assigner;
  private final OpenDumps dumps;
  private final Requests requests = new Requests();

  /** Of the stream reader that runs; 0 if none does. */
  private long attempt;

  /** A coordinator without dumps. */
  DumpCoordinator(DumpCommands commands) {
    this.commands = commands;
    this.assigner = new SplitAssigner(commands);
    this.dumps = new OpenDumps(commands, assigner);
  }

  /** What a checkpoint holds. */
  record State(OpenDumps.State dumps, List<Requests.Asked> requests) {
    /** Before anything was asked for. */
    static final State EMPTY = new State(new OpenDumps.State(1, List.of(), Set.of()), List.of());
  }

  /** What a checkpoint holds, which begins. */
  State state(long checkpoint) {
    return new State(dumps.state(checkpoint), requests.state());
  }

  void restore(State state) {
    requests.restore(state.requests());
    dumps.restore(state.dumps());
  }

  /**
   * The readers go on from an older checkpoint: what was read since counts no more. What was asked
   * for since is kept, and is begun anew; so is what was closed since, which stays closed.
   *
   * @param state what the checkpoint held; null if they begin anew, or if that is not known: then
   *     all is read again
   */
  void rollBack(State state) {
    State then = state == null ? State.EMPTY : state;
    Set<TableName> known = dumps.known();
    // First, as what is planned has the keys that are asked for.
    requests.rollBack(then.requests());
    dumps.restore(then.dumps());
    for (TableDump dump : dumps.all()) {
      dump.requests().stream()
          .filter(request -> !requests.isHeld(request))
          .forEach(request -> forgetWaiting(dump, request));
    }
    known.stream().filter(table -> !knows(table)).forEach(this::request);
    requests.tables().forEach(this::startRequested);
  }

  /** How many dumps are not over, their repairs included. For metrics, from any thread. */
  int openDumps() {
    return dumps.size();
  }

  /** How many dumps on demand wait or are under way. For metrics, from any thread. */
  int openRequests() {
    return requests.open();
  }

  /** What was asked for on demand and is not closed. */
  List<DumpRequests.Held> heldRequests() {
    return requests.held();
  }

  /** Whether a dump of the whole table is under way or over. */
  boolean knows(TableName table) {
    return dumps.knows(table);
  }

  /** Starts a dump of the whole table, unless one is under way. */
  void request(TableName table) {
    TableDump dump = dumps.find(table);
    if (dump == null) {
      dumps.start(table, false, null);
    } else if (dump.repairOnly) {
      replace(dump, false);
    }
  }

  /** A table is published that the stream reader has not heard of: it is dumped, unless it was. */
  void came(TableName table) {
    if (!knows(table)) {
      request(table);
    } else if (dumps.find(table) != null) {
      dumps.find(table).came();
    }
  }

  /**
   * A table is captured no more; one of that name that comes is another one, and is dumped.
   *
   * @param oid the table's
   */
  void gone(TableName table, int oid) {
    TableDump dump = dumps.find(table);
    if (dump != null && dump.mayBeOf(oid)) {
      String reason = table + " is not captured any more";
      requests.fail(dump.id).forEach(each -> commands.requestFailed(each.request(), reason));
      dumps.drop(dump);
      publish();
    }
    dumps.forget(table);
  }

  /** A table goes on under another name, with what was dumped of it. */
  void renamed(TableName before, TableName after, int oid) {
    dumps.renamed(before, after);
    gone(before, oid);
  }

  /** Forgets what was dumped of tables that the stream reader has not heard of: they have gone. */
  void forgetAllBut(List<TableName> captured) {
    dumps.forgetAllBut(captured);
  }

  /** Rows are wanted on demand. One that is known is ignored. */
  void requested(DumpRequest request) {
    if (requests.add(request)) {
      startRequested(request.table());
    }
  }

  private void startRequested(TableName table) {
    if (dumps.find(table) == null && requests.waitFor(table)) {
      requests.take(table, dumps.start(table, true, null).id);
    }
  }

  /** The request is forgotten, and what of it was not handed out. */
  void closed(long request) {
    TableDump dump = dumps.get(requests.close(request));
    if (dump != null) {
      forgetWaiting(dump, request);
      advance(dump);
    }
  }

  private void forgetWaiting(TableDump dump, long request) {
    for (DumpSplit split : dump.dropWaiting(request)) {
      assigner.forget(split.splitId());
    }
  }

  /** Starts a dump of only those rows that the stream reader has as keys to repair. */
  void repairWanted(TableName table) {
    TableDump dump = dumps.find(table);
    if (dump == null) {
      dumps.start(table, true, null);
    } else if (dump.isOver()) {
      // The stream reader has disarmed the table already: these keys are nobody's.
      dump.wantRepair();
    }
  }

  /** The keys that are asked for of a table, by request, which its next plan is to have. */
  Map<Long, KeyTexts> requestedKeys(TableName table) {
    return requests.keysOf(table);
  }

  /**
   * The answer to {@link DumpCommands#plan}. Nothing happens if the dump is gone by now.
   *
   * @param plan with keys by request; a request of keys that is not among them waits for another
   *     dump
   */
  void planned(long id, CaptureWorld.Plan plan) {
    TableDump dump = dumps.get(id);
    if (dump == null || !dump.isPlanning()) {
      return;
    }
    if (!dump.isPublished() && !requests.of(id).isEmpty()) {
      // Not armed yet: what has been asked for meanwhile can join.
      requests.take(
          dump.table,
          id,
          each -> !each.rows().hasKeys() || plan.keys().containsKey(each.request()));
    }
    if (plan.tables().isEmpty() && dump.hasComeSince()) {
      commands.plan(id, dump.table);
      return;
    }
    if (plan.tables().isEmpty()) {
      String reason =
          dump.table + " does not exist, is not published any more, or has no partitions";
      requests.fail(id).forEach(each -> commands.requestFailed(each.request(), reason));
      end(dump, false);
      return;
    }
    if (!dump.mayBeOf(plan.tables().get(0).table().schema().oid())) {
      // It was published as a dump of the table that had the name before, and may be armed so.
      dumps.drop(dump);
      requests.replaced(id, dumps.start(dump.table, dump.repairOnly, null).id);
      publish();
      return;
    }
    dump.planned(plan.tables(), plan.at(), requests.of(id));
    requests.of(id).stream()
        .filter(request -> request.rows().hasKeys())
        .forEach(request -> addKeys(dump, request.request(), plan.keys().get(request.request())));
    assigner.know(dump.openSplits().toList(), dump);
    dump.parts().forEach((request, parts) -> commands.requestProgress(request, 0, parts));
    publish();
    handOut();
    advance(dump);
  }

  private void addKeys(TableDump dump, long request, PlannedKeys planned) {
    Objects.requireNonNull(planned, () -> "the plan has not the keys of request " + request);
    String problem =
        planned.problem() == null ? dump.readKeys(request, planned.keys()) : planned.problem();
    if (problem != null) {
      requests.close(request);
      commands.requestFailed(request, problem);
    }
  }

  /** The stream reader has told the ends of a dump that is over. */
  void ended(long inAttempt, long id) {
    TableDump dump = dumps.get(id);
    if (inAttempt == attempt && dump != null && dump.isOver()) {
      end(dump, true);
    }
  }

  /**
   * A dump is over.
   *
   * @param wasRead false if there was nothing to be read: a table of that name that comes is dumped
   */
  private void end(TableDump dump, boolean wasRead) {
    dumps.drop(dump);
    if (!dump.repairOnly && wasRead) {
      dumps.dumped(dump.table);
    }
    requests.read(dump.id).forEach(each -> commands.requestRead(each.request()));
    publish();
    startRequested(dump.table);
    if (dump.isRepairWanted()) {
      repairWanted(dump.table);
    }
  }

  /** The stream reader starts: see {@link io.tidemark.source.event.ReaderEvent.StreamStarted}. */
  void streamStarted(long newAttempt, List<ArmedTable> tables) {
    attempt = newAttempt;
    for (TableDump dump : List.copyOf(dumps.all())) {
      ArmedTable arm =
          tables.stream().filter(table -> table.dump() == dump.id).findAny().orElse(null);
      if (arm == null && dump.wasHandedOut()) {
        // Chunks were read while the stream kept note of partial keys, of which it knows nothing.
        replace(dump, dump.repairOnly);
        continue;
      }
      dump.streamStarted(arm == null ? -1 : arm.armCounter());
    }
    for (ArmedTable table : tables) {
      if (table.dump() == 0) {
        repairWanted(table.table());
      }
    }
    publish();
    handOut();
    // Requests may have been closed while there was no attempt.
    for (TableDump dump : List.copyOf(dumps.all())) {
      advance(dump);
    }
  }

  /** The stream reader is gone: nothing is handed out until another one has armed. */
  void streamLost() {
    attempt = 0;
    dumps.all().forEach(TableDump::streamLost);
  }

  /** The mark after the arm was emitted. */
  void armed(long inAttempt, long id, long counter) {
    TableDump dump = dumps.get(id);
    if (inAttempt != attempt || dump == null) {
      return;
    }
    dump.armed(counter);
    publish();
    handOut();
    advance(dump);
  }

  /** A reader can take one more split. */
  void splitWanted(int subtask) {
    assigner.wanted(subtask);
    handOut();
  }

  /** A reader starts: what it wanted before counts no more. */
  void readerStarted(int subtask) {
    assigner.readerStarted(subtask);
  }

  /** Every lane has evaluated every chunk of these splits. */
  void finished(List<FinishedSplit> splits) {
    for (FinishedSplit split : splits) {
      TableDump dump = assigner.forget(split.splitId());
      if (dump != null) {
        long request = dump.finish(split.splitId(), split.high());
        if (request != 0) {
          int parts = dump.parts().get(request);
          commands.requestProgress(request, parts - dump.openParts(request), parts);
        }
        advance(dump);
      }
    }
  }

  /** The stream reader's answer to a repair round. */
  void keysToRepair(long inAttempt, long id, int round, long counter, List<RowKey> keys) {
    TableDump dump = dumps.get(id);
    if (inAttempt != attempt || dump == null || !dump.awaitsKeys(round)) {
      return;
    }
    assigner.know(dump.repair(keys, counter), dump);
    handOut();
    advance(dump);
  }

  /** The stream reader has more keys to repair than it should keep. */
  void repairUrgent(long inAttempt, long id) {
    TableDump dump = dumps.get(id);
    if (inAttempt == attempt && dump != null && dump.startRoundNow()) {
      publish();
    }
  }

  /** Chunks with marks before the counter were dropped by the lanes. */
  void voided(long inAttempt, TableName table, long counter, boolean planAgain) {
    TableDump dump = dumps.find(table);
    if (inAttempt != attempt || (dump == null && !planAgain)) {
      return;
    }
    if (dump == null) {
      // It ended while this was on its way, and may have ended without what is missing now.
      dumps.start(table, false, null);
      return;
    }
    dump.voided(counter);
    if (planAgain) {
      // The stream reader may have forgotten keys to repair: all rows are read, also if the dump
      // was of those keys alone.
      replace(dump, false);
    } else {
      publish();
    }
  }

  /** A dump reader found the table changed. */
  void planStale(long id) {
    TableDump dump = dumps.get(id);
    if (dump != null && !dump.isPlanning() && !dump.isOver()) {
      replace(dump, dump.repairOnly);
    }
  }

  /**
   * The stream has not got to where a dump was planned, or is past it; or the role may not read the
   * table.
   */
  void planLater(long id) {
    TableDump dump = dumps.get(id);
    if (dump != null && !dump.isPlanning() && !dump.isOver()) {
      dumps.drop(dump);
      requests.replaced(id, dumps.startLater(dump).id);
      publish();
    }
  }

  /** What is published now. */
  List<ActiveDump> picture() {
    return dumps.all().stream()
        .filter(TableDump::isPublished)
        .map(dump -> dump.wish(requests.of(dump.id)))
        .toList();
  }

  /**
   * Plans the table anew; what was read of it so far is read again. The new dump is published while
   * it is planned, so that the table stays armed: chunks of the old one can still be on their way.
   */
  private void replace(TableDump dump, boolean repairOnly) {
    dumps.drop(dump);
    TableDump next = dumps.start(dump.table, repairOnly, dump);
    requests.replaced(dump.id, next.id);
    publish();
  }

  private void advance(TableDump dump) {
    if (dumps.get(dump.id) == dump && dump.advance()) {
      publish();
    }
  }

  private void publish() {
    commands.publish();
  }

  private void handOut() {
    assigner.handOut(dumps.all());
  }
}
