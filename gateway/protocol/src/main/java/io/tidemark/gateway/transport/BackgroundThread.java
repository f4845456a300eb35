package io.tidemark.gateway.transport;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A daemon thread that runs tasks: those without a time in the order in which they come, the others
 * when their time has come. A task that fails is logged, and the thread goes on.
 */
public final class BackgroundThread implements Executor, Timer, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(BackgroundThread.class.getName());

  private final ScheduledThreadPoolExecutor executor;

  /** A thread of this name. */
  public BackgroundThread(String name) {
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Runs the task soon; does nothing once the thread is closed. */
  @Override
  public void execute(Runnable task) {
    after(0, task);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  /** Runs the task once; does nothing if the thread is closed by then. */
  @Override
  public void after(long nanos, Runnable task) {
    try {
      Future<?> unused = executor.schedule(logging(task), nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(DEBUG, "A task comes after the end of its thread", e);
    }
  }

  /** Runs the task again and again, with this time between. */
  public void every(Duration time, Runnable task) {
    Future<?> unused =
        executor.scheduleWithFixedDelay(
            logging(task), time.toNanos(), time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static Runnable logging(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        LOG.log(ERROR, "A task in the background failed", e);
      }
    };
  }

  /** Waits for the task that runs, and runs no other; those that came by {@link #execute} first. */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
