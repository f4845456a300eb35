package io.tidemark.gateway.transport;

import io.grpc.Status;

/** How a server that ends in order ends its streams: their clients are to come back to another. */
public final class Shutdown {
  public static final Status STATUS =
      Status.UNAVAILABLE.withDescription("the server is shutting down");

  private Shutdown() {}

  /** Whether a stream was ended so. */
  public static boolean is(Status end) {
    return end.getCode() == STATUS.getCode()
        && STATUS.getDescription().equals(end.getDescription());
  }
}
