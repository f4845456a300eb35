package io.tidemark.gateway.server;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * How a port is opened.
 *
 * @param address port 0 for any free one
 * @param tls empty for none: then everything, tokens included, can be read on the way
 * @param access who may use which URI
 * @param maxMessageBytes the largest message that is taken from a client
 */
public record ListenOptions(
    InetSocketAddress address, Optional<TlsOptions> tls, Access access, int maxMessageBytes) {
  /** Plain text on an address, for everyone, with gRPC's own limit of messages. */
  public static ListenOptions plain(InetSocketAddress address) {
    return new ListenOptions(address, Optional.empty(), Access.open(), 4 << 20);
  }
}
