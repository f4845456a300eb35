/** Dumps on demand: which page ranges are asked for, who reads which, and what is done. */
package io.tidemark.gateway.schedule;
