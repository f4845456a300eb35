package io.tidemark.source.enumerator;

import io.tidemark.source.enumerator.CaptureWorld.Look;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the publication: now and then, and when something is said to have changed. On the
 * coordinator's thread, with the looks on the worker.
 */
final class TableWatch {
  private static final Logger LOG = LoggerFactory.getLogger(TableWatch.class);

  private final SplitEnumeratorContext<?> context;
  private final CaptureWorld world;
  private final Duration interval;
  private final Consumer<Look> looked;

  private boolean underWay;
  private boolean again;

  /** The primary does not answer, and that was said. */
  private boolean unanswered;

  /**
   * Does not look yet.
   *
   * @param interval from one look to the next
   * @param looked gets what each look has seen
   */
  TableWatch(
      SplitEnumeratorContext<?> context,
      CaptureWorld world,
      Duration interval,
      Consumer<Look> looked) {
    this.context = context;
    this.world = world;
    this.interval = interval;
    this.looked = looked;
  }

  /** Begins to look now and then. */
  void start() {
    context.callAsync(world::look, this::seen, interval.toMillis(), interval.toMillis());
  }

  /** Looks as soon as it can, and after everything that has happened so far. */
  void now() {
    if (underWay) {
      again = true;
      return;
    }
    underWay = true;
    context.callAsync(
        world::look,
        (look, failure) -> {
          underWay = false;
          seen(look, failure);
          if (again) {
            again = false;
            now();
          }
        });
  }

  private void seen(Look look, Throwable failure) {
    if (failure == null) {
      unanswered = false;
      looked.accept(look);
    } else if (!unanswered) {
      unanswered = true;
      LOG.info("Cannot ask the primary for the publication's tables: {}", failure.getMessage());
    }
  }
}
