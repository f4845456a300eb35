package io.tidemark.gateway.server;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * Which caller may use which URI. A caller shows a bearer token, in the header {@code
 * authorization}; if no tokens are configured, everyone may use every URI. Tokens are kept as their
 * hashes.
 */
public final class Access implements ServerInterceptor {
  /** In a token's URIs: all of them. */
  public static final String ALL = "*";

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final String SCHEME = "Bearer ";
  private static final Context.Key<Grant> GRANT = Context.key("tidemark-grant");
  private static final Grant EVERYTHING = new Grant(Set.of(ALL), true);

  private final Map<String, Grant> grantsByHash;

  private Access(Map<String, Grant> grantsByHash) {
    this.grantsByHash = grantsByHash;
  }

  /**
   * What a token permits.
   *
   * @param uris that may be consumed and dumped; {@link #ALL} among them stands for every URI
   * @param publishes whether they may be published, too, as a capture job does
   */
  public record Grant(Set<String> uris, boolean publishes) {
    public Grant {
      uris = Set.copyOf(uris);
    }

    boolean permits(String uri) {
      return uris.contains(ALL) || uris.contains(uri);
    }
  }

  /** Everyone may use everything. */
  public static Access open() {
    return new Access(Map.of());
  }

  /**
   * Only who has a token may call.
   *
   * @param tokens what each permits
   */
  public static Access tokens(Map<String, Grant> tokens) {
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("no tokens: nobody could call");
    }
    Map<String, Grant> hashed = new HashMap<>();
    tokens.forEach(
        (token, grant) -> {
          if (token.isBlank()) {
            throw new IllegalArgumentException("an empty token for " + grant.uris());
          }
          hashed.put(hash(token), grant);
        });
    return new Access(hashed);
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Grant grant = grantsByHash.isEmpty() ? EVERYTHING : grant(headers.get(AUTHORIZATION));
    if (grant == null) {
      call.close(
          Status.UNAUTHENTICATED.withDescription(
              "a known token is needed, in the header 'authorization: Bearer <token>'"),
          new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(Context.current().withValue(GRANT, grant), call, headers, next);
  }

  private Grant grant(String authorization) {
    return authorization == null || !authorization.startsWith(SCHEME)
        ? null
        : grantsByHash.get(hash(authorization.substring(SCHEME.length()).strip()));
  }

  /**
   * Checks that the caller of the running call may use this URI.
   *
   * @throws StatusException if not
   */
  static void require(String uri) throws StatusException {
    Grant grant = GRANT.get();
    if (grant == null || !grant.permits(uri)) {
      throw denied("the token does not permit the uri '" + Printable.line(uri) + "'");
    }
  }

  /**
   * Checks that the caller of the running call may publish this URI.
   *
   * @throws StatusException if not
   */
  static void requirePublish(String uri) throws StatusException {
    require(uri);
    if (!GRANT.get().publishes()) {
      throw denied("the token permits to consume '" + Printable.line(uri) + "', not to publish it");
    }
  }

  private static StatusException denied(String why) {
    return Status.PERMISSION_DENIED.withDescription(why).asException();
  }

  private static String hash(String token) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
