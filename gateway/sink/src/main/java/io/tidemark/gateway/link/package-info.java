/** A capture job's connections to the gateway. */
package io.tidemark.gateway.link;
