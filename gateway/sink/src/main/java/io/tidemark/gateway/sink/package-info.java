/** Publishes a capture to a gateway: the part of this module that runs in Flink. */
package io.tidemark.gateway.sink;
