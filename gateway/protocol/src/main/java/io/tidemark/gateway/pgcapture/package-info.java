/** The merged stream as pgcapture's clients consume it. */
package io.tidemark.gateway.pgcapture;
