package io.tidemark.gateway.routing;

/** A consumer that is connected. Calls must not block. */
public interface Subscriber {
  /** Ends its stream: nobody has published the URI for too long. */
  void unavailable(String reason);
}
