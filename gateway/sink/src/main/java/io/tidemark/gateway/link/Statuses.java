package io.tidemark.gateway.link;

import io.grpc.Status;

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

  static String describe(Status status) {
    String description = status.getDescription();
    Throwable cause = status.getCause();
    return status.getCode()
        + (description == null ? "" : ", " + description)
        + (cause == null || cause.getMessage() == null ? "" : " (" + cause.getMessage() + ")");
  }
}
