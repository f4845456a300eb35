/**
 * What the catalog says of published tables: the physical tables behind them, their columns, their
 * key. Stream and dump both ask here, as they have to agree.
 */
package io.tidemark.postgres.catalog;
