package io.tidemark.source.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.source.simulation.Mutation.Edit;
import io.tidemark.source.simulation.Mutation.Edit.Calls;
import io.tidemark.source.simulation.Mutation.Edit.ComparesPlainly;
import io.tidemark.source.simulation.Mutation.Edit.LeavesField;
import io.tidemark.source.simulation.Mutation.Edit.Reads;
import io.tidemark.source.simulation.Mutation.Edit.ReadsOther;
import io.tidemark.source.simulation.Mutation.Edit.Returns;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * For each rule of the protocol: with the rule taken out of the product the simulation finds a
 * schedule that fails. Each test is named for what is allowed without its rule, and prints a seed
 * that shows the harm: the first, unless it tells a {@link #KNOWN} one.
 */
class RuleRemovalTest {
  private static final long SEEDS = Long.getLong("tidemark.rule-seeds", 100_000);

  /** Whether the search begins with the seed that is known, for rules that take many. */
  private static final boolean KNOWN =
      Boolean.parseBoolean(System.getProperty("tidemark.known-seeds", "true"));

  // Marks and chunks.

  @Test
  void aMarkThatIsReceivedButNotReplayed(TestInfo rule) throws Exception {
    caught(
        rule,
        596,
        in("source.simulation.SimulatedReplica", "replayLsn", other("replayed", "received")));
  }

  @Test
  void aMarkFromBeforeTheArm(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.DumpScheduler", "grant", calls("armCounter", 0L)));
  }

  @Test
  void anEvaluationBeforeTheMarkHasReachedHigh(TestInfo rule) throws Exception {
    caught(rule, in("source.merge.ChunkBuffer", "isDue", calls("compareUnsigned", 0)));
  }

  @Test
  void anEvaluationBeforeTheChunksEnd(TestInfo rule) throws Exception {
    caught(rule, in("source.merge.ChunkBuffer", "isDue", reads("ended", true)));
  }

  @Test
  void aMarkInsideATransaction(TestInfo rule) throws Exception {
    caught(
        rule,
        in("postgres.stream.TransactionAssembler", "inTransaction", returns(false)),
        in("source.reader.StreamEmitter", "heartbeat", calls("inTransaction", false)));
  }

  @Test
  void aMarkBeforeACutTransactionHasGoneOn(TestInfo rule) throws Exception {
    caught(
        rule,
        1_412,
        in("postgres.stream.TransactionAssembler", "inTransaction", reads("cutPending", false)),
        in("source.reader.EmittedPosition", "<init>", calls("isCut", false)));
  }

  @Test
  void aChunkOfATableThatIsNotAsPlanned(TestInfo rule) throws Exception {
    caught(rule, 582, in("source.reader.SimulatedWorker", "snapshot", calls("isAs", true)));
  }

  // Touches.

  @Test
  void aTouchedRowAsItWasRead(TestInfo rule) throws Exception {
    caught(rule, in("source.merge.TableTouches", "evaluate", calls("hasHash", false)));
  }

  @Test
  void aRowCompletedThoughItsKeyWasSettled(TestInfo rule) throws Exception {
    caught(rule, 165, in("source.merge.TableTouches", "imageOf", reads("settled", -1L)));
  }

  @Test
  void aDeleteThatLeavesNoTouch(TestInfo rule) throws Exception {
    caught(rule, 236, in("source.merge.TableTouches", "leave", returns(null)));
  }

  @Test
  void aRowThatWasReadBeforeATruncate(TestInfo rule) throws Exception {
    caught(rule, 400, in("source.merge.TableTouches", "evaluate", reads("truncatedAt", -1L)));
  }

  @Test
  void touchesForgottenThoughNobodyPromised(TestInfo rule) throws Exception {
    caught(rule, in("source.merge.LaneMerge", "forget", calls("least", Long.MAX_VALUE)));
  }

  @Test
  void touchesForgottenThatABufferedChunkNeeds(TestInfo rule) throws Exception {
    caught(rule, 218, in("source.merge.LaneMerge", "forget", calls("counter", Long.MAX_VALUE)));
  }

  @Test
  void aChunkUnderAMarkOlderThanThePromise(TestInfo rule) throws Exception {
    caught(rule, 290, in("source.reader.DumpScheduler", "grant", reads("promised", 0L)));
  }

  // Repair.

  @Test
  void noRepair(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.WatchedTable", "track", returns(null)));
  }

  @Test
  void aPartialInsertWithoutRepairOutsideOfDumps(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.WatchedTables", "needsRepairUnwatched", returns(false)));
  }

  @Test
  void aRestartedRoundThatTakesNewKeysAlone(TestInfo rule) throws Exception {
    caught(rule, 556, in("source.enumerator.TableDump", "restartRound", leaves("takeAll")));
  }

  @Test
  void keysThatAreReadByAnotherKey(TestInfo rule) throws Exception {
    caught(rule, 525, in("source.reader.WatchedTable", "hasReadableKeys", returns(true)));
  }

  @Test
  void keysOfAFormerKeyTakenForThoseOfTheNext(TestInfo rule) throws Exception {
    caught(rule, 8_025, in("source.reader.WatchedTable", "see", calls("hasKeyOf", true)));
  }

  // Voids.

  @Test
  void noVoids(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.WatchedTables", "emitVoids", returns(false)));
  }

  @Test
  void aVoidedChunkThatComesLater(TestInfo rule) throws Exception {
    caught(rule, 240, in("source.merge.LaneMerge", "buffer", calls("longValue", Long.MIN_VALUE)));
  }

  @Test
  void voidedChunksThatAreNotReadAgain(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.DumpWork", "voidBefore", returns(null)));
  }

  @Test
  void aVoidToldAfterItsMark(TestInfo rule) throws Exception {
    caught(
        rule,
        in("source.enumerator.CaptureEnumerator$Events", "markEmitted", calls("publishNow", null)));
  }

  // Failures and restores.

  @Test
  void aChunkThatIsNotWantedAnyMore(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.DumpScheduler", "isWanted", returns(true)));
  }

  @Test
  void marksOfFormerAttempts(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.StreamRun", "lost", returns(null)));
  }

  @Test
  void aSplitFinishedBeforeItsChunksWereEvaluated(TestInfo rule) throws Exception {
    caught(rule, 102, in("source.reader.DumpWork", "isEvaluated", calls("isEmpty", true)));
  }

  @Test
  void aSplitFinishedThoughOneLaneAloneHasEvaluatedItsChunks(TestInfo rule) throws Exception {
    caught(rule, 30_959, in("source.reader.DumpWork$Pending", "isEvaluated", reads("lanes", 1)));
  }

  @Test
  void chunksInACheckpointThatNoLaneHasEvaluated(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.DumpWork", "firstUnevaluated", calls("isEmpty", true)));
  }

  @Test
  void lanesThatAreNotArmedAfterARestore(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.StreamEmitter", "begin", returns(null)));
  }

  @Test
  void dumpsThatDoNotGoBackWithTheReaders(TestInfo rule) throws Exception {
    caught(
        rule,
        in("source.enumerator.CaptureEnumerator$Events", "streamStarted", calls("rollBack", null)));
  }

  @Test
  void dumpsToldBeforeItIsKnownHowFarTheReadersGoBack(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.Readers", "hold", returns(null)));
  }

  @Test
  void aCutTransactionFromItsStart(TestInfo rule) throws Exception {
    caught(rule, in("postgres.stream.TransactionAssembler", "next", reads("skip", 0L)));
  }

  // Requests.

  @Test
  void rowsThatDoNotTellTheirRequest(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.RowBatches", "flush", reads("request", 0L)));
  }

  @Test
  void requestsOfADumpThatIsReplaced(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.Requests", "replaced", returns(null)));
  }

  @Test
  void requestsThatDoNotGoBackWithTheReaders(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.Requests", "rollBack", returns(null)));
  }

  @Test
  void anEndBeforeAllIsRead(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.TableDump", "advance", calls("hasOpenSplits", false)));
  }

  @Test
  void anEndBeforeItsRepairs(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.TableDump", "advance", reads("keysOfRound", 0)));
  }

  @Test
  void anEndThatNobodyTells(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.DumpCoordinator", "advance", calls("publish", null)));
  }

  @Test
  void keysThatComeTooLateForADumpThatIsOver(TestInfo rule) throws Exception {
    caught(rule, 772, in("source.enumerator.TableDump", "wantRepair", leaves("repairWanted")));
  }

  @Test
  void requestsThatARestoreForgets(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.Requests", "restore", returns(null)));
  }

  @Test
  void aDumpWhoseLastRequestIsClosedWithoutAStream(TestInfo rule) throws Exception {
    caught(
        rule,
        543,
        in("source.enumerator.DumpCoordinator", "streamStarted", calls("advance", null)));
  }

  @Test
  void keysThatNobodyLooksFor(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.DumpCoordinator", "planned", calls("addKeys", null)));
  }

  @Test
  void keysThatAreTakenWithoutAPlan(TestInfo rule) throws Exception {
    caught(rule, in("source.enumerator.DumpCoordinator", "planned", calls("containsKey", true)));
  }

  @Test
  void aPausedReaderThatGoesOn(TestInfo rule) throws Exception {
    caught(rule, in("source.reader.CaptureReader", "emitNext", reads("paused", false)));
  }

  // The primary as the source of dumps.

  @Test
  void aSnapshotThatDoesNotSeeWhatTheStreamHas(TestInfo rule) throws Exception {
    caught(rule, 170, in("source.reader.EmittedXids", "counts", returns(true)));
  }

  @Test
  void transactionsThatNoSnapshotWasSeenToSeeForgottenInARestore(TestInfo rule) throws Exception {
    caught(rule, 1_421, in("source.reader.EmittedXids", "restore", returns(null)));
  }

  @Test
  void xidsThatAreComparedAsNumbers(TestInfo rule) throws Exception {
    caught(rule, in("postgres.SnapshotXids", "sees", new ComparesPlainly()));
  }

  private static void caught(TestInfo rule, Mutation... mutations) throws Exception {
    caught(rule, 0, mutations);
  }

  /**
   * @param known a seed that once showed the harm. Where it does not any more, as the simulation
   *     has changed, all seeds are tried as without it, and the one that is printed takes its
   *     place.
   */
  private static void caught(TestInfo rule, long known, Mutation... mutations) throws Exception {
    String failure = new MutatingLoader(List.of(mutations)).firstFailure(KNOWN ? known : 0, SEEDS);
    String name = rule.getTestMethod().orElseThrow().getName();
    System.out.printf("%s: seed %s%n", name, failure);
    assertThat(failure).as("a schedule that fails with %s", name).isNotNull();
  }

  private static Mutation in(String type, String method, Edit edit) {
    return new Mutation(type, method, edit);
  }

  private static Edit returns(Object value) {
    return new Returns(value);
  }

  private static Edit calls(String name, Object value) {
    return new Calls(name, value);
  }

  private static Edit reads(String field, Object value) {
    return new Reads(field, value);
  }

  private static Edit other(String field, String other) {
    return new ReadsOther(field, other);
  }

  private static Edit leaves(String field) {
    return new LeavesField(field);
  }
}
