/**
 * The quickstart: a demo database under random writes, captured by a job, and the proof that the
 * consumer of the job ends with what the database holds.
 */
package io.tidemark.cli.quickstart;
