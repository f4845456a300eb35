package io.tidemark.gateway.server;

import io.grpc.Status;
import io.grpc.StatusException;
import io.tidemark.gateway.transport.Shutdown;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The consumers of a server: refuses those beyond the bound on their number, and ends all when the
 * server shuts down.
 */
final class ConsumerStreams {
  private final int most;
  private final Set<ConsumerStream<?, ?>> streams = new HashSet<>();
  private boolean closed;

  ConsumerStreams(int most) {
    this.most = most;
  }

  /**
   * A consumer begins.
   *
   * @throws StatusException if the server has its greatest number of consumers, or shuts down
   */
  synchronized void add(ConsumerStream<?, ?> stream) throws StatusException {
    if (closed) {
      throw Shutdown.STATUS.asException();
    }
    if (streams.size() >= most) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("this server has %d consumers: it takes no more".formatted(most))
          .asException();
    }
    streams.add(stream);
  }

  synchronized void remove(ConsumerStream<?, ?> stream) {
    streams.remove(stream);
  }

  synchronized int size() {
    return streams.size();
  }

  /** Ends all: they are to come back to another server. */
  void close() {
    List<ConsumerStream<?, ?>> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(streams);
    }
    all.forEach(stream -> stream.end(Shutdown.STATUS));
  }
}
