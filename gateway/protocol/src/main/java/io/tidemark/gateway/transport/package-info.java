/** What jobs and consumers have in common when they connect to a gateway. */
package io.tidemark.gateway.transport;
