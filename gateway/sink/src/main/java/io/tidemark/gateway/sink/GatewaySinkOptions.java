package io.tidemark.gateway.sink;

import io.tidemark.gateway.link.GatewayEndpoint;
import java.io.Serializable;

/**
 * What a capture is published as, and where.
 *
 * @param gateway where the server is
 * @param uri that consumers ask for
 * @param job names the capture among others that would publish the URI, and stays the same when it
 *     is submitted again: for example the slot and its database
 * @param buckets how many consumers can share the URI at most
 * @param fullBytes bytes of memory: when what consumers have not acknowledged takes more, the
 *     source pauses
 * @param maxMessageBytes the largest message for those of pgcapture's clients that do not say what
 *     they take, as long as the server does not set a smaller one
 */
public record GatewaySinkOptions(
    GatewayEndpoint gateway,
    String uri,
    String job,
    int buckets,
    long fullBytes,
    long maxMessageBytes)
    implements Serializable {
  public static final int DEFAULT_BUCKETS = 64;
  public static final long DEFAULT_FULL_BYTES = 16L << 20;
  public static final long DEFAULT_MAX_MESSAGE_BYTES = 64L << 20;

  /**
   * What may come between the sink's word that it is full and the pause of the source: seconds, if
   * the gateway falls silent, of what PostgreSQL can send.
   */
  private static final long OVERFLOW_BYTES = 256L << 20;

  /** No gRPC server takes a larger message unless told to. */
  private static final int DELIVERY_BYTES = 1 << 20;

  public GatewaySinkOptions {
    if (uri.isBlank() || job.isBlank()) {
      throw new IllegalArgumentException(
          "a gateway sink of uri '%s' for job '%s': both must be named".formatted(uri, job));
    }
    if (buckets < 1 || fullBytes < 1 || maxMessageBytes < 1) {
      throw new IllegalArgumentException(
          ("a gateway sink with %d delivery buckets that is full at %d bytes, and messages of %d"
                  + " bytes: give at least 1 of each")
              .formatted(buckets, fullBytes, maxMessageBytes));
    }
  }

  /** With the defaults. */
  public static GatewaySinkOptions of(GatewayEndpoint gateway, String uri, String job) {
    return new GatewaySinkOptions(
        gateway, uri, job, DEFAULT_BUCKETS, DEFAULT_FULL_BYTES, DEFAULT_MAX_MESSAGE_BYTES);
  }

  io.tidemark.gateway.outbox.Outbox.Options outbox() {
    return new io.tidemark.gateway.outbox.Outbox.Options(
        buckets, fullBytes, fullBytes + OVERFLOW_BYTES, DELIVERY_BYTES);
  }
}
