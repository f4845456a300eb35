package io.tidemark.cli.quickstart;

import io.tidemark.cli.local.StopSignal;
import java.io.PrintStream;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * A demo database under random writes, captured, and compared at the end:
 *
 * <ol>
 *   <li>start the servers and load the rows
 *   <li>write at random, and meanwhile capture, with dump and stream
 *   <li>when the time is over, stop writing, and let the capture come to the end
 *   <li>compare what the consumer holds with the primary
 * </ol>
 */
public final class Quickstart {
  private final QuickstartOptions options;
  private final PrintStream out;
  private final StopSignal stop;

  /**
   * @param out what it shows goes there
   * @param stop ends the writing early
   */
  public Quickstart(QuickstartOptions options, PrintStream out, StopSignal stop) {
    this.options = options;
    this.out = out;
    this.stop = stop;
  }

  /** Runs to the end; whether the consumer's state was proven equal. */
  public boolean run() throws Exception {
    out.printf(
        "PostgreSQL %d, a primary and %d standby(s); %d transactions a second; seed %d%n",
        options.postgres(), options.replicas(), options.rate(), options.seed());
    try (DemoDatabase database = DemoDatabase.start(options.postgres(), options.replicas())) {
      DemoSchema schema = DemoSchema.ofRows(options.rows());
      long start = System.nanoTime();
      database.load(schema);
      out.printf(
          Locale.ROOT,
          "loaded %,d rows in %.1f s%n",
          options.rows(),
          (System.nanoTime() - start) / 1e9);
      Workload workload = new Workload(database::connect, schema, options.rate(), steps());
      workload.start(options.seed());
      try {
        return verify(database, capture(database, workload));
      } finally {
        workload.stop();
      }
    }
  }

  /** With several lanes each has some of the keys: a table cannot get another key. */
  private Set<DdlWriter.Step> steps() {
    Set<DdlWriter.Step> steps = EnumSet.allOf(DdlWriter.Step.class);
    if (options.lanes() > 1) {
      steps.remove(DdlWriter.Step.CHANGE_KEY);
    }
    return steps;
  }

  /** What a consumer holds at the end of the capture, and what happened until then. */
  private record Outcome(HeldState held, Counters counters) {}

  private Outcome capture(DemoDatabase database, Workload workload) throws Exception {
    try (DemoCapture capture = DemoCapture.start(database, options.lanes())) {
      out.println("Flink's web UI: " + capture.webUi());
      capture
          .gateway()
          .ifPresent(
              gateway ->
                  out.printf(
                      "gateway: %s; './tidemark consume --uri %s --gateway %1$s' shows its stream%n",
                      gateway.address(), DemoGateway.URI));
      DemoRun run = new DemoRun(database, workload, capture, out);
      run.write(options.duration(), stop);
      workload.stop();
      out.println("writing has stopped; the capture comes to the end ...");
      run.drain();
      return new Outcome(
          capture.held(), Counters.of(capture.held(), capture.gateway().isPresent()));
    }
  }

  private boolean verify(DemoDatabase database, Outcome outcome) throws Exception {
    Verdict all = Verdict.NONE;
    try (var connection = database.connect()) {
      var verdicts = new Verification(connection, outcome.held()).compare(database.published());
      for (var table : verdicts.entrySet()) {
        all = all.plus(table.getValue());
        if (!table.getValue().isEqual()) {
          out.println("  " + table.getKey() + " " + table.getValue());
        }
      }
    }
    out.println(outcome.counters());
    boolean worked = outcome.counters().allPositive();
    if (!worked) {
      out.println("a counter is 0: the run was too short, or too small, to prove anything");
    }
    long untold = outcome.held().untold();
    if (untold > 0) {
      out.printf("%d rows came under columns that the consumer had not been told%n", untold);
    }
    out.println(all);
    out.flush();
    return all.isEqual() && worked && untold == 0;
  }
}
