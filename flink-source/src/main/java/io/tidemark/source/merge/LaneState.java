package io.tidemark.source.merge;

/**
 * That a checkpoint was taken with a lane of this number. How many there are tells whether a
 * restored job has as many lanes as before; a lane has no other state.
 *
 * @param lane from 0
 */
record LaneState(int lane) {}
