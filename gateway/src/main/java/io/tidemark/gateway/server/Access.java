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
 * authorization}; with no tokens configured all may use all. Tokens are kept as their hashes.
 */
public final class Access implements ServerInterceptor {
  /** In a token's URIs: all of them. */
  public static final String ALL = "*";

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final String SCHEME = "Bearer ";
  private static final Context.Key<Set<String>> URIS = Context.key("tidemark-uris");

  private final Map<String, Set<String>> urisByHash;

  private Access(Map<String, Set<String>> urisByHash) {
    this.urisByHash = urisByHash;
  }

  /** Everyone may use everything. */
  public static Access open() {
    return new Access(Map.of());
  }

  /**
   * Only who has a token may call, and use the token's URIs.
   *
   * @param tokens the URIs by token; {@link #ALL} among them stands for every URI
   */
  public static Access tokens(Map<String, Set<String>> tokens) {
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("no tokens: nobody could call");
    }
    Map<String, Set<String>> hashed = new HashMap<>();
    tokens.forEach(
        (token, uris) -> {
          if (token.isBlank()) {
            throw new IllegalArgumentException("an empty token for " + uris);
          }
          hashed.put(hash(token), Set.copyOf(uris));
        });
    return new Access(hashed);
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Set<String> uris = urisByHash.isEmpty() ? Set.of(ALL) : uris(headers.get(AUTHORIZATION));
    if (uris == null) {
      call.close(
          Status.UNAUTHENTICATED.withDescription(
              "a known token is needed, in the header 'authorization: Bearer <token>'"),
          new Metadata());
      return new ServerCall.Listener<>() {};
    }
    return Contexts.interceptCall(Context.current().withValue(URIS, uris), call, headers, next);
  }

  private Set<String> uris(String authorization) {
    return authorization == null || !authorization.startsWith(SCHEME)
        ? null
        : urisByHash.get(hash(authorization.substring(SCHEME.length()).strip()));
  }

  /**
   * Checks that the caller of the running call may use this URI.
   *
   * @throws StatusException if not
   */
  static void require(String uri) throws StatusException {
    Set<String> uris = URIS.get();
    if (uris == null || !(uris.contains(ALL) || uris.contains(uri))) {
      throw Status.PERMISSION_DENIED
          .withDescription("the token does not permit the uri '" + uri + "'")
          .asException();
    }
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
