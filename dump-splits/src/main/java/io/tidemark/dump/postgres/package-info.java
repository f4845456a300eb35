/**
 * PostgreSQL's vocabulary as values: LSNs, tables and their columns, tuples in binary form, keys.
 */
package io.tidemark.dump.postgres;
