/** How to reach a server: its URL, its role, where its password comes from. */
package io.tidemark.postgres.connection;
