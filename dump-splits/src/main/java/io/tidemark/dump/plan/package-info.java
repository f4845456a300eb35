/** What is to be dumped: the pages of tables, cut into ranges. */
package io.tidemark.dump.plan;
