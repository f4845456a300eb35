package io.tidemark.gateway.schedule;

/**
 * A range on a schedule.
 *
 * @param id the store's number for it: larger than the number of any range that was scheduled
 *     before
 * @param request by which a job was asked for it last; 0 if none has it
 * @param stopped whether its schedule was stopped while it was being read: it comes back no more
 */
record ScheduledRange(long id, DumpRange range, long request, boolean stopped) {}
