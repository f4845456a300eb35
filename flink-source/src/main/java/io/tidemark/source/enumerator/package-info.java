/** The JobManager's side: sets up, plans dumps, hands out splits, relays marks. */
package io.tidemark.source.enumerator;
