package io.tidemark.gateway.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.delivery.Message.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Knows what was published and where it is, but nothing of buckets, windows and numbers. */
final class OutboxJudge {
  /** All that was appended, in order, by text. */
  private final Map<String, Entry> appended = new LinkedHashMap<>();

  /** Who has it. */
  private final Map<String, SimulatedConsumer> holders = new HashMap<>();

  /** Acknowledged, and not to come again since. */
  private final Set<String> acknowledged = new HashSet<>();

  private final Set<String> answered = new HashSet<>();

  /** Given back or left behind, and not delivered since. */
  private final Set<String> back = new HashSet<>();

  /** What somebody has and is to get again, as an older one of its key came back. */
  private final Set<String> again = new HashSet<>();

  /** What may come again or not: a READ, as another READ of its key came back. */
  private final Set<String> optional = new HashSet<>();

  void appended(String text, Entry entry) {
    appended.put(text, entry);
  }

  void delivered(String text, SimulatedConsumer to) {
    Entry entry = appended.get(text);
    assertThat(entry).as("%s is published", text).isNotNull();
    assertThat(acknowledged.contains(text) && !optional.contains(text))
        .as("%s is done already", text)
        .isFalse();
    acknowledged.remove(text);
    optional.remove(text);
    back.remove(text);
    assertThat(holders.put(text, to)).as("who else has %s", text).isNull();
    boolean older = true;
    for (Map.Entry<String, Entry> each : appended.entrySet()) {
      String other = each.getKey();
      if (other.equals(text)) {
        older = false;
      } else if (sharesKey(each.getValue(), entry) && !areReads(each.getValue(), entry)) {
        if (older && (back.contains(other) || again.contains(other))) {
          // It was on its way when the older one came back.
          again.add(text);
        } else if (older && !acknowledged.contains(other)) {
          assertThat(holders.get(other)).as("%s waits for %s", text, other).isSameAs(to);
        } else if (!older) {
          assertThat(acknowledged).as("%s comes before", text).doesNotContain(other);
          assertThat(holders.get(other)).as("%s comes before %s", text, other).isNull();
        }
      }
    }
  }

  private static boolean sharesKey(Entry one, Entry other) {
    return one.kind() == Kind.ROW
        && other.kind() == Kind.ROW
        && (one.key() == other.key()
            || one.key() == other.oldKey()
            || one.oldKey() == other.key()
            || one.oldKey() == other.oldKey());
  }

  /** Between two READs of a key nothing has changed it: they are equal, and have no order. */
  private static boolean areReads(Entry one, Entry other) {
    return one.request() != 0 && other.request() != 0;
  }

  void acknowledged(String text) {
    answered.add(text);
    assertThat(holders.remove(text)).as("who has %s", text).isNotNull();
    if (again.remove(text)) {
      back.add(text);
    } else {
      acknowledged.add(text);
    }
  }

  boolean isAcknowledged(String text) {
    return acknowledged.contains(text);
  }

  /** Whether it was acknowledged once, even if it has come again since. */
  boolean wasAcknowledged(String text) {
    return answered.contains(text);
  }

  /** It comes again, and so do those of its key, of their keys and so on that came after it. */
  void givenBack(String text) {
    holders.remove(text);
    back.add(text);
    if (again.remove(text) || appended.get(text).kind() != Kind.ROW) {
      return;
    }
    List<Entry> moved = new ArrayList<>(List.of(appended.get(text)));
    boolean older = true;
    for (Map.Entry<String, Entry> each : appended.entrySet()) {
      String other = each.getKey();
      if (other.equals(text)) {
        older = false;
      } else if ((acknowledged.contains(other) || holders.containsKey(other))
          && moved.stream().anyMatch(one -> sharesKey(one, each.getValue()))) {
        if (moved.stream().allMatch(one -> areReads(one, each.getValue()))) {
          optional.add(other);
        } else if (!older) {
          moved.add(each.getValue());
          comesAgain(other);
        }
      }
    }
  }

  private void comesAgain(String text) {
    if (acknowledged.remove(text)) {
      back.add(text);
    } else {
      again.add(text);
    }
  }

  /** A consumer is gone: what it had comes again. */
  void gone(SimulatedConsumer consumer) {
    for (String each : List.copyOf(appended.keySet())) {
      if (holders.get(each) == consumer) {
        givenBack(each);
      }
    }
  }

  void assertAllAcknowledged() {
    assertThat(acknowledged).containsAll(appended.keySet());
  }
}
