/** Which URIs there are, and what is captured for them. */
package io.tidemark.gateway.resolver;
