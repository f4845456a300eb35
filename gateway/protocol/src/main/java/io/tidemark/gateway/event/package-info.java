/** What our own protocol carries: a table's columns, once a stream, as messages and back. */
package io.tidemark.gateway.event;
