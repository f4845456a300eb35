package io.tidemark.gateway.schedule;

/**
 * A page range on a schedule.
 *
 * @param id the store's: unlike any other's, in the order in which they were scheduled
 */
record ScheduledSpan(long id, PageSpan span) {}
