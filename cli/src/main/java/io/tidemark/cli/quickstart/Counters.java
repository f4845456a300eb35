package io.tidemark.cli.quickstart;

/**
 * What happened in a quickstart: a proof is worth something only if each of these took place.
 *
 * @param events changes that the consumer got from the stream
 * @param rows rows that dumps read
 * @param chunks chunks that dumps read
 * @param dropped rows that the merge dropped, because the stream had newer ones
 * @param completed rows that the merge completed from a chunk
 * @param repairs rows that were read again by their key
 * @param schemaChanges changes of tables that the consumer was told
 * @param onDemand rows of a dump on demand; -1 if there is none, as without a gateway
 */
record Counters(
    long events,
    long rows,
    long chunks,
    long dropped,
    long completed,
    long repairs,
    long schemaChanges,
    long onDemand) {
  /**
   * @param onDemand whether there was a dump on demand
   */
  static Counters of(HeldState held, boolean onDemand) {
    return new Counters(
        held.events(),
        held.reads(),
        Figures.chunks(),
        Figures.dropped(),
        Figures.completed(),
        Figures.repairs(),
        held.schemaChanges(),
        onDemand ? held.readsOnDemand() : -1);
  }

  boolean allPositive() {
    return events > 0
        && rows > 0
        && chunks > 0
        && dropped > 0
        && completed > 0
        && repairs > 0
        && schemaChanges > 0
        && onDemand != 0;
  }

  @Override
  public String toString() {
    return "counters: events=%d rows-read=%d chunks=%d dropped=%d completed=%d repairs=%d schema-changes=%d%s"
        .formatted(
            events,
            rows,
            chunks,
            dropped,
            completed,
            repairs,
            schemaChanges,
            onDemand < 0 ? "" : " on-demand=" + onDemand);
  }
}
