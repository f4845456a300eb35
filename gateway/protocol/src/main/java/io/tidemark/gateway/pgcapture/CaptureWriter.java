package io.tidemark.gateway.pgcapture;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import io.tidemark.gateway.event.TableCodec;
import io.tidemark.gateway.event.WireBuffer;
import io.tidemark.gateway.wire.Batch;
import io.tidemark.gateway.wire.Dump;
import io.tidemark.gateway.wire.Event;
import io.tidemark.gateway.wire.Row;
import io.tidemark.gateway.wire.pgcapture.CaptureMessage;
import io.tidemark.postgres.Lsn;
import io.tidemark.postgres.MalformedTupleException;
import io.tidemark.postgres.TableSchema;
import io.tidemark.postgres.Tuple;
import io.tidemark.postgres.Tuple.Layout;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Makes pgcapture's messages out of a publisher's batches, one at a time: the next one is made when
 * the consumer takes it. Not thread-safe.
 */
public final class CaptureWriter {
  private static final int EVENTS_TAG = Batch.EVENTS_FIELD_NUMBER << 3 | 2;

  private final long run;
  private final WireBuffer buffer = new WireBuffer();
  private final Map<Integer, ChangeEncoder> encoders = new HashMap<>();
  private CodedInputStream batch;
  private long sequence;
  private Dump dump;

  /**
   * For the batches of one publisher.
   *
   * @param run of its sequences
   */
  public CaptureWriter(long run) {
    this.run = run;
  }

  /** Whether a batch was begun that has more messages. */
  public boolean isWithinBatch() {
    return batch != null;
  }

  /** Begins a batch. */
  public void begin(ByteString bytes) {
    batch = bytes.newCodedInput();
  }

  /**
   * The next message of the batch, a {@link CaptureMessage}; null if there is none, so that another
   * batch may begin.
   *
   * @throws IOException if the publisher has sent something else
   */
  public byte[] next() throws IOException {
    while (!batch.isAtEnd()) {
      if (batch.readTag() != EVENTS_TAG) {
        throw new IOException("not a batch of events");
      }
      Event event = event();
      switch (event.getTypeCase()) {
        case TABLE -> {
          TableSchema schema = schema(event);
          encoders.put(event.getTable().getId(), new ChangeEncoder(schema));
        }
        case ROW -> {
          return message(event.getRow(), event.getSequence());
        }
        default -> throw new IOException("an event of kind " + event.getTypeCase());
      }
    }
    batch = null;
    return null;
  }

  private Event event() throws IOException {
    int length = batch.readRawVarint32();
    int limit = batch.pushLimit(length);
    Event event = Event.parseFrom(batch);
    batch.popLimit(limit);
    return event;
  }

  private static TableSchema schema(Event event) throws IOException {
    try {
      return TableCodec.fromWire(event.getTable());
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private byte[] message(Row row, long number) throws IOException {
    ChangeEncoder encoder = encoders.get(row.getTable());
    if (encoder == null) {
      throw new IOException("a row of table " + row.getTable() + ", which was not described");
    }
    sequence = number;
    dump = row.hasDump() ? row.getDump() : null;
    buffer.clear();
    encode(row, encoder);
    buffer.putHeader(CaptureMessage.CHANGE_FIELD_NUMBER, 0);
    int before = buffer.size();
    if (dump == null) {
      CheckpointCodec.putChange(row.getCommitLsn(), row.getOrdinal(), run, number, buffer);
    } else {
      CheckpointCodec.putDumpedRow(dump.getId(), dump.getLast(), buffer);
    }
    buffer.putHeader(CaptureMessage.CHECKPOINT_FIELD_NUMBER, before);
    return buffer.toByteArray();
  }

  private void encode(Row row, ChangeEncoder encoder) throws IOException {
    try {
      Layout layout = row.getCopyForm() ? Layout.COPY : Layout.PGOUTPUT;
      ByteString old = row.getOldRow();
      switch (row.getOp()) {
        case INSERT -> encoder.insert(tuple(row.getNewRow(), layout, encoder), buffer);
        case READ, UPDATE ->
            encoder.update(
                tuple(row.getNewRow(), layout, encoder),
                old.isEmpty() ? null : tuple(old, Layout.PGOUTPUT, encoder),
                buffer);
        case DELETE -> encoder.delete(tuple(old, Layout.PGOUTPUT, encoder), buffer);
        case UNRECOGNIZED -> throw new IOException("a row with the op " + row.getOpValue());
      }
    } catch (MalformedTupleException e) {
      throw new IOException(
          "a malformed %s of table %s at %s: %s"
              .formatted(
                  row.getOp(), encoder.table(), Lsn.format(row.getCommitLsn()), e.getMessage()),
          e);
    }
  }

  private static Tuple tuple(ByteString bytes, Layout layout, ChangeEncoder encoder) {
    return Tuple.of(bytes.toByteArray(), layout, encoder.columns());
  }

  /** Of the message that was made last. */
  public long sequence() {
    return sequence;
  }

  /** The range of a dump on demand that the message made last is of; null if it is of none. */
  public Dump dump() {
    return dump;
  }
}
