package io.tidemark.gateway.server;

import io.tidemark.gateway.resolver.SourceResolver;
import io.tidemark.gateway.routing.Route;
import io.tidemark.gateway.settings.GatewayPorts;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a gateway runs.
 *
 * @param gateway the port of consumers and jobs, usually {@link GatewayPorts#GATEWAY}
 * @param controller the port of dumps on demand, usually {@link GatewayPorts#CONTROLLER}
 * @param metrics the address of Prometheus's {@code /metrics}, in plain text; empty for none
 * @param directory keeps the schedules
 * @param sources which URIs there are
 * @param waits how long a job's URI is kept for it, and how long consumers wait for a job
 * @param limits what consumers may ask of it
 */
public record GatewayOptions(
    ListenOptions gateway,
    ListenOptions controller,
    Optional<InetSocketAddress> metrics,
    Path directory,
    SourceResolver sources,
    Route.Options waits,
    Limits limits) {
  /** A minute for a job to come back to its URI, and for a consumer to wait for one. */
  public static final Route.Options DEFAULT_WAITS =
      new Route.Options(Duration.ofMinutes(1), Duration.ofMinutes(1));

  /**
   * What consumers may ask of a gateway.
   *
   * @param consumers the largest number of consumers at a time
   * @param messageBytes the largest message for a consumer that does not say what it takes. gRPC's
   *     clients take 4 MiB unless told otherwise; a source may set a smaller bound
   * @param skipOversized whether a larger message is passed over, with a line in the log; if not,
   *     the consumer's stream ends with an error
   */
  public record Limits(int consumers, long messageBytes, boolean skipOversized) {
    /** A thousand consumers, 64 MiB, and an error for what is larger. */
    public static final Limits DEFAULT = new Limits(1000, 64 << 20, false);

    public Limits {
      if (consumers < 1 || messageBytes < 1) {
        throw new IllegalArgumentException(
            "%d consumers, messages of %d bytes: both must be at least 1"
                .formatted(consumers, messageBytes));
      }
    }
  }

  /** Plain text on two addresses, for everyone, with the defaults. */
  public static GatewayOptions plain(
      InetSocketAddress gateway,
      InetSocketAddress controller,
      Path directory,
      SourceResolver sources) {
    return new GatewayOptions(
        ListenOptions.plain(gateway),
        ListenOptions.plain(controller),
        Optional.empty(),
        directory,
        sources,
        DEFAULT_WAITS,
        Limits.DEFAULT);
  }
}
