package io.tidemark.gateway.routing;

import com.google.protobuf.ByteString;
import io.tidemark.gateway.wire.Attach;
import io.tidemark.gateway.wire.Refusal;

/** A consumer that is connected. Calls do not block, and come from any thread. */
public interface Subscriber {
  /** What it wants. */
  Attach wants(long flow);

  /** Its publisher from now on: what an earlier one delivered and is still here comes again. */
  void published(Publisher publisher, long flow);

  /** Events for it, in a {@link io.tidemark.gateway.wire.Batch}. */
  void deliver(Publisher from, ByteString batch);

  /** Its publisher is gone. */
  void abandoned();

  /** Ends its stream: the publisher does not go on with it. */
  void refused(Refusal refusal);

  /** Ends its stream: nobody has published the URI for too long. */
  void unavailable(String reason);
}
