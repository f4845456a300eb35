package io.tidemark.gateway.resolver;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Says what is captured for a URI. Further implementations are named in {@code META-INF/services}
 * (see {@link java.util.ServiceLoader}), need a public constructor without parameters, and are
 * called on any thread.
 */
public interface SourceResolver {
  /**
   * The configuration of a URI.
   *
   * @param uri as a client sent it: anything
   * @return the capture's options by key; empty if there is no such URI
   * @throws IOException if that cannot be found out now
   */
  Optional<Map<String, String>> resolve(String uri) throws IOException;
}
