package io.tidemark.gateway.routing;

import io.tidemark.gateway.wire.Answers;
import java.util.function.Consumer;

/**
 * A sink that is connected: what the server tells it. Calls do not block, and come from any thread.
 */
public interface Publisher {
  /** Who it is. */
  Identity identity();

  /** The largest message for consumers that do not say what they take; 0 if it sets no bound. */
  long maxMessageBytes();

  /**
   * A consumer is there. The subscriber is told before it gets anything of this publisher.
   *
   * @param flow the consumer's number, unlike any other's of this server's run
   */
  void attach(long flow, Subscriber subscriber);

  /** A consumer is gone: what it has not acknowledged is to be delivered again. */
  void detach(long flow);

  /** The consumer can take {@code bytes} more bytes than before. */
  void window(long flow, long bytes);

  /**
   * The consumer answers.
   *
   * @param answer adds to the answers that are told next
   */
  void answer(long flow, Consumer<Answers.Builder> answer);

  /** Nobody asks for a range any more. */
  void rangeClosed(long request);

  /** Ends the connection, as another one has taken its place. */
  void fence(String reason);

  /**
   * Names a publisher.
   *
   * @param job that of the sink: survives its restarts
   * @param epoch grows with every restart of the job
   * @param run of this attempt's sequences: random
   */
  record Identity(String job, long epoch, long run) {}
}
