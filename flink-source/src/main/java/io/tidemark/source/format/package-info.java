/** How changes, columns and the parts of states are written as bytes. Not API. */
package io.tidemark.source.format;
