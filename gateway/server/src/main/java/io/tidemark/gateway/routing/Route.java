package io.tidemark.gateway.routing;

import io.tidemark.gateway.routing.Publisher.Identity;
import io.tidemark.gateway.transport.Timer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One URI: brings its publisher and its consumers together, and neither waits for the other to be
 * there first.
 *
 * <p>One job publishes the URI. A later attempt of the same job takes the place of the former
 * attempt, which may be a zombie. An earlier attempt and another job are refused as long as the job
 * is connected, and for a while after, unless the job said goodbye: a job that restarts is to find
 * its URI free. They are not refused for longer, as attempts are numbered by the clocks of their
 * machines, which may be wrong. Consumers wait for a publisher, but not for ever. Thread-safe.
 */
public final class Route {
  private static final Logger LOG = LoggerFactory.getLogger(Route.class);

  private final String uri;
  private final Options options;
  private final Timer timer;
  private final Map<Long, Subscriber> subscribers = new LinkedHashMap<>();

  /** Connected now; null if none is. */
  private Publisher publisher;

  /** The last one; null if there was none, or it said goodbye. */
  private Identity last;

  private long lastFlow;

  /** When {@link #last} went away. */
  private long goneNanos;

  /** Counts the times without a publisher, so that a wait for a former one ends none of this. */
  private long absence;

  /**
   * How long to wait.
   *
   * @param reserved how long after its connection broke a job's URI is kept for it
   * @param patience how long consumers wait for a publisher
   */
  public record Options(Duration reserved, Duration patience) {}

  /** A route that nobody uses. */
  public Route(String uri, Options options, Timer timer) {
    this.uri = uri;
    this.options = options;
    this.timer = timer;
  }

  /**
   * A sink connects.
   *
   * @throws PublishRefusedException if it may not publish the URI now
   */
  public synchronized void publish(Publisher newcomer) throws PublishRefusedException {
    Identity identity = newcomer.identity();
    requireFree(identity);
    if (publisher != null) {
      publisher.fence(
          "attempt %d of job %s publishes '%s' now"
              .formatted(identity.epoch(), identity.job(), uri));
    }
    LOG.info("{} is published by job {}, attempt {}", uri, identity.job(), identity.epoch());
    if (publisher != null) {
      List.copyOf(subscribers.values()).forEach(Subscriber::abandoned);
    }
    publisher = newcomer;
    last = identity;
    absence++;
    subscribers.forEach(newcomer::attach);
  }

  private void requireFree(Identity newcomer) throws PublishRefusedException {
    boolean reserved = publisher != null || isReserved();
    if (last == null || !reserved) {
      return;
    }
    if (last.job().equals(newcomer.job())) {
      boolean sameAttempt = newcomer.run() == last.run();
      if (!sameAttempt && newcomer.epoch() <= last.epoch()) {
        throw new PublishRefusedException(
            "attempt %d of job %s has published '%s': attempt %d is not the newest"
                .formatted(last.epoch(), last.job(), uri, newcomer.epoch()));
      }
      return;
    }
    throw new PublishRefusedException(
        "'%s' is published by job %s, not by job %s: give one of them another URI, or stop one"
            .formatted(uri, last.job(), newcomer.job()));
  }

  private boolean isReserved() {
    return last != null && timer.nanos() - goneNanos < options.reserved().toNanos();
  }

  /**
   * A sink's connection is gone; nothing happens if another one has taken its place.
   *
   * @param goodbye whether it said that it will not come back
   */
  public synchronized void withdraw(Publisher gone, boolean goodbye) {
    if (publisher != gone) {
      return;
    }
    publisher = null;
    List.copyOf(subscribers.values()).forEach(Subscriber::abandoned);
    goneNanos = timer.nanos();
    if (goodbye) {
      last = null;
    }
    LOG.info("{} has no publisher: {} consumers wait", uri, subscribers.size());
    await(List.copyOf(subscribers.keySet()));
  }

  /**
   * A consumer connects, and waits if there is no publisher.
   *
   * @return its flow
   */
  public synchronized long subscribe(Subscriber subscriber) {
    long flow = ++lastFlow;
    subscribers.put(flow, subscriber);
    if (publisher != null) {
      publisher.attach(flow, subscriber);
    } else {
      await(List.of(flow));
    }
    return flow;
  }

  /** A consumer is gone; does nothing if it was gone already. */
  public synchronized void unsubscribe(long flow) {
    if (subscribers.remove(flow) != null && publisher != null) {
      publisher.detach(flow);
    }
  }

  private void await(List<Long> flows) {
    long waiting = absence;
    timer.after(options.patience().toNanos(), () -> giveUp(waiting, flows));
  }

  private synchronized void giveUp(long waiting, List<Long> flows) {
    if (publisher != null || absence != waiting) {
      return;
    }
    for (long flow : flows) {
      Subscriber subscriber = subscribers.remove(flow);
      if (subscriber != null) {
        subscriber.unavailable(
            "no job has published '%s' for %d s".formatted(uri, options.patience().toSeconds()));
      }
    }
  }

  /** Who publishes it now; null if nobody does. */
  public synchronized Publisher publisher() {
    return publisher;
  }
}
