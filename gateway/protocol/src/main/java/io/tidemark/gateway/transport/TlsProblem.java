package io.tidemark.gateway.transport;

import io.grpc.Status;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * What a connection that failed says of TLS: that one side speaks it and the other does not, or
 * that a certificate is not trusted.
 *
 * @param todo what to do about it
 * @param certain whether to try again is in vain; else the other side may just have gone away
 */
public record TlsProblem(String todo, boolean certain) {
  /** Of an exception of Netty's that lies in another package where Netty is shaded. */
  private static final String PLAINTEXT_ANSWER = "NotSslRecordException";

  /** What gRPC makes of a server that closes a connection on which it has said nothing. */
  private static final String CLOSED_UNSAID = "Network closed for unknown reason";

  private static final int LONGEST_CHAIN = 20;

  /** What a stream's or a call's end says of TLS; empty if nothing. */
  public static Optional<TlsProblem> of(Status status) {
    if (status.getCode() != Status.Code.UNAVAILABLE) {
      return Optional.empty();
    }
    if (causes(status).anyMatch(t -> t.getClass().getSimpleName().equals(PLAINTEXT_ANSWER))) {
      return Optional.of(
          new TlsProblem(
              "there is no TLS at that port: connect without it, or give the port that has it",
              true));
    }
    if (causes(status)
        .anyMatch(
            t -> t instanceof CertificateException || t instanceof CertPathBuilderException)) {
      // It may be renewed while one waits.
      return perhaps(
          "the gateway's certificate is not trusted, or not for that host: give the file of the"
              + " authority that signed it, and the host as the certificate names it");
    }
    if (causes(status).anyMatch(SSLException.class::isInstance)) {
      return perhaps("the gateway may ask for a certificate of the client's own, of its authority");
    }
    return status.getDescription() != null && status.getDescription().startsWith(CLOSED_UNSAID)
        ? perhaps("if the gateway speaks TLS at that port, connect by TLS")
        : Optional.empty();
  }

  /** A status in a line: its description without what gRPC says of its pipeline. */
  public static String line(Status status) {
    String description = status.getDescription();
    return status.getCode()
        + (description == null ? "" : ": " + description.lines().findFirst().orElse(""));
  }

  /** A status in a line, and what to do if it is about TLS. */
  public static String describe(Status status) {
    return line(status) + of(status).map(problem -> "; " + problem.todo()).orElse("");
  }

  private static Optional<TlsProblem> perhaps(String todo) {
    return Optional.of(new TlsProblem(todo, false));
  }

  private static Stream<Throwable> causes(Status status) {
    return Stream.iterate(status.getCause(), t -> t != null, Throwable::getCause)
        .limit(LONGEST_CHAIN);
  }
}
