package io.tidemark.cli;

import io.tidemark.gateway.client.ChangeConsumerBuilder;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.jobs.Failure;
import io.tidemark.postgres.connection.Password;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How to reach a gateway. */
final class GatewayConnection {
  private static final String USUAL_VARIABLE = "TIDEMARK_TOKEN";

  @Option(names = "--uri", required = true, paramLabel = "URI", description = "The URI.")
  private String uri;

  @Option(names = "--tls", description = "Connect by TLS.")
  private boolean tls;

  @Option(
      names = "--tls-authority",
      paramLabel = "FILE",
      description = "The authority of the server's certificate, a PEM file.")
  private Path authority;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "A certificate of one's own, where the server asks for one.")
  private Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Its key.")
  private Path key;

  @ArgGroup private TokenSource token;

  static final class TokenSource {
    @Option(
        names = "--token-env",
        paramLabel = "VARIABLE",
        description = "The environment variable that holds the token; TIDEMARK_TOKEN by default.")
    private String variable;

    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description = "The file whose first line is the token.")
    private Path file;
  }

  String uri() {
    return uri;
  }

  /** For a call or two. */
  GatewayEndpoint endpoint(String address) {
    int colon = address.lastIndexOf(':');
    try {
      if (colon < 1) {
        throw new IllegalArgumentException("'" + address + "' is not HOST:PORT");
      }
      return new GatewayEndpoint(
          address.substring(0, colon),
          Integer.parseInt(address.substring(colon + 1)),
          tls || authority != null,
          text(authority),
          text(certificate),
          text(key),
          token());
    } catch (IllegalArgumentException e) {
      throw new Failure("cannot connect to a gateway at " + address + ": " + e.getMessage(), e);
    }
  }

  /** For a consumer. */
  void into(ChangeConsumerBuilder consumer, String address) throws IOException {
    if (certificate != null && (authority == null || key == null)) {
      throw new Failure(
          "--tls-certificate is given: give --tls-key and --tls-authority, too, with which a"
              + " consumer shows it");
    }
    consumer.target(address).uri(uri);
    String secret = token().read();
    if (!secret.isEmpty()) {
      consumer.token(secret);
    }
    if (certificate != null) {
      consumer.tls(authority, certificate, key);
    } else if (authority != null) {
      consumer.tls(authority);
    } else if (tls) {
      consumer.tls();
    }
  }

  private static String text(Path file) {
    return file == null ? "" : file.toString();
  }

  private Password token() {
    if (token == null) {
      return System.getenv(USUAL_VARIABLE) == null
          ? Password.NONE
          : Password.fromEnvironment(USUAL_VARIABLE);
    }
    return token.variable != null
        ? Password.fromEnvironment(token.variable)
        : Password.fromFile(token.file);
  }
}
