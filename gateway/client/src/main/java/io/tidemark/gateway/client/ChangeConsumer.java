package io.tidemark.gateway.client;

import static java.lang.System.Logger.Level.ERROR;

import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Consumes the merged stream of a URI: every committed change at least once, in order.
 *
 * <pre>{@code
 * try (ChangeConsumer consumer =
 *     ChangeConsumer.builder()
 *         .target("gateway:10001")
 *         .uri("shop")
 *         .on("public.orders", change -> orders.apply(change))
 *         .build()) {
 *   consumer.run();
 * }
 * }</pre>
 *
 * <p>An event is acknowledged when its handler returned, or the stage that it gave is complete, and
 * those of all events before. What is not acknowledged comes again: after a handler failed, after a
 * back-off; after the stream was lost, in the next one, which the consumer opens by itself; else
 * with the next consumer of the URI. So handlers may see an event twice, and must take that.
 *
 * <p>Handlers are called by one thread. Memory is bounded: by {@link
 * ChangeConsumerBuilder#bufferBytes} and one batch of {@link
 * ChangeConsumerBuilder#maxMessageBytes}.
 */
public final class ChangeConsumer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ChangeConsumer.class.getName());

  private final String name;
  private final Consumption consumption;
  private final BlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
  private final long start = System.nanoTime();
  private final AtomicBoolean used = new AtomicBoolean();
  private final CountDownLatch through = new CountDownLatch(1);
  private volatile Thread thread;

  ChangeConsumer(
      String name, FlowOptions options, EventStream.Connector connector, Dispatcher handlers) {
    this.name = name;
    this.consumption =
        new Consumption(
            name,
            options,
            new ConsumptionParts(
                connector, handlers, mailbox::add, this::now, new SplittableRandom()));
  }

  /** Begins to say what is to be consumed, and how. */
  public static ChangeConsumerBuilder builder() {
    return new ChangeConsumerBuilder();
  }

  /**
   * Consumes until {@link #close}, which makes it return, as does an interrupt of the thread. A
   * consumer runs once.
   *
   * @throws ConsumerException if trying again would not help; it says what to do
   */
  public void run() {
    if (!used.compareAndSet(false, true)) {
      throw new IllegalStateException("the consumer of " + name + " was run or closed before");
    }
    loop();
  }

  /**
   * Consumes on a thread of its own.
   *
   * @return completes when the consumer was closed, or fails with the {@link ConsumerException}
   */
  public CompletableFuture<Void> start() {
    if (!used.compareAndSet(false, true)) {
      throw new IllegalStateException("the consumer of " + name + " was run or closed before");
    }
    CompletableFuture<Void> end = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                loop();
                end.complete(null);
              } catch (Throwable e) {
                LOG.log(ERROR, () -> "%s: the consumer ended".formatted(name), e);
                end.completeExceptionally(e);
              }
            },
            "tidemark-consumer")
        .start();
    return end;
  }

  /**
   * Calls no more handlers, gives those that run some time, acknowledges what is dealt with and
   * ends the stream. Returns when that is done; within a handler it only begins it.
   */
  @Override
  public void close() {
    if (used.compareAndSet(false, true)) {
      through.countDown();
    }
    mailbox.add(consumption::close);
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      through.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    thread = Thread.currentThread();
    boolean interrupted = false;
    try {
      while (!consumption.isEnded()) {
        try {
          step(consumption.advance());
        } catch (InterruptedException e) {
          interrupted = true;
          consumption.close();
        }
      }
    } finally {
      consumption.abort();
      thread = null;
      through.countDown();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (consumption.fatal().isPresent()) {
      throw consumption.fatal().get();
    }
  }

  /** Waits for tasks until the time, and does those there are. */
  private void step(long until) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    long wait = until == Consumption.IDLE ? Long.MAX_VALUE : until - now();
    Runnable task = wait <= 0 ? mailbox.poll() : mailbox.poll(wait, TimeUnit.NANOSECONDS);
    while (task != null) {
      task.run();
      task = mailbox.poll();
    }
  }

  private long now() {
    return System.nanoTime() - start;
  }
}
