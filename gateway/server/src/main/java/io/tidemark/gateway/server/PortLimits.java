package io.tidemark.gateway.server;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Bounds what the clients of a port ask of it: the number of connections, and the number of calls
 * that one connection begins in a second. A call beyond these bounds ends with {@code
 * RESOURCE_EXHAUSTED}. On a connection beyond the first bound all calls end so, and the connection
 * is closed as idle.
 */
final class PortLimits extends ServerTransportFilter implements ServerInterceptor {
  /** On a connection that is served. */
  private static final Attributes.Key<Rate> RATE = Attributes.Key.create("tidemark-rate");

  private final int most;
  private final int callsPerSecond;
  private final LongSupplier nanos;
  private final AtomicInteger connections = new AtomicInteger();

  /**
   * @param nanos now, on a monotonic clock
   */
  PortLimits(ListenOptions.Limits limits, LongSupplier nanos) {
    this.most = limits.connections();
    this.callsPerSecond = limits.callsPerSecond();
    this.nanos = nanos;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    if (connections.incrementAndGet() > most) {
      connections.decrementAndGet();
      return attributes;
    }
    return attributes.toBuilder().set(RATE, new Rate()).build();
  }

  @Override
  public void transportTerminated(Attributes attributes) {
    if (attributes != null && attributes.get(RATE) != null) {
      connections.decrementAndGet();
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Rate rate = call.getAttributes().get(RATE);
    if (rate != null && rate.take()) {
      return next.startCall(call, headers);
    }
    String why =
        rate == null
            ? "this port has %d connections: it serves no more".formatted(most)
            : "more than %d calls a second on one connection".formatted(callsPerSecond);
    call.close(Status.RESOURCE_EXHAUSTED.withDescription(why), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  /** A second's calls may come at once, if none came in the second before. */
  private final class Rate {
    private final long spacing = TimeUnit.SECONDS.toNanos(1) / callsPerSecond;

    /** When all calls so far would have come, evenly spaced. */
    private long due = nanos.getAsLong();

    synchronized boolean take() {
      long now = nanos.getAsLong();
      due = Math.max(due - now, 0) + now;
      if (due - now > spacing * (callsPerSecond - 1)) {
        return false;
      }
      due += spacing;
      return true;
    }
  }
}
