package io.tidemark.gateway.server;

import java.util.concurrent.atomic.LongAdder;

/** Counts what a server does, for whoever watches it. */
final class ServerMetrics {
  final LongAdder messages = new LongAdder();
  final LongAdder messageBytes = new LongAdder();
  final LongAdder answers = new LongAdder();
  final LongAdder requeues = new LongAdder();
  final LongAdder skipped = new LongAdder();
  final LongAdder failedStreams = new LongAdder();
  private final ConsumerStreams consumers;
  private final Uris uris;

  ServerMetrics(ConsumerStreams consumers, Uris uris) {
    this.consumers = consumers;
    this.uris = uris;
  }

  /** All of it, in Prometheus's text format. */
  String exposition() {
    StringBuilder text = new StringBuilder();
    long published =
        uris.routes().all().stream().filter(route -> route.publisher() != null).count();
    put(text, "consumers", "gauge", "Consumers that are connected.", consumers.size());
    put(text, "published_uris", "gauge", "URIs that a job publishes now.", published);
    put(text, "messages_total", "counter", "Messages sent to consumers.", messages.sum());
    put(text, "message_bytes_total", "counter", "Bytes of these.", messageBytes.sum());
    put(text, "answers_total", "counter", "Answers of consumers.", answers.sum());
    put(text, "requeues_total", "counter", "Of these, negative ones.", requeues.sum());
    put(text, "skipped_total", "counter", "Messages too large for a consumer.", skipped.sum());
    put(
        text,
        "failed_streams_total",
        "counter",
        "Consumers' streams that ended with an error.",
        failedStreams.sum());
    return text.toString();
  }

  private static void put(StringBuilder text, String name, String type, String help, long value) {
    String full = "tidemark_gateway_" + name;
    text.append(
        "# HELP %s %s\n# TYPE %s %s\n%s %d\n".formatted(full, help, full, type, full, value));
  }
}
