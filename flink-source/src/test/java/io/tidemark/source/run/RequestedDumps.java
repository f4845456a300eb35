package io.tidemark.source.run;

import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks a capture in this JVM for dumps, in each of its sessions anew for what that does not hold,
 * and keeps what it is told. All that have one name are one.
 */
public final class RequestedDumps implements DumpRequests {
  private static final long serialVersionUID = 1L;
  private static final Map<String, Desk> DESKS = new ConcurrentHashMap<>();

  private final String name;

  /** What outlives the job's failures. */
  private static final class Desk {
    final Map<Long, DumpRequest> open = new LinkedHashMap<>();
    final List<List<Held>> sessions = new ArrayList<>();
    final Map<Long, Integer> read = new LinkedHashMap<>();
    final Map<Long, String> failed = new LinkedHashMap<>();
    boolean paused;
    Listener listener;
  }

  /**
   * One that asks for nothing yet.
   *
   * @param name the record's of the run
   */
  public RequestedDumps(String name) {
    this.name = name;
  }

  private Desk desk() {
    return DESKS.computeIfAbsent(name, key -> new Desk());
  }

  @Override
  public Session open(Listener listener, List<Held> held) {
    Desk desk = desk();
    synchronized (desk) {
      desk.listener = listener;
      desk.sessions.add(held);
      List<Long> ids = held.stream().map(Held::request).toList();
      desk.open.values().stream()
          .filter(request -> !ids.contains(request.request()))
          .forEach(listener::requested);
      listener.paused(desk.paused);
    }
    return new Told(desk);
  }

  private final class Told implements Session {
    private final Desk desk;

    Told(Desk desk) {
      this.desk = desk;
    }

    @Override
    public void read(long request) {
      synchronized (desk) {
        desk.read.put(request, RecordingSink.record(name).size());
      }
    }

    @Override
    public void failed(long request, String reason) {
      synchronized (desk) {
        desk.open.remove(request);
        desk.failed.put(request, reason);
      }
    }

    @Override
    public void close() {}
  }

  /** Asks, now or as soon as there is a session. */
  public void ask(DumpRequest request) {
    Desk desk = desk();
    synchronized (desk) {
      desk.open.put(request.request(), request);
      if (desk.listener != null) {
        desk.listener.requested(request);
      }
    }
  }

  /** Has the capture forget a request. */
  public void close(long request) {
    Desk desk = desk();
    synchronized (desk) {
      desk.open.remove(request);
      desk.listener.closed(request);
    }
  }

  public void pause(boolean paused) {
    Desk desk = desk();
    synchronized (desk) {
      desk.paused = paused;
      desk.listener.paused(paused);
    }
  }

  /** Fails the job. */
  public void fail(Throwable cause) {
    Desk desk = desk();
    synchronized (desk) {
      desk.listener.failed(cause);
    }
  }

  public boolean isOpen() {
    Desk desk = desk();
    synchronized (desk) {
      return desk.listener != null;
    }
  }

  /** The requests that were read, and how long the record was then. */
  public Map<Long, Integer> read() {
    Desk desk = desk();
    synchronized (desk) {
      return Map.copyOf(desk.read);
    }
  }

  /** The requests that came to nothing, and why. */
  public Map<Long, String> failed() {
    Desk desk = desk();
    synchronized (desk) {
      return Map.copyOf(desk.failed);
    }
  }

  /** What each session was told that the capture holds. */
  public List<List<Held>> sessions() {
    Desk desk = desk();
    synchronized (desk) {
      return List.copyOf(desk.sessions);
    }
  }
}
