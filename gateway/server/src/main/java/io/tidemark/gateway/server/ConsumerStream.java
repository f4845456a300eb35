package io.tidemark.gateway.server;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tidemark.gateway.routing.Publisher;
import io.tidemark.gateway.routing.Route;
import io.tidemark.gateway.routing.Subscriber;
import io.tidemark.gateway.wire.Refusal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer's stream, whichever its protocol. Batches that came from the publisher wait here
 * until the connection takes them. The bytes of all that wait fit into the stream's window, which
 * opens again by the bytes of each batch that goes out.
 *
 * <p>gRPC calls the stream on one thread at a time; the publisher's connection and others call it
 * on threads of their own. What goes out is under the lock.
 *
 * @param <Q> what the consumer sends
 * @param <R> what it gets
 */
abstract class ConsumerStream<Q, R> implements StreamObserver<Q>, Subscriber {
  /** Bytes of batches that may be on their way to one consumer, its connection's buffer aside. */
  static final long WINDOW_BYTES = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(ConsumerStream.class);

  private final ServerCallStreamObserver<R> response;
  private final ConsumerStreams streams;
  private final ServerMetrics metrics;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final Deque<ByteString> waiting = new ArrayDeque<>();
  private Route route;
  private volatile long flow;

  /** Null while there is none. */
  private volatile Publisher publisher;

  /** Bytes that went out and were not given back to the window. */
  private long credit;

  /** Sent since they were last counted. */
  private long messages;

  private long messageBytes;

  ConsumerStream(
      ServerCallStreamObserver<R> response, ConsumerStreams streams, ServerMetrics metrics) {
    this.response = response;
    this.streams = streams;
    this.metrics = metrics;
    response.setOnCancelHandler(this::leave);
    response.setOnReadyHandler(this::drain);
  }

  final boolean hasEnded() {
    return ended.get();
  }

  /** Becomes a consumer of the route. */
  final void subscribe(Route to) throws StatusException {
    streams.add(this);
    route = to;
    flow = to.subscribe(this);
    if (ended.get()) {
      leave();
    }
  }

  final Publisher publisher() {
    return publisher;
  }

  final long flow() {
    return flow;
  }

  @Override
  public void published(Publisher newcomer, long number) {
    synchronized (this) {
      waiting.clear();
      credit = 0;
      flow = number;
      publisher = newcomer;
      restarted(newcomer);
    }
  }

  @Override
  public void abandoned() {
    publisher = null;
  }

  @Override
  public void deliver(Publisher from, ByteString batch) {
    synchronized (this) {
      if (from != publisher) {
        return;
      }
      waiting.add(batch);
    }
    drain();
  }

  /** Sends what the connection takes. */
  private void drain() {
    Status failure = null;
    synchronized (this) {
      try {
        while (response.isReady() && !ended.get() && !waiting.isEmpty()) {
          ByteString batch = waiting.peek();
          if (!send(batch)) {
            break;
          }
          waiting.remove();
          credit += batch.size();
        }
      } catch (StatusException e) {
        failure = e.getStatus();
      }
      metrics.messages.add(messages);
      metrics.messageBytes.add(messageBytes);
      messages = 0;
      messageBytes = 0;
      Publisher to = publisher;
      if (to != null && credit > 0 && (credit >= WINDOW_BYTES / 4 || waiting.isEmpty())) {
        to.window(flow, credit);
        credit = 0;
      }
    }
    if (failure != null) {
      end(failure);
    }
  }

  /** Another publisher's batches come from now on. Under the lock. */
  abstract void restarted(Publisher newcomer);

  /**
   * Sends a batch, as much of it as the connection takes. Under the lock.
   *
   * @return whether all of it is sent; if not, it comes again once the connection takes more
   */
  abstract boolean send(ByteString batch) throws StatusException;

  final boolean isReady() {
    return response.isReady() && !ended.get();
  }

  /**
   * Sends a message. Under the lock.
   *
   * @param bytes its size
   */
  final void put(R message, int bytes) {
    messages++;
    messageBytes += bytes;
    response.onNext(message);
  }

  @Override
  public void refused(Refusal refusal) {
    Status status =
        switch (refusal.getKind()) {
          case TOO_LARGE -> Status.OUT_OF_RANGE;
          case WRONG_ANSWER, UNRECOGNIZED -> Status.INVALID_ARGUMENT;
        };
    end(status.withDescription(refusal.getReason()));
  }

  @Override
  public void unavailable(String reason) {
    end(Status.UNAVAILABLE.withDescription(reason));
  }

  @Override
  public void onError(Throwable cancelled) {
    leave();
  }

  @Override
  public void onCompleted() {
    end(Status.OK);
  }

  /** Ends the stream, once. */
  final void end(Status status) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    leave();
    if (!status.isOk()) {
      LOG.info("A consumer's stream ends: {}", status);
      metrics.failedStreams.increment();
    }
    synchronized (this) {
      if (response.isCancelled()) {
        return;
      }
      Responses.end(response, status);
    }
  }

  private void leave() {
    ended.set(true);
    streams.remove(this);
    Route left = route;
    if (left != null && flow != 0) {
      left.unsubscribe(flow);
    }
    synchronized (this) {
      waiting.clear();
    }
  }
}
