/** A job on a Flink inside this process: its state on disk, its metrics, its orderly end. */
package io.tidemark.cli.local;
