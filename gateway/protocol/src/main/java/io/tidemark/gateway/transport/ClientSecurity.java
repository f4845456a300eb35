package io.tidemark.gateway.transport;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** How clients of a gateway keep their secrets. */
public final class ClientSecurity {
  private static final Pattern THIS_HOST =
      Pattern.compile("localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[?::1]?");

  private ClientSecurity() {}

  /**
   * Whether what is sent there stays on this host, so that a token may go unencrypted. Names other
   * than {@code localhost} are not looked up, as what they stand for may change.
   *
   * @param host a name or an address, without a port
   */
  public static boolean isThisHost(String host) {
    return THIS_HOST.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }

  /**
   * TLS towards a gateway.
   *
   * @param authority PEM file of who vouches for the gateway; null for those that Java trusts
   * @param certificate the client's own, a PEM file; null for none
   * @param key of the certificate, a PEM file in PKCS#8
   * @throws IOException if the files cannot be used
   */
  public static SslContext tls(Path authority, Path certificate, Path key) throws IOException {
    try {
      SslContextBuilder builder = GrpcSslContexts.forClient();
      if (authority != null) {
        builder.trustManager(authority.toFile());
      }
      if (certificate != null) {
        builder.keyManager(certificate.toFile(), key.toFile());
      }
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException(
          "cannot use TLS with authority %s, certificate %s, key %s: %s"
              .formatted(authority, certificate, key, e.getMessage()),
          e);
    }
  }
}
