/**
 * The merge of stream and dumps under watermarks: {@link io.tidemark.source.merge.LaneMerge} is the
 * protocol, pure; {@link io.tidemark.source.merge.MergeOperator} hosts it in Flink.
 */
package io.tidemark.source.merge;
