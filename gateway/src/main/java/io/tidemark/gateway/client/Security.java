package io.tidemark.gateway.client;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * How a consumer shows who it is, and knows who the server is.
 *
 * @param token gives the bearer token of each call, or null for none
 * @param tls whether to use TLS
 * @param authority PEM file of who vouches for the server; null for those the JDK knows
 * @param certificate the client's own, a PEM file; null for none
 * @param key of the certificate, a PEM file in PKCS#8
 * @param tokenInPlaintext whether the token may go over the network unencrypted
 */
record Security(
    Supplier<String> token,
    boolean tls,
    Path authority,
    Path certificate,
    Path key,
    boolean tokenInPlaintext) {
  static final Security NONE = new Security(null, false, null, null, null, false);

  Security withToken(Supplier<String> newToken) {
    return new Security(newToken, tls, authority, certificate, key, tokenInPlaintext);
  }

  Security withTokenInPlaintext() {
    return new Security(token, tls, authority, certificate, key, true);
  }

  Security withTls(Path newAuthority, Path newCertificate, Path newKey) {
    return new Security(token, true, newAuthority, newCertificate, newKey, tokenInPlaintext);
  }

  /**
   * Checks that the token stays secret on the way to the target.
   *
   * @throws IllegalStateException if not
   */
  void check(String target) {
    if (token != null && !tls && !tokenInPlaintext && !isLoopback(target)) {
      throw new IllegalStateException(
          ("the token would go to %s unencrypted: use tls(), or allowTokenInPlaintext() in a"
                  + " network that you trust")
              .formatted(target));
    }
  }

  /**
   * TLS as configured; empty for none.
   *
   * @throws IllegalStateException if the files cannot be used
   */
  Optional<SslContext> context() {
    if (!tls) {
      return Optional.empty();
    }
    try {
      SslContextBuilder builder = GrpcSslContexts.forClient();
      if (authority != null) {
        builder.trustManager(authority.toFile());
      }
      if (certificate != null) {
        builder.keyManager(certificate.toFile(), key.toFile());
      }
      return Optional.of(builder.build());
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "cannot use TLS with authority %s, certificate %s, key %s: %s"
              .formatted(authority, certificate, key, e.getMessage()),
          e);
    }
  }

  /** By what the target says: names are not looked up, as what they stand for may change. */
  private static boolean isLoopback(String target) {
    String host = target.substring(target.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    return host.matches("localhost(:\\d+)?|127\\.\\d+\\.\\d+\\.\\d+(:\\d+)?|\\[::1](:\\d+)?");
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "Security[" + (tls ? "TLS" : "plaintext") + (token == null ? "]" : ", token]");
  }
}
