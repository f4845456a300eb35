/** The job that publishes a capture to a gateway, and the settings that describe one. */
package io.tidemark.jobs.gateway;
