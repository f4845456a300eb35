package io.tidemark.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Machine MACHINE =
      new Machine(2, 25_769_803_776L, "Linux 6.1 amd64", Optional.of("A \"fast\" one"));

  @Test
  void hasWhatTheResultDependsOnAndEachRunsFigures() throws IOException {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("runs", 2);
    options.put("scale", 0.5);
    options.put("jvm-option", List.of("-Xmx1g"));
    Comparison comparison = new Comparison("stream", "tidemark", "pg_recvlogical");
    comparison.ours(new Throughput(1_000, 1), 4.5);
    comparison.ours(new Throughput(1_500, 1), 5.5);
    comparison.peer(new Throughput(1_000, 1));
    Report report =
        new Report(
            new Invocation("tidemark benchmark stream", options),
            Instant.parse("2026-11-30T07:14:20.123Z"),
            "464a728-dirty",
            MACHINE,
            new Versions(
                "17.0.1+12", Optional.of("18.1"), Optional.of("2.2.0"), Optional.of("0.1")),
            List.of(comparison.measurement()));

    assertThat(json(report))
        .isEqualToIgnoringWhitespace(
            """
            {
              "command": {
                "name": "tidemark benchmark stream",
                "options": {"runs": 2, "scale": 0.5, "jvm-option": ["-Xmx1g"]}
              },
              "date": "2026-11-30T07:14:20Z",
              "commit": "464a728-dirty",
              "machine": {
                "cores": 2,
                "memoryBytes": 25769803776,
                "os": "Linux 6.1 amd64",
                "cpu": "A \\"fast\\" one"
              },
              "versions": {
                "java": "17.0.1+12", "postgres": "18.1", "flink": "2.2.0", "tidemark": "0.1"
              },
              "measurements": [{
                "name": "stream",
                "unit": "rows/s",
                "ours": {
                  "name": "tidemark", "unit": "rows/s", "value": 1250.0, "runs": [1000.0, 1500.0]
                },
                "reference": {
                  "name": "pg_recvlogical", "unit": "rows/s", "value": 1000.0, "runs": [1000.0]
                },
                "ratio": 1.25,
                "more": [{
                  "name": "CPU", "unit": "s per million rows", "value": 5.0, "runs": [4.5, 5.5]
                }],
                "note": null
              }]
            }
            """);
  }

  @Test
  void whatIsNotKnownIsNull() throws IOException {
    StreamRuns runs = new StreamRuns("stream of a backlog");
    runs.whileDumping(RowCounts.NONE);
    runs.without(new Throughput(1_000, 1));
    Report report =
        new Report(
            new Invocation("tidemark benchmark jmh", Map.of()),
            Instant.EPOCH,
            Checkout.UNKNOWN,
            new Machine(2, 1, "Mac OS X", Optional.empty()),
            new Versions("17", Optional.empty(), Optional.empty(), Optional.empty()),
            List.of(
                runs.measurement(),
                Measurement.alone("alone", Series.median("a", "ms", List.of(1.0)), List.of())));

    assertThat(json(report).replaceAll("\\s", ""))
        .contains("\"commit\":\"unknown\"")
        .contains("\"cpu\":null")
        .contains("\"postgres\":null,\"flink\":null,\"tidemark\":null")
        .contains("\"value\":null,\"runs\":[]")
        .contains("\"ratio\":null")
        .contains("\"note\":\"1of1runsleftout")
        .contains("\"reference\":null");
  }

  private static String json(Report report) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    report.writeTo(out);
    return out.toString(StandardCharsets.UTF_8);
  }
}
