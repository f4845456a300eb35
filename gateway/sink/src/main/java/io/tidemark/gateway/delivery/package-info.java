/** Which consumer of a URI gets which message, and when: order, acknowledgement, delivery again. */
package io.tidemark.gateway.delivery;
