package io.tidemark.gateway.outbox;

import io.tidemark.gateway.delivery.Delivery;
import io.tidemark.gateway.delivery.Message;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.DumpedRows;
import java.util.Deque;
import java.util.function.LongSupplier;

/** What consumers' answers do to what is not acknowledged. Under the outbox's lock. */
final class Answering {
  private final Delivery<Entry> delivery;
  private final DumpedRanges ranges;
  private final LongSupplier nanos;

  /**
   * @param nanos as {@link System#nanoTime}
   */
  Answering(Delivery<Entry> delivery, DumpedRanges ranges, LongSupplier nanos) {
    this.delivery = delivery;
    this.ranges = ranges;
    this.nanos = nanos;
  }

  /**
   * A consumer answers.
   *
   * @param last the newest sequence: none beyond can have been sent
   * @throws WrongAnswerException if it cannot have had what it answers; what stands before that in
   *     its answers is done
   */
  void take(Flow flow, Answers answers, long last) throws WrongAnswerException {
    if (flow.oneByOne) {
      oneByOne(flow, answers, last);
    } else {
      byArrival(flow, answers);
    }
  }

  private void oneByOne(Flow flow, Answers answers, long last) throws WrongAnswerException {
    for (int i = 0; i < answers.getAcknowledgedCount(); i++) {
      long sequence = answers.getAcknowledged(i);
      if (!delivery.acknowledge(flow.consumer, sequence)
          && Long.compareUnsigned(sequence, last) > 0) {
        throw new WrongAnswerException("an acknowledgement for what was never sent");
      }
    }
    for (int i = 0; i < answers.getGivenBackCount(); i++) {
      long sequence = answers.getGivenBack(i);
      if (!delivery.giveBack(flow.consumer, sequence, nanos.getAsLong())
          && Long.compareUnsigned(sequence, last) > 0) {
        throw new WrongAnswerException("a requeue of what was never sent");
      }
    }
    for (DumpedRows rows : answers.getDumpedList()) {
      dumpedRows(flow, rows);
    }
  }

  private void dumpedRows(Flow flow, DumpedRows rows) {
    Deque<Long> out = flow.dumped.get(rows.getId());
    if (out == null) {
      return;
    }
    if (!rows.getRequeueReason().isEmpty()) {
      requeue(flow, out, rows.getRequeueReason());
    }
    for (long i = rows.getAcknowledged(); i > 0 && !out.isEmpty(); i--) {
      delivery.acknowledge(flow.consumer, out.remove());
    }
    if (out.isEmpty()) {
      flow.dumped.remove(rows.getId());
    }
  }

  /** The row that was given back comes with the whole range: it is done with as it is. */
  private void requeue(Flow flow, Deque<Long> out, String reason) {
    Long oldest = out.poll();
    Message<Entry> row = oldest == null ? null : delivery.sentMessage(flow.consumer, oldest);
    if (row != null) {
      ranges.requeue(row.payload().request(), reason);
      delivery.acknowledge(flow.consumer, oldest);
    }
  }

  private void byArrival(Flow flow, Answers answers) throws WrongAnswerException {
    long sent = flow.done + delivery.sent(flow.consumer) - (flow.carry == null ? 0 : 1);
    long done = answers.getArrived();
    if (Long.compareUnsigned(done, sent) > 0) {
      throw new WrongAnswerException(
          "event %s is acknowledged, and %d were sent"
              .formatted(Long.toUnsignedString(done), sent));
    }
    while (flow.done < done && delivery.acknowledgeOldest(flow.consumer)) {
      flow.done++;
    }
    long from = answers.getAgainFrom();
    if (from == 0) {
      return;
    }
    if (from <= flow.done || Long.compareUnsigned(from, sent) > 0) {
      throw new WrongAnswerException(
          "event %s is given back, and those from %d to %d are out"
              .formatted(Long.toUnsignedString(from), flow.done + 1, sent));
    }
    delivery.giveBackAfter(flow.consumer, (int) (from - 1 - flow.done));
    flow.carry = null;
    flow.againFrom = from;
    flow.emptied = false;
  }
}
