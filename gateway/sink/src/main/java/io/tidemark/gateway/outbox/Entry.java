package io.tidemark.gateway.outbox;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.tidemark.gateway.delivery.Message;
import io.tidemark.gateway.wire.Event;

/**
 * An event, as it is kept until its consumer has acknowledged it.
 *
 * @param kind what order means for it
 * @param key hash of its row's key; 0 if it has none
 * @param oldKey hash of the key that the row had before; {@code key} unless it moved
 * @param table number of the event's table, as {@link Outbox#table} gave it; 0 if it has none
 * @param request the dump on demand that read the row, as in {@code RangeWanted}; 0 if none did
 * @param event an {@link Event} without its sequence; shared
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody; a copy would be a waste
public record Entry(Message.Kind kind, int key, int oldKey, int table, long request, byte[] event) {
  /** Bytes that an entry takes beside its event, roughly. */
  private static final long OVERHEAD = 200;

  /** Bytes of memory that keeping it takes, roughly. */
  long memorySize() {
    return OVERHEAD + event.length;
  }

  /** The kind of the event: what it begins with. */
  Event.TypeCase type() {
    return Event.TypeCase.forNumber(WireFormat.getTagFieldNumber(event[0]));
  }

  Event parse() {
    try {
      return Event.parseFrom(event);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an event that was encoded here", e);
    }
  }

  /** The row marked as the last of the dump's range. */
  Entry markLast() {
    Event.Builder marked = parse().toBuilder();
    marked.getRowBuilder().getDumpBuilder().setLast(true);
    return new Entry(kind, key, oldKey, table, request, marked.build().toByteArray());
  }
}
