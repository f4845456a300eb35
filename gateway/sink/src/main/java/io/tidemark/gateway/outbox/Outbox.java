package io.tidemark.gateway.outbox;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.delivery.Delivery;
import io.tidemark.gateway.delivery.Message;
import io.tidemark.gateway.wire.Answers;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.PublishRequest;
import io.tidemark.gateway.wire.RangeAnswer;
import io.tidemark.gateway.wire.RangesHeld;
import io.tidemark.gateway.wire.Refusal;
import io.tidemark.postgres.TableSchema;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What a sink has published and its URI's consumers have not acknowledged. {@link #append} and
 * {@link #snapshot} are for the job. The link to the server passes on what the server says of
 * consumers, and {@link #poll} gives what the server is to be told. Thread-safe.
 *
 * <p>The memory is bounded: when more than {@link Options#fullBytes} are kept, the source is asked
 * to pause until no more than half of these bytes are left. Events that are on their way meanwhile
 * are taken, as long as no more than {@link Options#mostBytes} are kept.
 */
public final class Outbox {
  private final Options options;
  private final LongSupplier nanos;
  private final Delivery<Entry> delivery;
  private final Tables tables = new Tables();
  private final DumpedRanges ranges = new DumpedRanges();
  private final Answering answering;
  private final Batching batching;
  private final Map<Long, Flow> flows = new LinkedHashMap<>();

  /** Whose turn it is first. */
  private final Deque<Flow> turns = new ArrayDeque<>();

  private final Deque<Refusal> refusals = new ArrayDeque<>();
  private long last;
  private long bytes;

  /** Bytes of memory of all events that were ever appended. */
  private long appended;

  private boolean full;

  /** Whether the server was told that it is full. */
  private boolean toldFull;

  /**
   * Ranges of which the server is to say whether they are wanted: those from before it came, and
   * those that are new here. It may have closed them already.
   */
  private final Set<Long> rangesHeld = new LinkedHashSet<>();

  /** Of a batch that did not fit into one message, what is left. */
  private ByteString rest = ByteString.EMPTY;

  private long restFlow;

  /**
   * Bounds.
   *
   * @param buckets how many consumers can share the URI at most
   * @param fullBytes bytes of memory: when events that are not acknowledged take more, the source
   *     is to pause
   * @param mostBytes bytes of memory: when these events take more, no more events are taken
   * @param mostDeliveryBytes largest part of a batch, in bytes, in one message to the server
   */
  public record Options(int buckets, long fullBytes, long mostBytes, int mostDeliveryBytes) {
    public Options {
      if (buckets < 1 || fullBytes < 1 || mostBytes < fullBytes || mostDeliveryBytes < 1) {
        throw new IllegalArgumentException(
            "%d delivery buckets, %d bytes at which the source pauses, %d bytes at most, %d a message"
                .formatted(buckets, fullBytes, mostBytes, mostDeliveryBytes));
      }
    }
  }

  /** An outbox as it was; {@link OutboxState#empty} for a new one. */
  public Outbox(Options options, OutboxState state) {
    this(options, state, System::nanoTime);
  }

  /**
   * An outbox as it was, with a clock of its own.
   *
   * @param nanos as {@link System#nanoTime}
   */
  public Outbox(Options options, OutboxState state, LongSupplier nanos) {
    this.options = options;
    this.nanos = nanos;
    this.delivery = new Delivery<>(options.buckets(), this::acknowledged);
    this.answering = new Answering(delivery, ranges, nanos);
    this.batching = new Batching(delivery, tables);
    state.tables().forEach(tables::number);
    state.ranges().forEach(ranges::restore);
    for (Entry entry : state.entries()) {
      bytes += entry.memorySize();
      deliver(entry);
      if (entry.request() != 0) {
        ranges.restored(entry.request());
      }
    }
    for (Entry entry : state.held()) {
      bytes += entry.memorySize();
      ranges.hold(entry);
    }
    full = bytes > options.fullBytes();
  }

  /** The number of a table, by which entries name it. */
  public synchronized int table(TableSchema schema) {
    return tables.number(schema);
  }

  /**
   * Adds the newest events, in order.
   *
   * @throws IllegalStateException if there is no room: the source did not pause
   */
  public synchronized void append(List<Entry> entries) {
    if (bytes > options.mostBytes()) {
      throw new IllegalStateException(
          ("%d bytes are not acknowledged: more than the bound of %d, although the source was to"
                  + " pause at %d")
              .formatted(bytes, options.mostBytes(), options.fullBytes()));
    }
    for (Entry entry : entries) {
      bytes += entry.memorySize();
      appended += entry.memorySize();
      if (entry.request() != 0 && !ranges.isClosed(entry.request())) {
        if (ranges.isNew(entry.request())) {
          rangesHeld.add(entry.request());
        }
        Entry before = ranges.hold(entry);
        if (before != null) {
          deliver(before);
        }
        continue;
      }
      if (ranges.holdsAny() && entry.kind() != Message.Kind.BOUNDARY) {
        List<Entry> older =
            entry.kind() == Message.Kind.BARRIER
                ? ranges.releaseAll()
                : ranges.release(entry.key(), entry.oldKey());
        older.forEach(this::deliver);
      }
      deliver(entry);
    }
    if (bytes > options.fullBytes()) {
      full = true;
    }
  }

  private void deliver(Entry entry) {
    delivery.append(new Message<>(++last, entry.kind(), entry.key(), entry.oldKey(), entry));
  }

  private void acknowledged(Message<Entry> message) {
    Entry entry = message.payload();
    bytes -= entry.memorySize();
    if (entry.request() != 0) {
      ranges.acknowledged(entry.request());
    }
    if (bytes <= options.fullBytes() / 2) {
      full = false;
    }
  }

  /** A server is there, which knows nothing yet: it tells what consumers it has. */
  public synchronized void connected() {
    disconnected();
    toldFull = false;
    rangesHeld.clear();
    rangesHeld.addAll(ranges.requests());
    ranges.answerAgain();
  }

  /** The server is gone, and its consumers with it. */
  public synchronized void disconnected() {
    flows.values().forEach(flow -> delivery.detach(flow.consumer));
    flows.clear();
    turns.clear();
    refusals.clear();
    rest = ByteString.EMPTY;
  }

  /** A consumer comes. */
  public synchronized void attach(Attach attach) {
    Flow flow;
    try {
      flow = new Flow(attach, delivery, tables);
    } catch (IllegalArgumentException e) {
      refuse(attach.getFlow(), Refusal.Kind.WRONG_ANSWER, e.getMessage());
      return;
    }
    flows.put(flow.id, flow);
    turns.add(flow);
  }

  /** A consumer goes: what it has not acknowledged is delivered again. */
  public synchronized void detach(long id) {
    Flow flow = flows.remove(id);
    if (flow != null) {
      turns.remove(flow);
      delivery.detach(flow.consumer);
    }
  }

  /** A consumer can take more bytes. */
  public synchronized void window(long id, long more) {
    Flow flow = flows.get(id);
    if (flow != null && more > 0) {
      flow.window += more;
      flow.onTheWay = Math.max(0, flow.onTheWay - more);
    }
  }

  /** What a consumer answered. */
  public synchronized void answers(Answers answers) {
    Flow flow = flows.get(answers.getFlow());
    if (flow == null) {
      return;
    }
    try {
      answering.take(flow, answers, last);
    } catch (WrongAnswerException e) {
      refuse(flow.id, Refusal.Kind.WRONG_ANSWER, e.getMessage());
    }
  }

  private void refuse(long flow, Refusal.Kind kind, String reason) {
    refusals.add(Refusal.newBuilder().setFlow(flow).setReason(reason).setKind(kind).build());
    detach(flow);
  }

  /**
   * One of the source's lanes has emitted all its rows of a range of a dump on demand, and they
   * were appended.
   *
   * @param lanes how many lanes there are: when each has, the range is read
   */
  public synchronized void rangeEnds(long request, int lanes) {
    if (ranges.isClosed(request)) {
      return;
    }
    if (ranges.isNew(request)) {
      rangesHeld.add(request);
    }
    Entry row = ranges.end(request, lanes);
    if (row != null) {
      Entry marked = row.markLast();
      bytes += marked.memorySize() - row.memorySize();
      deliver(marked);
    }
  }

  /** Nobody asks for a range any more. */
  public synchronized void rangeClosed(long request) {
    ranges.close(request, this::deliver);
  }

  /** Whether the source is to pause: more than {@link Options#fullBytes} bytes are kept. */
  public synchronized boolean isFull() {
    return full;
  }

  /** Bytes of memory, roughly, of what is not acknowledged. */
  public synchronized long bytes() {
    return bytes;
  }

  /** How many events are not acknowledged. */
  public synchronized long size() {
    return (long) delivery.size() + ranges.heldRows().size();
  }

  /** How many consumers there are. */
  public synchronized int consumers() {
    return flows.size();
  }

  /** The next thing to tell the server; null if there is none now. */
  public synchronized PublishRequest poll() {
    if (!rest.isEmpty()) {
      return deliver(restFlow, rest);
    }
    delivery.wake(nanos.getAsLong());
    PublishRequest word = pollWord();
    if (word != null) {
      return word;
    }
    for (int i = turns.size(); i > 0; i--) {
      Flow flow = turns.remove();
      turns.add(flow);
      ByteString batch = nextBatch(flow);
      if (!batch.isEmpty()) {
        return deliver(flow.id, batch);
      }
    }
    // To look for events may have come upon some more.
    return pollWord();
  }

  /**
   * How long {@link #poll} has nothing to tell, in nanoseconds, if nothing else happens until then;
   * {@link Long#MAX_VALUE} for ever.
   */
  public synchronized long nanosUntilDue() {
    return delivery.nanosUntilDue(nanos.getAsLong());
  }

  private ByteString nextBatch(Flow flow) {
    try {
      return batching.next(flow, appended);
    } catch (TooLargeException e) {
      refuse(flow.id, Refusal.Kind.TOO_LARGE, e.getMessage());
      return ByteString.EMPTY;
    }
  }

  private PublishRequest pollWord() {
    Refusal refusal = refusals.poll();
    if (refusal != null) {
      return PublishRequest.newBuilder().setRefusal(refusal).build();
    }
    if (full != toldFull) {
      toldFull = full;
      return PublishRequest.newBuilder().setFull(full).build();
    }
    if (!rangesHeld.isEmpty()) {
      RangesHeld held = RangesHeld.newBuilder().addAllRequests(rangesHeld).build();
      rangesHeld.clear();
      return PublishRequest.newBuilder().setHeld(held).build();
    }
    RangeAnswer answer = ranges.pollAnswer();
    return answer == null ? null : PublishRequest.newBuilder().setRange(answer).build();
  }

  private PublishRequest deliver(long flow, ByteString batch) {
    int most = options.mostDeliveryBytes();
    boolean more = batch.size() > most;
    restFlow = flow;
    rest = more ? batch.substring(most) : ByteString.EMPTY;
    PublishRequest.Builder request = PublishRequest.newBuilder();
    request
        .getDeliveryBuilder()
        .setFlow(flow)
        .setBatch(more ? batch.substring(0, most) : batch)
        .setMore(more);
    return request.build();
  }

  /** The state as of now. */
  public synchronized OutboxState snapshot() {
    List<TableSchema> schemas = new ArrayList<>();
    for (int i = 1; i <= tables.count(); i++) {
      schemas.add(tables.schema(i));
    }
    List<Entry> entries = delivery.unacknowledged().stream().map(Message::payload).toList();
    return new OutboxState(schemas, entries, ranges.heldRows(), List.copyOf(ranges.state()));
  }
}
