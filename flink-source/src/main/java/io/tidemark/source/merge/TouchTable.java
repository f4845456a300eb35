package io.tidemark.source.merge;

import io.tidemark.postgres.RowKey;

/**
 * Touches by key: a hash table whose chains run through the touches themselves. Of its own, and not
 * a map, because it is asked for each row of a dump by the hash alone whether there can be a touch:
 * nearly always there is none, and then the row's key need not be made, nor its bytes read.
 */
final class TouchTable {
  private static final int INITIAL_CHAINS = 1 << 10;
  private static final int MAX_CHAINS = 1 << 28;

  private Touch[] chains = new Touch[INITIAL_CHAINS];
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Whether a key with this hash has a touch. */
  boolean hasHash(int hash) {
    for (Touch touch = chains[chain(hash)]; touch != null; touch = touch.chained) {
      if (touch.key.hashCode() == hash) {
        return true;
      }
    }
    return false;
  }

  /** The key's touch; null if it has none. */
  Touch get(RowKey key) {
    Touch touch = chains[chain(key.hashCode())];
    while (touch != null && !touch.key.equals(key)) {
      touch = touch.chained;
    }
    return touch;
  }

  /** Adds a touch whose key has none. */
  void add(Touch touch) {
    if (size >= chains.length / 2 && chains.length < MAX_CHAINS) {
      grow();
    }
    size++;
    chain(touch);
  }

  /** Removes a touch that it has. */
  void remove(Touch touch) {
    int chain = chain(touch.key.hashCode());
    if (chains[chain] == touch) {
      chains[chain] = touch.chained;
    } else {
      Touch before = chains[chain];
      while (before.chained != touch) {
        before = before.chained;
      }
      before.chained = touch.chained;
    }
    touch.chained = null;
    size--;
    if (size == 0 && chains.length > INITIAL_CHAINS) {
      chains = new Touch[INITIAL_CHAINS];
    }
  }

  private void grow() {
    Touch[] former = chains;
    chains = new Touch[2 * former.length];
    for (Touch first : former) {
      for (Touch touch = first; touch != null; ) {
        Touch next = touch.chained;
        chain(touch);
        touch = next;
      }
    }
  }

  private void chain(Touch touch) {
    int chain = chain(touch.key.hashCode());
    touch.chained = chains[chain];
    chains[chain] = touch;
  }

  private int chain(int hash) {
    return hash & (chains.length - 1);
  }
}
