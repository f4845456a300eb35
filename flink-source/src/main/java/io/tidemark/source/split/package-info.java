/** The splits of the source and how they are written down. */
package io.tidemark.source.split;
