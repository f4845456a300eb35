/** The job that publishes a capture to a gateway, and a gateway with such jobs in one process. */
package io.tidemark.jobs.gateway;
