package io.tidemark.gateway.server;

import io.grpc.Status;
import io.grpc.StatusException;
import io.tidemark.gateway.resolver.SourceResolver;
import io.tidemark.gateway.routing.Route;
import io.tidemark.gateway.routing.Routes;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The URIs that callers may use: which there are, and the way to each. */
final class Uris {
  private static final Logger LOG = LoggerFactory.getLogger(Uris.class);

  private final SourceResolver sources;
  private final Routes routes;
  private final Executor lookups;

  /**
   * @param lookups asks the sources, which may take its time
   */
  Uris(SourceResolver sources, Routes routes, Executor lookups) {
    this.sources = sources;
    this.routes = routes;
    this.lookups = lookups;
  }

  /** What goes on with a URI that is allowed. */
  interface Next {
    void go() throws StatusException;
  }

  /**
   * Checks that the caller may use the URI, and goes on by another thread once it is known that
   * there is such a one: streams run on the connections' threads, which must not wait.
   *
   * @param publish whether it is to be published
   * @param refused hears why it does not go on
   */
  void whenAllowed(String uri, boolean publish, Next next, Consumer<Status> refused)
      throws StatusException {
    if (publish) {
      Access.requirePublish(uri);
    } else {
      Access.require(uri);
    }
    try {
      lookups.execute(
          () -> {
            try {
              requireConfigured(uri);
              next.go();
            } catch (StatusException e) {
              refused.accept(e.getStatus());
            } catch (RuntimeException e) {
              LOG.error("A stream cannot begin", e);
              refused.accept(Status.INTERNAL.withDescription("the server's log says why"));
            }
          });
    } catch (RejectedExecutionException e) {
      throw Status.UNAVAILABLE
          .withDescription("the server has too many sources to look up now")
          .withCause(e)
          .asException();
    }
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
