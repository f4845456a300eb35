package io.tidemark.gateway.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A server's metrics for Prometheus, at {@code /metrics}. */
final class MetricsPort implements AutoCloseable {
  private static final int BACKLOG = 16;

  private final HttpServer server;

  private MetricsPort(HttpServer server) {
    this.server = server;
  }

  /**
   * Opens the port.
   *
   * @throws IOException if it cannot be opened
   */
  static MetricsPort open(InetSocketAddress address, ServerMetrics metrics) throws IOException {
    HttpServer server;
    try {
      server = HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      throw new IOException("cannot listen for metrics on " + address + ": " + e.getMessage(), e);
    }
    server.createContext("/metrics", exchange -> answer(exchange, metrics));
    server.start();
    return new MetricsPort(server);
  }

  private static void answer(HttpExchange exchange, ServerMetrics metrics) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      byte[] text = metrics.exposition().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
    }
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
