package io.tidemark.source.reader;

import io.tidemark.source.lane.LaneRecord;

/** Where records for the lanes go. */
@FunctionalInterface
interface LaneOutput {
  void emit(LaneRecord laneRecord);
}
