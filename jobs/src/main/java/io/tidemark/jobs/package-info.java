/** Jobs on the in-process Flink that the command line runs. */
package io.tidemark.jobs;
