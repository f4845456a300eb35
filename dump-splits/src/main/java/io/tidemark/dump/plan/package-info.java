/**
 * What is to be dumped: the physical tables behind published ones, read from the catalog, and their
 * pages cut into ranges.
 */
package io.tidemark.dump.plan;
