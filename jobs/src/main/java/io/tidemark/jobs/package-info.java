/** Job templates and their settings: what is submitted to a Flink cluster. */
package io.tidemark.jobs;
