/**
 * Reads chunks: one COPY of a page range or of a list of keys, in one snapshot, from one server,
 * with the LSN up to which the snapshot may see.
 */
package io.tidemark.dump.chunk;
