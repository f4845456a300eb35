/** Dumps on demand: which pages and keys are asked for, who reads which, and what is done. */
package io.tidemark.gateway.schedule;
