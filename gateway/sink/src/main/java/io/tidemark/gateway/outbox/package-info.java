/** What is published and not acknowledged yet, and what is told the server of it. */
package io.tidemark.gateway.outbox;
