package io.tidemark.gateway.routing;

/** A sink that is connected: what the server tells it. Calls must not block. */
public interface Publisher {
  /** Who it is. */
  Identity identity();

  /**
   * A consumer is there.
   *
   * @param flow the consumer's number, unlike any other's of this server's run
   */
  void attach(long flow, Subscriber subscriber);

  /** A consumer is gone: what it has not acknowledged is to be delivered again. */
  void detach(long flow);

  /** Ends the connection, as another one has taken its place. */
  void fence(String reason);

  /**
   * Names a publisher.
   *
   * @param job that of the sink: survives its restarts
   * @param epoch grows with every restart of the job
   */
  record Identity(String job, long epoch) {}
}
