/** What a capture emits: {@link io.tidemark.source.change.Change} and its kinds. */
package io.tidemark.source.change;
