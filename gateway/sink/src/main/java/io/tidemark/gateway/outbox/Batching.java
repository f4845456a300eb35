package io.tidemark.gateway.outbox;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.delivery.Delivery;
import io.tidemark.gateway.delivery.Message;
import io.tidemark.gateway.wire.Again;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Skipped;

/** Puts the batches together that consumers get. Under the outbox's lock. */
final class Batching {
  /** A batch of more bytes than these has a single event. */
  private static final int BATCH_BYTES = 128 << 10;

  /**
   * While batches are on their way to a consumer, its next events are gathered until they have this
   * number of bytes: few events go out at once, many in large batches.
   */
  private static final int GATHER_BYTES = 128 << 10;

  private final Delivery<Entry> delivery;
  private final Tables tables;
  private final BatchBuffer buffer = new BatchBuffer();

  Batching(Delivery<Entry> delivery, Tables tables) {
    this.delivery = delivery;
    this.tables = tables;
  }

  /**
   * The next batch for a consumer; empty if there is none for it now.
   *
   * @param appended bytes of memory of all events that were ever appended
   * @throws TooLargeException if the next event is larger than the consumer takes
   */
  ByteString next(Flow flow, long appended) throws TooLargeException {
    if (flow.window <= 0 || isGathering(flow, appended)) {
      return ByteString.EMPTY;
    }
    fill(flow, appended);
    if (buffer.isEmpty()) {
      return ByteString.EMPTY;
    }
    ByteString batch = buffer.toByteString();
    buffer.trim();
    flow.window -= batch.size();
    flow.onTheWay += batch.size();
    return batch;
  }

  private static boolean isGathering(Flow flow, long appended) {
    return flow.onTheWay > 0 && flow.emptied && appended - flow.emptiedAt < GATHER_BYTES;
  }

  /** Puts into the buffer what there is for a consumer. */
  private void fill(Flow flow, long appended) throws TooLargeException {
    buffer.clear();
    if (flow.againFrom != 0) {
      Again again = Again.newBuilder().setFrom(flow.againFrom).build();
      buffer.add(Event.newBuilder().setAgain(again).build().toByteArray(), 0);
      flow.againFrom = 0;
    }
    flow.emptied = false;
    if (flow.oneByOne && flow.carry != null) {
      leaveOutIfItComesAgain(flow);
    }
    long limit = Math.min(Math.min(BATCH_BYTES, flow.window), flow.maxBatch);
    while (buffer.size() < limit) {
      Message<Entry> next =
          flow.carry != null ? flow.carry : delivery.poll(flow.consumer).orElse(null);
      flow.carry = null;
      if (next == null) {
        flow.emptied = true;
        flow.emptiedAt = appended;
        break;
      }
      Entry entry = next.payload();
      long size = BatchBuffer.sizeOf(entry.event(), next.sequence()) + sizeOfTable(flow, entry);
      if (!buffer.isEmpty() && buffer.size() + size > limit) {
        flow.carry = next;
        break;
      }
      if (size > flow.maxBatch) {
        skip(flow, next, size);
        continue;
      }
      add(flow, entry, entry.event(), next.sequence());
      if (flow.oneByOne && entry.request() != 0) {
        flow.sent((int) entry.request(), next.sequence());
      }
    }
  }

  /** What did not fit is as good as answered if it comes again behind an older one. */
  private void leaveOutIfItComesAgain(Flow flow) {
    long sequence = flow.carry.sequence();
    if (delivery.comesAgain(flow.consumer, sequence)) {
      delivery.acknowledge(flow.consumer, sequence);
      flow.carry = null;
    }
  }

  /** How much longer the batch becomes as the consumer does not know the entry's table yet. */
  private long sizeOfTable(Flow flow, Entry entry) {
    return isUnknown(flow, entry) ? BatchBuffer.sizeOf(tables.event(entry.table()), 0) : 0;
  }

  private static boolean isUnknown(Flow flow, Entry entry) {
    return entry.table() != 0 && !flow.told.get(entry.table());
  }

  private void add(Flow flow, Entry entry, byte[] event, long sequence) {
    if (isUnknown(flow, entry)) {
      flow.told.set(entry.table());
      buffer.add(tables.event(entry.table()), 0);
    }
    buffer.add(event, sequence);
  }

  /** Tells the consumer that an event is passed over, if it is to hear that in place of it. */
  private void skip(Flow flow, Message<Entry> message, long size) throws TooLargeException {
    Entry entry = message.payload();
    byte[] skipped = Event.newBuilder().setSkipped(skipped(entry, size)).build().toByteArray();
    long without = BatchBuffer.sizeOf(skipped, message.sequence()) + sizeOfTable(flow, entry);
    if (!flow.skipOversized || without > flow.maxBatch) {
      String of = entry.table() == 0 ? "" : " of " + tables.schema(entry.table()).name();
      throw new TooLargeException(
          "an event%s takes %d bytes, and the consumer takes %d: let it take larger messages, or the server skip such"
              .formatted(of, size, flow.maxBatch));
    }
    add(flow, entry, skipped, message.sequence());
  }

  private static Skipped skipped(Entry entry, long size) {
    Skipped.Builder skipped = Skipped.newBuilder().setTable(entry.table()).setBytes(size);
    Event event = entry.parse();
    if (event.hasRow()) {
      skipped.setCommitLsn(event.getRow().getCommitLsn()).setOrdinal(event.getRow().getOrdinal());
    } else if (event.hasMessage()) {
      skipped
          .setCommitLsn(event.getMessage().getCommitLsn())
          .setOrdinal(event.getMessage().getOrdinal());
    } else if (event.hasDdl()) {
      skipped.setCommitLsn(event.getDdl().getCommitLsn()).setOrdinal(event.getDdl().getOrdinal());
    } else if (event.hasSchemaChange()) {
      skipped
          .setCommitLsn(event.getSchemaChange().getCommitLsn())
          .setOrdinal(event.getSchemaChange().getOrdinal());
    }
    return skipped.build();
  }
}
