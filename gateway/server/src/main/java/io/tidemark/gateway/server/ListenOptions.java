package io.tidemark.gateway.server;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * How a port is opened.
 *
 * @param address port 0 for any free one
 * @param tls empty for none: then everything, tokens included, can be read on the way
 * @param access who may use which URI
 * @param limits what clients may ask of it
 */
public record ListenOptions(
    InetSocketAddress address, Optional<TlsOptions> tls, Access access, Limits limits) {
  /**
   * What the clients of a port may ask of it.
   *
   * @param connections the largest number of connections at a time
   * @param callsPerSecond the largest number of calls that one connection may begin in a second
   * @param messageBytes the largest message that is taken from a client
   */
  public record Limits(int connections, int callsPerSecond, int messageBytes) {
    /** 2,000 connections with 100 calls a second, and gRPC's own 4 MiB. */
    public static final Limits DEFAULT = new Limits(2000, 100, 4 << 20);

    public Limits {
      if (connections < 1 || callsPerSecond < 1 || messageBytes < 1) {
        throw new IllegalArgumentException(
            "%d connections, %d calls a second, messages of %d bytes: each must be at least 1"
                .formatted(connections, callsPerSecond, messageBytes));
      }
    }
  }

  /** Plain text on an address, for everyone, with the default limits. */
  public static ListenOptions plain(InetSocketAddress address) {
    return new ListenOptions(address, Optional.empty(), Access.open(), Limits.DEFAULT);
  }
}
