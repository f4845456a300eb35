package io.tidemark.gateway.server;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.slf4j.LoggerFactory;

/**
 * What gRPC's servers in this process log of connections that fail: where one side speaks TLS and
 * the other does not, a line that says so, once a minute; all else as what is no warning.
 */
public final class ConnectionLog extends Handler {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(ConnectionLog.class);

  private static final String GRPC = "io.grpc.netty.shaded.io.grpc.netty.";

  /** Kept: the JDK forgets the settings of loggers that nobody refers to. */
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger(GRPC + "NettyServerTransport"),
          Logger.getLogger(GRPC + "ProtocolNegotiators"));

  /**
   * What this process's own connections to other servers are about: who made them tells of them.
   */
  private static final String CLIENTS_OWN = "TLS negotiation failed.";

  /** How gRPC quotes what a client has sent where that begins as TLS does. */
  private static final String TLS_BYTES = "received bytes: 1603";

  /** Of an exception of Netty's that lies in another package where Netty is shaded. */
  private static final String NOT_TLS = "NotSslRecordException";

  private static final int LONGEST_CHAIN = 20;
  private static final long SILENCE_NANOS = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanos;
  private final Map<String, Long> said = new HashMap<>();

  /**
   * @param nanos now, on a monotonic clock
   */
  ConnectionLog(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Takes gRPC's log of connections over, in place of the JDK's, which has a stack for each. */
  public static void install() {
    ConnectionLog log = new ConnectionLog(System::nanoTime);
    for (Logger logger : LOGGERS) {
      logger.setUseParentHandlers(false);
      logger.setLevel(Level.FINE);
      logger.addHandler(log);
    }
  }

  @Override
  public void publish(LogRecord event) {
    Optional<String> problem = Optional.ofNullable(event.getThrown()).flatMap(this::problem);
    String message = String.valueOf(event.getMessage());
    if (problem.isEmpty() || message.startsWith(CLIENTS_OWN)) {
      LOG.debug("{}", message, event.getThrown());
    } else if (isDue(problem.get())) {
      LOG.warn("{}", problem.get());
    }
  }

  /** Whether it was not said within the last minute. */
  synchronized boolean isDue(String problem) {
    long now = nanos.getAsLong();
    Long last = said.get(problem);
    if (last != null && now - last <= SILENCE_NANOS) {
      return false;
    }
    said.put(problem, now);
    return true;
  }

  /** What a failed connection says of TLS; empty if nothing. */
  Optional<String> problem(Throwable thrown) {
    if (String.valueOf(thrown.getMessage()).contains(TLS_BYTES)) {
      return Optional.of(
          "a client was sent away that speaks TLS, which this gateway does not: give it"
              + " --tls-certificate and --tls-key, or have the client connect without TLS");
    }
    return Stream.iterate(thrown, t -> t != null, Throwable::getCause)
        .limit(LONGEST_CHAIN)
        .filter(SSLException.class::isInstance)
        .findFirst()
        .map(
            e ->
                e.getClass().getSimpleName().equals(NOT_TLS)
                    ? "a client was sent away that does not speak TLS: have it connect by TLS"
                    : "a client was sent away, as TLS could not be agreed upon: " + e.getMessage());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
