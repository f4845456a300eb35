package io.tidemark.source.enumerator;

import io.tidemark.postgres.RowKey;
import io.tidemark.source.event.ReaderEvent;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the stream's reader and dump readers say of dumps alone, for their coordinator. */
abstract class DumpEvents implements ReaderEvent.Visitor {
  private static final Logger LOG = LoggerFactory.getLogger(DumpEvents.class);

  private final DumpCoordinator coordinator;

  DumpEvents(DumpCoordinator coordinator) {
    this.coordinator = coordinator;
  }

  @Override
  public final void tableArmed(int subtask, ReaderEvent.TableArmed event) {
    coordinator.armed(event.attempt(), event.dump(), event.counter());
  }

  @Override
  public final void dumpEnded(int subtask, ReaderEvent.DumpEnded event) {
    coordinator.ended(event.attempt(), event.dump());
  }

  @Override
  public final void tableVoided(int subtask, ReaderEvent.TableVoided event) {
    coordinator.voided(event.attempt(), event.table(), event.counter(), event.planAgain());
  }

  @Override
  public final void keysToRepair(int subtask, ReaderEvent.KeysToRepair event) {
    List<RowKey> keys = event.keys().stream().map(RowKey::new).toList();
    coordinator.keysToRepair(event.attempt(), event.dump(), event.round(), event.counter(), keys);
  }

  @Override
  public final void repairWanted(int subtask, ReaderEvent.RepairWanted event) {
    coordinator.repairWanted(event.table());
  }

  @Override
  public final void repairUrgent(int subtask, ReaderEvent.RepairUrgent event) {
    coordinator.repairUrgent(event.attempt(), event.dump());
  }

  @Override
  public final void planStale(int subtask, ReaderEvent.PlanStale event) {
    LOG.info("The plan of dump {} no longer holds: {}", event.dump(), event.reason());
    coordinator.planStale(event.dump());
  }

  @Override
  public final void planElsewhere(int subtask, ReaderEvent.PlanElsewhere event) {
    coordinator.planLater(event.dump());
  }

  @Override
  public final void readDenied(int subtask, ReaderEvent.ReadDenied event) {
    LOG.warn("Dump {} is planned again and read later: {}", event.dump(), event.reason());
    coordinator.planLater(event.dump());
  }

  @Override
  public void tableGone(int subtask, ReaderEvent.TableGone event) {
    coordinator.gone(event.table(), event.oid());
  }

  @Override
  public void tableRenamed(int subtask, ReaderEvent.TableRenamed event) {
    coordinator.renamed(event.before(), event.after(), event.oid());
  }
}
