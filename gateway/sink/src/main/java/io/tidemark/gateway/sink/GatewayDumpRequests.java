package io.tidemark.gateway.sink;

import io.tidemark.gateway.link.GatewayEndpoint;
import io.tidemark.gateway.link.SteerLink;
import io.tidemark.gateway.wire.RangeWanted;
import io.tidemark.postgres.KeyTexts;
import io.tidemark.postgres.RowSelection;
import io.tidemark.postgres.TableName;
import io.tidemark.source.DumpRequest;
import io.tidemark.source.DumpRequests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Lets the controller of a gateway ask for dumps, and lets the gateway's sink pause the source
 * while consumers are behind.
 *
 * @param gateway where the server is
 * @param uri that the capture is published as
 */
public record GatewayDumpRequests(GatewayEndpoint gateway, String uri) implements DumpRequests {
  @Override
  public Session open(Listener listener, List<Held> held) {
    Set<Long> known = new LinkedHashSet<>();
    held.forEach(each -> known.add(each.request()));
    SteerLink link;
    try {
      link = new SteerLink(gateway, uri, known, new Words(listener));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot connect to the gateway %s: %s".formatted(gateway, e.getMessage()), e);
    }
    return new Session() {
      @Override
      public void progress(long request, int read, int parts) {
        link.progress(request, read, parts);
      }

      /**
       * Nothing: the sink takes the end of each range from the stream, behind the range's rows, and
       * tells the gateway when all of them are acknowledged. That all parts of it were read was
       * told as progress.
       */
      @Override
      public void read(long request) {}

      @Override
      public void failed(long request, String reason) {
        link.failed(request, reason);
      }

      @Override
      public void close() {
        link.close();
      }
    };
  }

  private record Words(Listener listener) implements SteerLink.Listener {
    @Override
    public void wanted(RangeWanted range) {
      TableName table = new TableName(range.getSchema(), range.getTable());
      listener.requested(new DumpRequest(range.getRequest(), table, rows(range)));
    }

    /**
     * @throws IllegalArgumentException if they are none; the link tells the server
     */
    private static RowSelection rows(RangeWanted range) {
      if (!range.getUnknownFields().asMap().isEmpty()) {
        throw new IllegalArgumentException(
            "the gateway asks for rows in a way that this job's release does not know (fields %s);"
                    .formatted(range.getUnknownFields().asMap().keySet())
                + " upgrade the job");
      }
      if (range.getKeysCount() == 0) {
        return new RowSelection.Pages(
            Integer.toUnsignedLong(range.getFirst()), Integer.toUnsignedLong(range.getLast()));
      }
      List<List<String>> keys =
          range.getKeysList().stream().map(key -> List.copyOf(key.getValuesList())).toList();
      return new RowSelection.Keys(new KeyTexts(keys));
    }

    @Override
    public void closed(long request) {
      listener.closed(request);
    }

    @Override
    public void paused(boolean paused) {
      listener.paused(paused);
    }

    @Override
    public void refused(Throwable why) {
      listener.failed(why);
    }
  }
}
