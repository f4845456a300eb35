/** Who publishes a URI and who consumes it: the server's part between the two, without data. */
package io.tidemark.gateway.routing;
