/**
 * PostgreSQL's vocabulary as values: LSNs, tables and their columns, tuples in binary form, keys.
 *
 * <p>{@code change} has what a capture emits, {@code types} and {@code row} decode values, {@code
 * pgoutput} decodes the stream; these need nothing but Jackson's core. {@code connection}, {@code
 * catalog}, {@code setup} and {@code stream} talk to servers, and need pgjdbc on the class path.
 */
package io.tidemark.postgres;
