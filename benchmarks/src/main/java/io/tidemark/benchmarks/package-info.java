/**
 * Measures captures beside PostgreSQL's own tools, in one run and alternating, and parts of them
 * with JMH. What is measured, and how, is in {@code docs/benchmarks.md}.
 */
package io.tidemark.benchmarks;
