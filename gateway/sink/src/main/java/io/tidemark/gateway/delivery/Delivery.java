package io.tidemark.gateway.delivery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a URI's consumers have not acknowledged, and who gets it. Pure policy; for one thread.
 *
 * <p>Keys are spread over delivery buckets by hash. A bucket belongs to one consumer, so that a key
 * stays in order; buckets move when consumers come and go. While there is no consumer, messages
 * wait.
 *
 * <ul>
 *   <li>Each consumer gets the messages of its buckets in order, ahead of its acknowledgements. One
 *       consumer alone has all buckets, and so the total order.
 *   <li>A message waits while another consumer has a message of the same key that is not answered;
 *       the messages of other keys do not wait for it.
 *   <li>A message that a consumer gives back, or leaves behind, is again in its place in the order,
 *       and so are all newer ones of its key, acknowledged or not: a row may be seen twice, but
 *       never an older state after a newer one for good. A message that a consumer {@linkplain
 *       #giveBack could not do with} comes again later each time.
 *   <li>A barrier, or a row that moves between buckets, waits until all older messages are
 *       acknowledged, and all newer messages wait for it. There is no such wait while there is only
 *       one consumer.
 *   <li>While several consumers share the URI, begins and ends of transactions mean nothing and are
 *       left out.
 *   <li>A message that its consumer does not want is passed over: it counts as acknowledged.
 * </ul>
 *
 * @param <T> type of a message's payload
 */
public final class Delivery<T> {
  /** How many more acknowledged messages may be kept than there are others. */
  private static final int MAX_DONE = 1024;

  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  private static final Duration MAX_DELAY = Duration.ofMinutes(1);

  private final List<Consumer<T>> owners;
  private final java.util.function.Consumer<Message<T>> acknowledged;
  private final Set<Consumer<T>> consumers = new LinkedHashSet<>();

  /** Has the buckets while there is no other. */
  private final Consumer<T> nobody = new Consumer<>(AnswerOrder.ARRIVAL, message -> true);

  /** All that is not acknowledged, in order, and among it some that is. */
  private final ArrayDeque<Pending<T>> log = new ArrayDeque<>();

  /** How many of {@link #log} are not acknowledged. */
  private int size;

  /** Those of {@link #log} that are barriers and not acknowledged, in order. */
  private final Set<Pending<T>> barriers = new LinkedHashSet<>();

  /** Empty, and of no effect, for one consumer alone that works by arrival. */
  private final KeyLines<T> lines = new KeyLines<>(new Lines());

  private boolean linesKept;
  private long last;

  private final class Lines implements KeyLines.Listener<T> {
    @Override
    public void done(Pending<T> pending) {
      Delivery.this.done(pending);
    }

    @Override
    public void free(Pending<T> pending) {
      owners.get(pending.bucket).addReturned(pending);
    }
  }

  /**
   * Nothing to deliver, and nobody to deliver it to.
   *
   * @param buckets how many consumers can share at most
   */
  public Delivery(int buckets) {
    this(buckets, message -> {});
  }

  /**
   * Nothing to deliver, and nobody to deliver it to.
   *
   * @param buckets how many consumers can share at most
   * @param acknowledged hears of each message that was acknowledged or passed over
   */
  public Delivery(int buckets, java.util.function.Consumer<Message<T>> acknowledged) {
    if (buckets < 1) {
      throw new IllegalArgumentException(buckets + " delivery buckets: there must be at least one");
    }
    this.acknowledged = acknowledged;
    owners = new ArrayList<>(Collections.nCopies(buckets, nobody));
    nobody.buckets = buckets;
  }

  /** Adds the newest message. */
  public void append(Message<T> message) {
    if (message.sequence() <= last) {
      throw new IllegalArgumentException(
          "message %d comes after message %d".formatted(message.sequence(), last));
    }
    last = message.sequence();
    Pending<T> pending = new Pending<>(message, owners.size());
    log.add(pending);
    size++;
    if (pending.barrier) {
      barriers.add(pending);
    }
    owners.get(pending.bucket).addFresh(pending);
  }

  /**
   * A consumer comes.
   *
   * @param wanted what it is to get
   */
  public Consumer<T> attach(AnswerOrder answerOrder, Predicate<Message<T>> wanted) {
    Consumer<T> consumer = new Consumer<>(answerOrder, wanted);
    consumers.add(consumer);
    keepLines();
    // A newcomer may be able to do with what others could not.
    lines.wakeAll();
    balance();
    return consumer;
  }

  /**
   * A consumer goes. What it did not acknowledge is delivered again; does nothing if it is gone.
   */
  public void detach(Consumer<T> consumer) {
    if (!consumers.remove(consumer)) {
      return;
    }
    for (int i = 0; i < owners.size(); i++) {
      if (owners.get(i) == consumer) {
        move(i, consumers.isEmpty() ? nobody : poorest());
      }
    }
    for (Pending<T> each : consumer.messages()) {
      giveBack(consumer, each, null);
    }
    keepLines();
    balance();
  }

  private void keepLines() {
    boolean needed =
        consumers.size() > 1
            || consumers.stream().anyMatch(each -> each.answerOrder == AnswerOrder.ANY);
    if (needed && !linesKept) {
      for (Consumer<T> each : consumers) {
        for (Pending<T> pending : each.messages()) {
          if (isInLines(pending)) {
            lines.handedOut(pending, each);
          }
        }
      }
    } else if (!needed) {
      lines.clear();
    }
    linesKept = needed;
  }

  private boolean isInLines(Pending<T> pending) {
    return pending.message.kind() == Message.Kind.ROW;
  }

  /** Moves as few buckets as can be, so that no consumer has two more than another. */
  private void balance() {
    if (consumers.isEmpty()) {
      return;
    }
    for (int i = 0; i < owners.size(); i++) {
      Consumer<T> poorest = poorest();
      if (owners.get(i) == nobody || owners.get(i).buckets > poorest.buckets + 1) {
        move(i, poorest);
      }
    }
  }

  private Consumer<T> poorest() {
    return consumers.stream().min(Comparator.comparingInt(each -> each.buckets)).orElseThrow();
  }

  private void own(int bucket, Consumer<T> owner) {
    owners.set(bucket, owner);
    owner.buckets++;
  }

  private void move(int bucket, Consumer<T> to) {
    Consumer<T> from = owners.get(bucket);
    from.buckets--;
    own(bucket, to);
    from.take(bucket).forEach(to::addReturned);
  }

  /** The next message for a consumer, which then has it; empty if there is none for it now. */
  public Optional<Message<T>> poll(Consumer<T> consumer) {
    requireAttached(consumer);
    for (Pending<T> head = consumer.peek(); head != null; head = consumer.peek()) {
      boolean wanted = isWanted(head.message, consumer);
      if (wanted && waitsForBarrier(head)) {
        return Optional.empty();
      }
      consumer.remove(head);
      if (!wanted) {
        done(head);
      } else if (linesKept && isInLines(head)) {
        if (!lines.mustWait(head, consumer)) {
          lines.handedOut(head, consumer);
          consumer.give(head);
          return Optional.of(head.message);
        }
        lines.await(head);
      } else {
        consumer.give(head);
        return Optional.of(head.message);
      }
    }
    return Optional.empty();
  }

  /**
   * Time has passed, and messages that were given back may be due.
   *
   * @param now as {@link System#nanoTime}
   */
  public void wake(long now) {
    lines.wake(now);
  }

  /**
   * Nanoseconds until {@link #wake} is to be called; {@link Long#MAX_VALUE} for never.
   *
   * @param now as {@link System#nanoTime}
   */
  public long nanosUntilDue(long now) {
    return lines.nanosUntilDue(now);
  }

  private boolean isWanted(Message<T> message, Consumer<T> consumer) {
    return (message.kind() != Message.Kind.BOUNDARY || consumers.size() == 1)
        && consumer.wanted.test(message);
  }

  private boolean waitsForBarrier(Pending<T> head) {
    if (consumers.size() == 1) {
      return false;
    }
    Pending<T> barrier = barriers.isEmpty() ? null : barriers.iterator().next();
    return (barrier != null && head.sequence() > barrier.sequence())
        || (head.barrier && log.peek() != head);
  }

  /**
   * A consumer has done with a message.
   *
   * @return whether it had it: if not, nothing was changed
   */
  public boolean acknowledge(Consumer<T> consumer, long sequence) {
    return acknowledge(consumer, consumer.get(sequence));
  }

  private boolean acknowledge(Consumer<T> consumer, Pending<T> pending) {
    if (pending == null) {
      return false;
    }
    consumer.recall(pending);
    if (linesKept && isInLines(pending)) {
      lines.acknowledged(pending);
    } else {
      done(pending);
    }
    return true;
  }

  /**
   * A consumer has done with the message that it got first of those that it has.
   *
   * @return whether it had one
   */
  public boolean acknowledgeOldest(Consumer<T> consumer) {
    return acknowledge(consumer, consumer.oldest());
  }

  /**
   * A consumer could not do with a message, nor, then, with those that it got after it, which are
   * all delivered again.
   *
   * @param kept how many of those that it has it got before that message
   */
  public void giveBackAfter(Consumer<T> consumer, int kept) {
    List<Pending<T>> sent = consumer.messages();
    for (int i = sent.size() - 1; i >= kept; i--) {
      giveBack(consumer, sent.get(i), null);
    }
  }

  /** A message that a consumer has; null if it does not have it. */
  public Message<T> sentMessage(Consumer<T> consumer, long sequence) {
    Pending<T> pending = consumer.get(sequence);
    return pending == null ? null : pending.message;
  }

  /** Whether a consumer has a message and is to get it again, whatever it answers. */
  public boolean comesAgain(Consumer<T> consumer, long sequence) {
    Pending<T> pending = consumer.get(sequence);
    return pending != null && pending.isAgain;
  }

  /** How many messages a consumer has. */
  public int sent(Consumer<T> consumer) {
    return consumer.count();
  }

  /**
   * A consumer could not do with a message, which is delivered again: after 1 s, and after twice as
   * long each time, up to a minute, or as soon as a consumer comes. All newer messages of its key
   * come behind it, and no others wait.
   *
   * @param now as {@link System#nanoTime}
   * @return whether it had it: if not, nothing was changed
   */
  public boolean giveBack(Consumer<T> consumer, long sequence, long now) {
    Pending<T> pending = consumer.get(sequence);
    if (pending != null) {
      pending.attempts++;
      giveBack(consumer, pending, now + delayNanos(pending.attempts));
    }
    return pending != null;
  }

  private static long delayNanos(int attempts) {
    return Math.min(MAX_DELAY.toNanos(), FIRST_DELAY.toNanos() << Math.min(attempts - 1, 20));
  }

  private void giveBack(Consumer<T> consumer, Pending<T> pending, Long notBefore) {
    consumer.recall(pending);
    if (linesKept && isInLines(pending)) {
      lines.givenBack(pending, notBefore);
    } else {
      owners.get(pending.bucket).addReturned(pending);
    }
  }

  private void done(Pending<T> pending) {
    Message<T> message = pending.message;
    pending.message = null;
    size--;
    while (!log.isEmpty() && log.peek().isDone()) {
      log.remove();
    }
    if (log.size() > 2 * size + MAX_DONE) {
      log.removeIf(Pending::isDone);
    }
    if (pending.barrier) {
      barriers.remove(pending);
    }
    acknowledged.accept(message);
  }

  private void requireAttached(Consumer<T> consumer) {
    if (!consumers.contains(consumer)) {
      throw new IllegalStateException("the consumer is gone");
    }
  }

  /** How many messages are not acknowledged. */
  public int size() {
    return size;
  }

  /** How many keys it keeps the messages of in order, now. */
  int trackedKeys() {
    return lines.size();
  }

  /** All that is not acknowledged, in order: to be appended again after a restart. */
  public List<Message<T>> unacknowledged() {
    return log.stream().filter(each -> !each.isDone()).map(each -> each.message).toList();
  }
}
