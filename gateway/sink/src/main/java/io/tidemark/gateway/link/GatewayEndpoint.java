package io.tidemark.gateway.link;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tidemark.gateway.transport.ClientSecurity;
import io.tidemark.postgres.connection.Password;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Where a gateway is, and how a job connects to it. Files and the token are read on the machine
 * that connects.
 *
 * @param host name or address
 * @param port of consumers and jobs
 * @param tls whether it speaks TLS
 * @param authority PEM file of the authority that signed the server's certificate; empty for the
 *     authorities that Java trusts
 * @param certificate PEM file of the job's own certificate, where the server asks for one; else
 *     empty
 * @param key PEM file of that certificate's key; else empty
 * @param token that permits to publish; {@link Password#NONE} where none is asked for
 * @param keepAliveTimeout how long the gateway may take to answer a sign of life, of which there is
 *     one every 10 s while nothing else comes: then the connection is taken as lost
 */
public record GatewayEndpoint(
    String host,
    int port,
    boolean tls,
    String authority,
    String certificate,
    String key,
    Password token,
    Duration keepAliveTimeout)
    implements Serializable {
  private static final long KEEP_ALIVE_SECONDS = 10;

  /** What also a machine keeps that is busy with something else. */
  public static final Duration DEFAULT_KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(30);

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  public GatewayEndpoint {
    Objects.requireNonNull(token, "token");
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          "the gateway's address '%s:%d': give a host and a port from 1 to 65535"
              .formatted(host, port));
    }
    if (keepAliveTimeout.isNegative() || keepAliveTimeout.isZero()) {
      throw new IllegalArgumentException(
          "a keep-alive timeout of %d ms: give at least 1 ms"
              .formatted(keepAliveTimeout.toMillis()));
    }
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new IllegalArgumentException(
          "a certificate needs its key: give both files or neither, not '%s' and '%s'"
              .formatted(certificate, key));
    }
    if (!tls && !(authority.isEmpty() && certificate.isEmpty())) {
      throw new IllegalArgumentException("certificates are given, but TLS is off");
    }
  }

  /** In plain text, without a token. */
  public static GatewayEndpoint plain(String host, int port) {
    return new GatewayEndpoint(
        host, port, false, "", "", "", Password.NONE, DEFAULT_KEEP_ALIVE_TIMEOUT);
  }

  /**
   * A channel, which connects when it is used.
   *
   * @throws IOException if a file cannot be read, or the token would go unencrypted to another
   *     machine
   */
  public ManagedChannel connect() throws IOException {
    if (!tls && !token.equals(Password.NONE) && !ClientSecurity.isThisHost(host)) {
      throw new IOException(
          "the token would go unencrypted to %s: use TLS, or a gateway that asks for no token"
              .formatted(this));
    }
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(host, port)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(keepAliveTimeout.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveWithoutCalls(false)
            // The links' callbacks wait for nothing but the outbox's lock.
            .directExecutor()
            .disableRetry();
    if (tls) {
      builder.sslContext(ClientSecurity.tls(path(authority), path(certificate), path(key)));
    } else {
      builder.usePlaintext();
    }
    return builder.build();
  }

  private static Path path(String file) {
    return file.isEmpty() ? null : Path.of(file);
  }

  /** Shows the token, as it is when the call is made; null if there is none. */
  public CallCredentials credentials() {
    return token.equals(Password.NONE) ? null : new Bearer(token);
  }

  private static final class Bearer extends CallCredentials {
    private final Password token;

    Bearer(Password token) {
      this.token = token;
    }

    @Override
    public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
      executor.execute(
          () -> {
            try {
              Metadata headers = new Metadata();
              headers.put(AUTHORIZATION, "Bearer " + token.read());
              applier.apply(headers);
            } catch (IOException e) {
              applier.fail(Status.UNAUTHENTICATED.withDescription(e.getMessage()).withCause(e));
            }
          });
    }
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
