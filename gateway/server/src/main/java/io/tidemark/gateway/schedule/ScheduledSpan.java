package io.tidemark.gateway.schedule;

/**
 * A range on a schedule.
 *
 * @param id the store's: unlike any other's, in the order in which they were scheduled
 * @param request by which a job was asked for it last; 0 if none has it
 * @param stopped whether its schedule was stopped while it was being read: it comes back no more
 */
record ScheduledSpan(long id, DumpRange span, long request, boolean stopped) {}
