package io.tidemark.source.enumerator;

import io.tidemark.dump.plan.PageRange;
import io.tidemark.postgres.catalog.PhysicalTable;
import java.util.List;

/**
 * A physical table and its page ranges.
 *
 * @param pages how many pages it had
 */
record PlannedTable(PhysicalTable table, List<PageRange> ranges, long pages) {}
