package io.tidemark.gateway.server;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;

/** Ends streams. */
final class Responses {
  private Responses() {}

  /** Tells the client how its stream ends; nothing may be sent on it afterwards. */
  static void end(StreamObserver<?> response, Status status) {
    if (status.isOk()) {
      response.onCompleted();
    } else {
      response.onError(status.asException());
    }
  }
}
