package io.tidemark.gateway.client;

import io.grpc.Status;
import io.tidemark.gateway.transport.TlsProblem;
import java.util.Optional;

/** What the end of a stream means: whether to try again, and if not, what to do. */
final class StreamEnd {
  private StreamEnd() {}

  /**
   * Why trying again would not help; empty if it may.
   *
   * @param served whether the server has sent something before: then it speaks as we do
   */
  static Optional<ConsumerException> fatal(String name, Status status, boolean served) {
    if (!served && TlsProblem.of(status).filter(TlsProblem::certain).isPresent()) {
      return Optional.of(
          new ConsumerException(
              "cannot consume %s: %s".formatted(name, describe(status)),
              status.asRuntimeException()));
    }
    String advice = advice(status);
    return advice == null
        ? Optional.empty()
        : Optional.of(
            new ConsumerException(
                "cannot consume %s: %s. %s".formatted(name, describe(status), advice),
                status.asRuntimeException()));
  }

  /** The status in a line. */
  static String line(Status status) {
    return status.isOk() ? "the server ended it" : TlsProblem.line(status);
  }

  /** The status in a line, and what to do if it is about TLS. */
  static String describe(Status status) {
    return status.isOk() ? line(status) : TlsProblem.describe(status);
  }

  private static String advice(Status status) {
    return switch (status.getCode()) {
      case OK, UNAVAILABLE, ABORTED, INTERNAL, UNKNOWN, DEADLINE_EXCEEDED -> null;
      case RESOURCE_EXHAUSTED ->
          isTooLarge(status)
              ? "A single event is larger than the consumer takes: raise maxMessageBytes"
              : null;
      case CANCELLED ->
          status.getCause() == null
              ? null
              : "What the server sent cannot be read: is it a Tidemark server of this version?";
      case INVALID_ARGUMENT -> "Check the uri and the regular expression of tables";
      case UNAUTHENTICATED -> "Give the consumer a token that the server knows";
      case PERMISSION_DENIED -> "Have the server permit the uri to the consumer's token";
      case NOT_FOUND -> "Check the uri, and that the server has a configuration for it";
      case OUT_OF_RANGE ->
          "If an event is larger than the consumer takes, raise maxMessageBytes; else look into"
              + " the server's log";
      case UNIMPLEMENTED -> "Check the port: the server has no stream of changes there";
      case FAILED_PRECONDITION, ALREADY_EXISTS, DATA_LOSS -> "Look into the server's log";
    };
  }

  /** gRPC has one code for this and for a server that asks for patience. */
  private static boolean isTooLarge(Status status) {
    return status.getDescription() != null
        && status.getDescription().contains("exceeds maximum size");
  }
}
