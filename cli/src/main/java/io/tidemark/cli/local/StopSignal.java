package io.tidemark.cli.local;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends the process. A shutdown
 * hook would not do: by the time it runs, the exit status is fixed and other hooks run beside it.
 */
public final class StopSignal {
  private static final int ABORTED = 130;

  private final CountDownLatch requested = new CountDownLatch(1);

  private StopSignal() {}

  /** Takes the signals over, until the process ends. */
  public static StopSignal install() {
    StopSignal stop = new StopSignal();
    stop.handle("INT");
    stop.handle("TERM");
    return stop;
  }

  /** One that only {@link #request} gives. */
  public static StopSignal none() {
    return new StopSignal();
  }

  /** Asks for the end, as the first signal does. */
  public void request() {
    requested.countDown();
  }

  public boolean isRequested() {
    return requested.getCount() == 0;
  }

  /** Waits for the first signal, no longer than given; whether it came. */
  public boolean await(Duration timeout) throws InterruptedException {
    return requested.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void signalled() {
    if (isRequested()) {
      Runtime.getRuntime().halt(ABORTED);
    }
    request();
  }

  /**
   * By reflection: javac warns of {@code sun.misc} whatever one says, and Java has no other API.
   */
  private void handle(String name) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handling =
          Proxy.newProxyInstance(
              StopSignal.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  signalled();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot handle the signal " + name, e);
    }
  }
}
