/** What a capture emits: {@link io.tidemark.postgres.change.Change} and its kinds. */
package io.tidemark.postgres.change;
