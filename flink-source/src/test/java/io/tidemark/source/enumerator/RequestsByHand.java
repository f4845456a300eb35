package io.tidemark.source.enumerator;

import io.tidemark.source.DumpRequests;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks for what a test says, and keeps what is told. */
final class RequestsByHand implements DumpRequests {
  private static final long serialVersionUID = 1L;

  transient Listener listener;
  transient List<Held> held;
  transient int opened;
  transient int closed;
  final transient List<String> progress = new ArrayList<>();
  final transient List<Long> read = new ArrayList<>();
  final transient Map<Long, String> failed = new LinkedHashMap<>();

  @Override
  public Session open(Listener to, List<Held> stillHeld) {
    listener = to;
    held = stillHeld;
    opened++;
    return new Session() {
      @Override
      public void progress(long request, int read, int parts) {
        progress.add("%d: %d of %d".formatted(request, read, parts));
      }

      @Override
      public void read(long request) {
        read.add(request);
      }

      @Override
      public void failed(long request, String reason) {
        failed.put(request, reason);
      }

      @Override
      public void close() {
        closed++;
      }
    };
  }
}
