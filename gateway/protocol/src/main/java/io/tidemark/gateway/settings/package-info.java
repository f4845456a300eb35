/** What a gateway and the jobs that publish to it are set up with alike. */
package io.tidemark.gateway.settings;
