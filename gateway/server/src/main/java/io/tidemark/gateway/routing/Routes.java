package io.tidemark.gateway.routing;

import io.tidemark.gateway.transport.Timer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The routes of a server, by URI. Thread-safe. */
public final class Routes {
  private final Map<String, Route> routes = new ConcurrentHashMap<>();
  private final Route.Options options;
  private final Timer timer;

  /** No route yet. */
  public Routes(Route.Options options, Timer timer) {
    this.options = options;
    this.timer = timer;
  }

  /**
   * The route of a URI.
   *
   * @param uri one that is configured: routes are kept
   */
  public Route of(String uri) {
    return routes.computeIfAbsent(uri, name -> new Route(name, options, timer));
  }

  /** Those that were asked for. */
  public Collection<Route> all() {
    return List.copyOf(routes.values());
  }
}
