package io.tidemark.gateway.link;

import com.google.protobuf.Message;
import io.grpc.Status;
import io.tidemark.gateway.transport.TlsProblem;
import java.util.stream.Collectors;

/** What a stream's end means for a job. */
final class Statuses {
  private Statuses() {}

  /** Whether to try again is in vain. */
  static boolean isFinal(Status status) {
    return switch (status.getCode()) {
      case INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          FAILED_PRECONDITION,
          ABORTED,
          UNIMPLEMENTED ->
          true;
      default -> false;
    };
  }

  /**
   * The end of a stream on which the server said what this job does not know, as a newer server
   * may. Final: it would say it again.
   */
  static Status notUnderstood(Message response) {
    String fields =
        response.getUnknownFields().asMap().keySet().stream()
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    return Status.UNIMPLEMENTED.withDescription(
        "the job does not understand a %s of the gateway (%s), which is of a newer version: update the job's jars to the gateway's version"
            .formatted(
                response.getDescriptorForType().getName(),
                fields.isEmpty() ? "nothing is set in it" : "field " + fields));
  }

  /** Without what gRPC says of its pipeline, and with what to do where it is about TLS. */
  static String describe(Status status) {
    Throwable cause = status.getCause();
    return TlsProblem.describe(status)
        + (cause == null || cause.getMessage() == null || TlsProblem.of(status).isPresent()
            ? ""
            : " (" + cause.getMessage() + ")");
  }
}
