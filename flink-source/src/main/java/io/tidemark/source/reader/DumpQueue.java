package io.tidemark.source.reader;

import io.tidemark.source.lane.LaneRecord;
import io.tidemark.source.reader.DumpScheduler.Grant;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/**
 * What dump threads have read on its way to the reader's main thread, bounded by bytes: a dump
 * thread waits when it is full, the main thread never.
 */
final class DumpQueue {
  private final long capacity;
  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private long bytes;
  private boolean closed;
  private CompletableFuture<Void> available = new CompletableFuture<>();

  /** What a dump thread hands over; per chunk rows, then its end or its failure. */
  sealed interface Item {
    /** The chunk's leave. */
    Grant grant();

    /** Calls the visitor's method for its kind. */
    void accept(Visitor visitor, LaneOutput out) throws Exception;

    /** Bytes that it keeps in memory. */
    default long bytes() {
      return 0;
    }

    /** Rows for one lane. */
    record Rows(Grant grant, LaneRecord.Rows rows) implements Item {
      @Override
      public long bytes() {
        return rows.batch().bytes();
      }

      @Override
      public void accept(Visitor visitor, LaneOutput out) {
        visitor.rows(this, out);
      }
    }

    /**
     * All rows were handed over.
     *
     * @param to the page after the chunk's last; the split's end at the table's
     * @param pages how many pages it had
     */
    record End(Grant grant, long to, long high, long pages) implements Item {
      @Override
      public void accept(Visitor visitor, LaneOutput out) {
        visitor.end(this, out);
      }
    }

    /** The chunk could not be read. */
    record Failed(Grant grant) implements Item {
      @Override
      public void accept(Visitor visitor, LaneOutput out) {
        visitor.failed(this, out);
      }
    }

    /** The role may not read the table: the chunk, and the whole dump, are given up for now. */
    record Denied(Grant grant, String reason) implements Item {
      @Override
      public void accept(Visitor visitor, LaneOutput out) {
        visitor.denied(this, out);
      }
    }

    /** The table is not what was planned: the chunk, and the whole dump, are given up. */
    record Stale(Grant grant, String reason) implements Item {
      @Override
      public void accept(Visitor visitor, LaneOutput out) {
        visitor.stale(this, out);
      }
    }

    /** Reading cannot go on: the job fails. */
    record Fatal(Grant grant, Exception cause) implements Item {
      @Override
      public void accept(Visitor visitor, LaneOutput out) throws Exception {
        visitor.fatal(this, out);
      }
    }
  }

  /** Deals with each kind of item. */
  interface Visitor {
    void rows(Item.Rows item, LaneOutput out);

    void end(Item.End item, LaneOutput out);

    void failed(Item.Failed item, LaneOutput out);

    void stale(Item.Stale item, LaneOutput out);

    void denied(Item.Denied item, LaneOutput out);

    void fatal(Item.Fatal item, LaneOutput out) throws Exception;
  }

  DumpQueue(long capacity) {
    this.capacity = capacity;
  }

  /** Adds an item; waits while the queue is over its capacity. Dropped once closed. */
  synchronized void put(Item item) throws InterruptedException {
    while (bytes >= capacity && !closed) {
      wait();
    }
    if (closed) {
      return;
    }
    items.add(item);
    bytes += item.bytes();
    available.complete(null);
  }

  /** The oldest item; null if there is none. */
  synchronized Item poll() {
    Item item = items.poll();
    if (item != null) {
      bytes -= item.bytes();
      notifyAll();
    }
    if (items.isEmpty() && available.isDone()) {
      available = new CompletableFuture<>();
    }
    return item;
  }

  /** Done while the queue has an item. */
  synchronized CompletableFuture<Void> available() {
    return available;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized void close() {
    closed = true;
    items.clear();
    notifyAll();
  }
}
