package io.tidemark.source.split;

import org.apache.flink.api.connector.source.SourceSplit;

/** A unit of work of the source: the one unbounded stream, or a bounded piece of a dump. */
public sealed interface CaptureSplit extends SourceSplit permits StreamSplit, DumpSplit {}
