/**
 * What must be there on the server before anything streams: slots, publications, privileges. Asked
 * for, checked and, where wanted, made.
 */
package io.tidemark.postgres.setup;
