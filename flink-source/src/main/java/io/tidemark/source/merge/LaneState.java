package io.tidemark.source.merge;

/**
 * That a checkpoint was taken with a lane of this number. A checkpoint has one for each lane, so a
 * restored job can tell whether its number of lanes is the former one. A lane has no other state.
 *
 * @param lane from 0
 */
record LaneState(int lane) {}
