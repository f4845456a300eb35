package io.tidemark.gateway.server;

import io.grpc.Status;
import io.grpc.StatusException;
import io.tidemark.gateway.routing.Route;
import io.tidemark.gateway.routing.Routes;
import io.tidemark.gateway.source.SourceResolver;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The URIs that callers may use: which there are, and the way to each. */
final class Uris {
  private static final Logger LOG = LoggerFactory.getLogger(Uris.class);

  private final SourceResolver sources;
  private final Routes routes;

  Uris(SourceResolver sources, Routes routes) {
    this.sources = sources;
    this.routes = routes;
  }

  /**
   * Checks that the caller may consume the URI, and that there is such a one.
   *
   * @throws StatusException if not
   */
  void require(String uri) throws StatusException {
    Access.require(uri);
    requireConfigured(uri);
  }

  /**
   * Checks that the caller may publish the URI, and that there is such a one.
   *
   * @throws StatusException if not
   */
  void requirePublish(String uri) throws StatusException {
    Access.requirePublish(uri);
    requireConfigured(uri);
  }

  private void requireConfigured(String uri) throws StatusException {
    boolean found;
    try {
      found = sources.resolve(uri).isPresent();
    } catch (IOException e) {
      LOG.error("A source cannot be resolved", e);
      throw Status.UNAVAILABLE
          .withDescription("the source of '" + Printable.line(uri) + "' cannot be read now")
          .asException();
    }
    if (!found) {
      throw Status.NOT_FOUND
          .withDescription("requested uri not found: '" + Printable.line(uri) + "'")
          .asException();
    }
  }

  Route route(String uri) {
    return routes.of(uri);
  }

  Routes routes() {
    return routes;
  }
}
