/** The gateway's ports: who may call, over what, and the services behind them. */
package io.tidemark.gateway.server;
