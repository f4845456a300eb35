package io.tidemark.gateway.settings;

/** The usual ports of a gateway, where pgcapture's clients look for them. */
public final class GatewayPorts {
  private GatewayPorts() {}

  /** Of consumers and jobs. */
  public static final int GATEWAY = 10_001;

  /** Of dumps on demand. */
  public static final int CONTROLLER = 10_000;
}
