package io.tidemark.gateway.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Starts gateways that know every URI, on free ports of this host, without metrics. */
public final class TestGateway {
  private TestGateway() {}

  /** A free port. */
  public static ListenOptions port(
      Optional<TlsOptions> tls, Access access, ListenOptions.Limits limits) {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return new ListenOptions(any, tls, access, limits);
  }

  /**
   * A gateway with the default limits of consumers.
   *
   * @param directory keeps the schedules
   */
  public static GatewayServer start(ListenOptions gateway, ListenOptions controller, Path directory)
      throws Exception {
    return GatewayServer.start(
        new GatewayOptions(
            gateway,
            controller,
            Optional.empty(),
            directory,
            uri -> Optional.of(Map.of()),
            GatewayOptions.DEFAULT_WAITS,
            GatewayOptions.Limits.DEFAULT));
  }
}
