/** Captures PostgreSQL into Flink. */
package io.tidemark.source;
