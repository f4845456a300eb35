package io.tidemark.gateway.client;

import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.tidemark.gateway.transport.ClientSecurity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

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
    if (token != null && !tls && !tokenInPlaintext && !ClientSecurity.isThisHost(host(target))) {
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
      return Optional.of(ClientSecurity.tls(authority, certificate, key));
    } catch (IOException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** The host of a target, as in {@code dns:///gateway:10001}. */
  private static String host(String target) {
    return target.substring(target.lastIndexOf('/') + 1).replaceFirst(":\\d+$", "");
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "Security[" + (tls ? "TLS" : "plaintext") + (token == null ? "]" : ", token]");
  }
}
