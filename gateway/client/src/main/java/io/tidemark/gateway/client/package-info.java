/**
 * Consumes the merged stream of a URI in Java, without Flink: {@link
 * io.tidemark.gateway.client.ChangeConsumer} is where to begin.
 */
package io.tidemark.gateway.client;
