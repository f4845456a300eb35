package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.delivery.Message.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Knows what was published and where it is, but nothing of buckets, windows and numbers. */
final class OutboxJudge {
  /** What was appended and not acknowledged, in order, by text. */
  private final Map<String, Entry> open = new LinkedHashMap<>();

  /** Who has it. */
  private final Map<String, SimulatedConsumer> holders = new HashMap<>();

  private final Set<String> acknowledged = new HashSet<>();

  void appended(String text, Entry entry) {
    open.put(text, entry);
  }

  void delivered(String text, SimulatedConsumer to) {
    Entry entry = open.get(text);
    assertThat(entry).as("%s is published, and not acknowledged", text).isNotNull();
    assertThat(holders.put(text, to)).as("who else has %s", text).isNull();
    for (Map.Entry<String, Entry> older : open.entrySet()) {
      if (older.getKey().equals(text)) {
        return;
      }
      if (precedes(older.getValue(), entry)) {
        assertThat(holders.get(older.getKey()))
            .as("who has %s, while %s is delivered", older.getKey(), text)
            .isSameAs(to)
            .matches(each -> !each.oneByOne);
      }
    }
  }

  private static boolean precedes(Entry older, Entry newer) {
    if (older.kind() != Kind.ROW || newer.kind() != Kind.ROW) {
      return false;
    }
    // Between two READs of a key nothing has changed it: they are equal.
    boolean reads = older.request() != 0 && newer.request() != 0;
    return !reads
        && (older.key() == newer.key()
            || older.key() == newer.oldKey()
            || older.oldKey() == newer.key()
            || older.oldKey() == newer.oldKey());
  }

  long request(String text) {
    return open.get(text).request();
  }

  void acknowledged(String text) {
    assertThat(open.remove(text)).as("%s", text).isNotNull();
    acknowledged.add(text);
    holders.remove(text);
  }

  boolean isAcknowledged(String text) {
    return acknowledged.contains(text);
  }

  void takenBack(String text) {
    holders.remove(text);
  }

  void gone(SimulatedConsumer consumer) {
    holders.values().removeIf(each -> each == consumer);
  }

  void assertAllAcknowledged() {
    assertThat(open.keySet()).isEmpty();
  }
}
