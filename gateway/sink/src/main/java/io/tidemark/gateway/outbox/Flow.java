package io.tidemark.gateway.outbox;

import io.tidemark.gateway.delivery.AnswerOrder;
import io.tidemark.gateway.delivery.Consumer;
import io.tidemark.gateway.delivery.Delivery;
import io.tidemark.gateway.delivery.Message;
import io.tidemark.gateway.wire.Attach;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** One consumer of the outbox, as far as its events are on their way. */
final class Flow {
  final long id;
  final boolean oneByOne;
  final boolean skipOversized;

  /** Largest batch in bytes. */
  final long maxBatch;

  final Consumer<Entry> consumer;

  /** Bytes that may be sent; below 0 after a last event that was larger. */
  long window;

  /** Bytes that were sent and that the server has not passed on. */
  long onTheWay;

  /** Whether there was nothing more for it when the last batch was put together. */
  boolean emptied;

  /** What had ever been appended by then, in bytes of memory. */
  long emptiedAt;

  /** Tables whose columns it knows. */
  final BitSet told = new BitSet();

  /** By arrival: how many events it is done with. */
  long done;

  /** By arrival: the number that the next event has, which it has to be told first; else 0. */
  long againFrom;

  /** Taken from the delivery, but did not fit into the last batch. */
  Message<Entry> carry;

  /** Sequences of rows of dumps that are out, by dump id, in the order in which they went out. */
  final Map<Integer, Deque<Long>> dumped = new HashMap<>();

  /**
   * A consumer that has just come.
   *
   * @param tables names of tables by their number
   * @throws IllegalArgumentException if it asks for tables by what is no expression
   */
  Flow(Attach attach, Delivery<Entry> delivery, Tables tables) {
    this.id = attach.getFlow();
    this.oneByOne = attach.getOneByOne();
    this.skipOversized = attach.getSkipOversized();
    // Unsigned: below 0 is more than a batch can have.
    this.maxBatch = attach.getMaxBatchBytes() <= 0 ? Long.MAX_VALUE : attach.getMaxBatchBytes();
    Wanted wanted = new Wanted(attach, tables);
    this.consumer =
        delivery.attach(
            oneByOne ? AnswerOrder.ANY : AnswerOrder.ARRIVAL,
            message -> wanted.has(message.payload()));
  }

  /** A row of a dump goes out. */
  void sent(int dumpId, long sequence) {
    dumped.computeIfAbsent(dumpId, any -> new ArrayDeque<>()).add(sequence);
  }
}
