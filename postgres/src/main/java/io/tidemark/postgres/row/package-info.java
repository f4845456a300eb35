/** Rows of changes: their columns by name and type, and their JSON. */
package io.tidemark.postgres.row;
