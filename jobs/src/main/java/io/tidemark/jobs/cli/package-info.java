/** The {@code tidemark} command line. */
package io.tidemark.jobs.cli;
