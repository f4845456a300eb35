package io.tidemark.benchmarks;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a benchmark measures: each line goes out at once, and is kept for a file. */
final class Results {
  private final PrintWriter out;
  private final List<Measurement> measurements = new ArrayList<>();
  private String postgres;

  Results(PrintWriter out) {
    this.out = out;
  }

  void add(Measurement measurement) {
    add(measurement, measurement.line());
  }

  /** Adds one that has a text of its own for people. */
  void add(Measurement measurement, String text) {
    keep(measurement);
    out.println(text);
    out.flush();
  }

  /** Adds one that people have seen already. */
  void keep(Measurement measurement) {
    measurements.add(measurement);
  }

  /** Notes the version of the server that it is measured on. */
  void ranOn(String postgresVersion) {
    postgres = postgresVersion;
  }

  /** The server's version; empty if there was none. */
  Optional<String> postgres() {
    return Optional.ofNullable(postgres);
  }

  List<Measurement> measurements() {
    return List.copyOf(measurements);
  }
}
