package io.tidemark.gateway.client;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.grpc.Status;
import io.tidemark.gateway.client.AckWindow.Slot;
import io.tidemark.gateway.event.EventDecoder;
import io.tidemark.gateway.event.MalformedEventException;
import io.tidemark.gateway.event.Skipped;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Event;
import io.tidemark.postgres.change.Change;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a consumer does and when, for one thread that brings the time along and calls {@link
 * #advance} after whatever happens.
 *
 * <ol>
 *   <li>A stream is opened, and its batches asked for while those held are not too large.
 *   <li>Events get their numbers and go to handlers, one after the other, as long as not too many
 *       are outstanding; a TRUNCATE, and what changes a table, when none is, and until it is dealt
 *       with alone, lest a row that it took away is stored after it. The prefix that is dealt with
 *       is acknowledged, now and then.
 *   <li>A handler fails: no more are called; when those that run are through, the first event that
 *       failed is given back, with all after it. What comes is discarded until the server says that
 *       it begins again, and handlers wait for the back-off.
 *   <li>The stream is lost: events that were not acknowledged come again in the next one, which is
 *       opened after a back-off, and when no handler runs any more: so that the old call for an
 *       event never ends after the new call for a later one.
 *   <li>It closes, or something fatal happened: running handlers have their grace, what is dealt
 *       with is acknowledged, and the stream is finished.
 * </ol>
 */
final class Consumption {
  private static final System.Logger LOG = System.getLogger(Consumption.class.getName());

  /** {@link #advance}: nothing to do until something happens. */
  static final long IDLE = Long.MAX_VALUE;

  /** How long the server has to end a stream that is finished. */
  private static final long LINGER_NANOS = 2_000_000_000L;

  private final String name;
  private final FlowOptions options;
  private final ConsumptionParts parts;
  private final AckWindow window = new AckWindow();
  private final Retries retries;

  /** The stream, and who listens to it; null while there is none. */
  private EventStream stream;

  private MailedListener told;
  private EventDecoder decoder;
  private HeldBatches batches;
  private Acknowledgements acknowledgements;

  /** The number whose return is awaited; 0 if none is. */
  private long awaited;

  /** The last event was a TRUNCATE. */
  private boolean alone;

  private boolean failing;
  private long resumeAt;
  private int lostStreams;

  /** It had a batch: that a stream is lost is no question of TLS any more. */
  private boolean served;

  private long connectAt;

  private boolean closing;
  private long closeBy;
  private boolean finished;
  private boolean ended;
  private ConsumerException fatal;

  /**
   * @param name of what is consumed, for logs and errors: the URI and the server
   */
  Consumption(String name, FlowOptions options, ConsumptionParts parts) {
    this.name = name;
    this.options = options;
    this.parts = parts;
    this.retries = new Retries(name, options, parts.random());
  }

  /** Whether it is all over. */
  boolean isEnded() {
    return ended;
  }

  /** Why it is over, if not because it was asked to. */
  Optional<ConsumerException> fatal() {
    return Optional.ofNullable(fatal);
  }

  /** Ends as soon as running handlers are through. */
  void close() {
    if (!closing) {
      closing = true;
      closeBy = now() + options.grace().toNanos();
    }
  }

  private void fail(ConsumerException problem) {
    if (fatal == null && !closing) {
      fatal = problem;
    }
    close();
  }

  /**
   * Does the next thing. Calls at most one handler, so that other matters are not kept waiting.
   *
   * @return when to call again if nothing happens until then: now if there is more to do
   */
  long advance() {
    long now = now();
    if (ended) {
      return IDLE;
    } else if (closing) {
      return advanceClosing(now);
    } else if (stream == null) {
      return connect(now);
    } else if (failing && window.running() == 0) {
      giveBack(now);
      return now;
    }
    long next = nextEvent(now);
    if (next <= now) {
      takeEvent();
      return now;
    }
    batches.request(stream);
    return Math.min(next, acknowledgeIfDue(now));
  }

  private long connect(long now) {
    if (now < connectAt || window.running() > 0) {
      return now < connectAt ? connectAt : IDLE;
    }
    window.forget(1);
    decoder = new EventDecoder();
    batches = new HeldBatches(options.bufferBytes());
    acknowledgements = new Acknowledgements(options);
    awaited = 0;
    told = new MailedListener(parts.mailbox(), new Told());
    try {
      stream = parts.connector().open(told);
    } catch (RuntimeException e) {
      told.leave();
      lost(Status.UNAVAILABLE.withDescription("cannot even try: " + e).withCause(e));
      return connectAt;
    }
    batches.request(stream);
    return IDLE;
  }

  /** When the next event may be taken: now, at a time, or not before something happens. */
  private long nextEvent(long now) {
    if (batches.first() == null) {
      return IDLE;
    }
    if (awaited != 0) {
      return now;
    }
    if (window.running() > 0 && (alone || isAlone(batches.first().peek()))) {
      return IDLE;
    }
    boolean full = window.size() >= options.maxOutstanding();
    return failing || full || window.stale() > 0 ? IDLE : Math.max(now, resumeAt);
  }

  private void takeEvent() {
    HeldBatch batch = batches.first();
    Event event = batch.next();
    try {
      switch (event.getTypeCase()) {
        case TABLE -> decoder.define(event.getTable());
        case AGAIN -> again(event.getAgain().getFrom());
        case ROW, BEGIN, COMMIT, TRUNCATE, MESSAGE, DDL, SCHEMA_CHANGE, SKIPPED, TYPE_NOT_SET -> {
          if (awaited == 0) {
            handle(event, batch);
            acknowledgeIfDue(now());
            return;
          }
        }
      }
      batches.release(batch);
    } catch (ConsumerException e) {
      fail(e);
    } catch (MalformedEventException e) {
      fail(new ConsumerException(e.getMessage(), e));
    }
  }

  /** Whether nothing else may be in the works together with it, as it concerns all of a table. */
  private static boolean isAlone(Event event) {
    return event.hasTruncate() || event.hasDdl() || event.hasSchemaChange();
  }

  private void handle(Event event, HeldBatch batch) {
    Skipped skipped = event.hasSkipped() ? decoder.skipped(event.getSkipped()) : null;
    Change change = skipped == null ? decoder.change(event) : null;
    alone = isAlone(event);
    Slot slot = window.begin(event, batch);
    CompletionStage<?> stage;
    try {
      Dispatcher dispatcher = parts.dispatcher();
      stage = skipped == null ? dispatcher.dispatch(change) : dispatcher.dispatch(skipped);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      handled(slot, e);
      return;
    } catch (Exception e) {
      handled(slot, e);
      return;
    }
    boolean done = stage instanceof CompletableFuture<?> future && isDone(future);
    if (stage == null || done) {
      handled(slot, null);
    } else {
      stage.whenComplete(
          (result, failure) -> parts.mailbox().execute(() -> handled(slot, failure)));
    }
  }

  private static boolean isDone(CompletableFuture<?> future) {
    return future.isDone() && !future.isCompletedExceptionally();
  }

  private void handled(Slot slot, Throwable failure) {
    Event event = slot.event();
    batches.release(slot.batch());
    if (!window.end(slot, failure)) {
      return;
    }
    if (failure == null) {
      retries.passed(event);
    } else if (slot.failure() instanceof ConsumerException problem) {
      fail(problem);
    } else {
      failing = true;
    }
  }

  private long acknowledgeIfDue(long now) {
    boolean idle = window.size() == 0 && nextEvent(now) == IDLE;
    return acknowledgements.sendIfDue(window.handled(), idle, stream, now);
  }

  /** No handler runs, and at least one failed. */
  private void giveBack(long now) {
    acknowledgements.send(window.handled(), stream);
    Slot first = window.firstFailed();
    String event = describe(first.event());
    if (retryLater(first, now)) {
      stream.giveBack(first.number(), first.failure().getClass().getName() + " at " + event);
      awaited = first.number();
      window.forget(first.number());
    }
  }

  /** What an event is, that a handler has had, for logs. */
  private String describe(Event event) {
    return event.hasSkipped()
        ? decoder.skipped(event.getSkipped()).toString()
        : decoder.change(event).toString();
  }

  /** Sets the back-off for an event whose handler failed; false if that was once too often. */
  private boolean retryLater(Slot failed, long now) {
    failing = false;
    try {
      resumeAt = now + retries.failed(failed.event(), describe(failed.event()), failed.failure());
      return true;
    } catch (ConsumerException e) {
      fail(e);
      return false;
    }
  }

  /** Events come from this number on: those given back, or all that the server took back itself. */
  private void again(long from) {
    long most = awaited != 0 ? awaited : window.next();
    if (from < 1 || from > most) {
      throw new ConsumerException(
          ("the server of %s sends events from number %s on again, where %d was the next:"
                  + " some would be lost")
              .formatted(name, Long.toUnsignedString(from), most));
    }
    window.forget(from);
    acknowledgements.takeBack(from);
    awaited = 0;
  }

  private long advanceClosing(long now) {
    boolean through = window.running() == 0 || now >= closeBy;
    if (stream == null) {
      ended = through || finished;
      return ended ? now : closeBy;
    }
    if (!finished) {
      if (!through) {
        return closeBy;
      }
      acknowledgements.send(window.handled(), stream);
      stream.finish();
      finished = true;
      closeBy = now + LINGER_NANOS;
      batches.drain();
      batches.request(stream);
    }
    if (now >= closeBy) {
      abort();
    }
    return ended ? now : closeBy;
  }

  /** Ends at once. */
  void abort() {
    if (stream != null) {
      leaveStream();
    }
    ended = true;
  }

  private void leaveStream() {
    told.leave();
    told = null;
    stream.cancel();
    stream = null;
  }

  private void batch(Batch batch) {
    if (lostStreams > 0) {
      LOG.log(INFO, () -> "%s: batches come again".formatted(name));
      lostStreams = 0;
    }
    served = true;
    batches.add(batch);
    if (finished) {
      // The end of the stream comes after batches that are on their way.
      batches.drain();
      batches.request(stream);
    }
  }

  private void streamEnded(Status status) {
    leaveStream();
    batches.drain();
    if (failing) {
      retryLater(window.firstFailed(), now());
    }
    window.forget(1);
    if (closing) {
      return;
    }
    Optional<ConsumerException> reason = StreamEnd.fatal(name, status, served);
    if (reason.isPresent()) {
      fail(reason.get());
    } else {
      lost(status);
    }
  }

  private void lost(Status status) {
    lostStreams++;
    long delay = options.reconnect().nanos(lostStreams, parts.random());
    connectAt = now() + delay;
    LOG.log(
        WARNING,
        () ->
            ("%s: lost the stream: %s; trying again in %d ms, when the %d handlers that run are"
                    + " through")
                .formatted(
                    name,
                    served ? StreamEnd.line(status) : StreamEnd.describe(status),
                    delay / 1_000_000,
                    window.running()),
        status.getCause());
  }

  private long now() {
    return parts.clock().getAsLong();
  }

  /** What the stream tells, on the consumption's thread. */
  private final class Told implements EventStream.Listener {
    @Override
    public void batch(Batch batch) {
      Consumption.this.batch(batch);
    }

    @Override
    public void ready() {}

    @Override
    public void ended(Status status) {
      streamEnded(status);
    }
  }
}
