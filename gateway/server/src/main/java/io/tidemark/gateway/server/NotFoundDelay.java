package io.tidemark.gateway.server;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.tidemark.gateway.transport.Timer;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Clients that ask again and again for what is not there, as in a loop, get {@code NOT_FOUND} later
 * each time: at once, after 1 s, 2 s and so on up to 30 s, until they have not asked for some
 * minutes. Each method and each address of clients on its own. Thread-safe.
 */
final class NotFoundDelay implements ServerInterceptor {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final Duration FORGOTTEN = Duration.ofMinutes(2);
  private static final int MAX_KNOWN = 1_000;

  private final Timer timer;

  /** How often each had its answer lately; who had it last stands last. */
  private final Map<String, Misses> known = new LinkedHashMap<>();

  private record Misses(int count, long lastNanos) {}

  NotFoundDelay(Timer timer) {
    this.timer = timer;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<Q, R>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            long delay = status.getCode() == Status.Code.NOT_FOUND ? delayNanos(call) : 0;
            if (delay == 0) {
              super.close(status, trailers);
            } else {
              timer.after(delay, () -> super.close(status, trailers));
            }
          }
        },
        headers);
  }

  private long delayNanos(ServerCall<?, ?> call) {
    SocketAddress peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    String host =
        peer instanceof InetSocketAddress address
            ? address.getAddress().getHostAddress()
            : String.valueOf(peer);
    return delayNanos(host + " " + call.getMethodDescriptor().getFullMethodName());
  }

  /** How long another answer to this client's call waits. */
  synchronized long delayNanos(String client) {
    long now = timer.nanos();
    Misses before = known.remove(client);
    boolean fresh = before == null || now - before.lastNanos > FORGOTTEN.toNanos();
    int count = fresh ? 0 : before.count;
    known.put(client, new Misses(count + 1, now));
    if (known.size() > MAX_KNOWN) {
      known.remove(known.keySet().iterator().next());
    }
    return count == 0 ? 0 : Math.min(LONGEST.toNanos(), FIRST.toNanos() << Math.min(count - 1, 10));
  }
}
