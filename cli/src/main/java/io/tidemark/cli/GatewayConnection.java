package io.tidemark.cli;

import io.tidemark.gateway.client.ChangeConsumerBuilder;
import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.source.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** How to reach a gateway. */
final class GatewayConnection {
  private static final String USUAL_VARIABLE = "TIDEMARK_TOKEN";

  /** A host, or an IPv6 address in brackets; and perhaps a port. */
  private static final Pattern ADDRESS =
      Pattern.compile("([^:\\[\\]]+|\\[[^\\[\\]]+])(?::([1-9][0-9]{0,4}))?");

  private static final int MAX_PORT = 65_535;

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

  /** Where a gateway is. */
  private record Address(String host, int port) {}

  /**
   * For a call or two.
   *
   * @param option that gives the address
   * @param usualPort where the address has none
   * @throws SettingsException telling what is wrong
   */
  GatewayEndpoint endpoint(String option, String address, int usualPort) {
    Address parsed = parse(option, address, usualPort);
    try {
      return new GatewayEndpoint(
          parsed.host(),
          parsed.port(),
          tls || authority != null,
          text(authority),
          text(certificate),
          text(key),
          token(),
          GatewayEndpoint.DEFAULT_KEEP_ALIVE_TIMEOUT);
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  private static Address parse(String option, String address, int usualPort) {
    Matcher parts = ADDRESS.matcher(address);
    if (parts.matches()) {
      int port = parts.group(2) == null ? usualPort : Integer.parseInt(parts.group(2));
      if (port <= MAX_PORT) {
        return new Address(parts.group(1), port);
      }
    }
    throw wrong(
        "%s is '%s': give HOST:PORT, with a port from 1 to %d, or HOST alone for port %d"
            .formatted(option, address, MAX_PORT, usualPort));
  }

  private static SettingsException wrong(String problem) {
    return new SettingsException(
        "the connection to the gateway cannot be configured so", List.of(problem));
  }

  /**
   * For a consumer.
   *
   * @param option that gives the address
   * @param usualPort where the address has none
   * @throws SettingsException telling what is wrong
   */
  void into(ChangeConsumerBuilder consumer, String option, String address, int usualPort)
      throws IOException {
    Address parsed = parse(option, address, usualPort);
    if (certificate != null && (authority == null || key == null)) {
      throw wrong(
          "--tls-certificate is given: give --tls-key and --tls-authority, too, with which a"
              + " consumer shows it");
    }
    consumer.target(parsed.host() + ":" + parsed.port()).uri(uri);
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
