package io.tidemark.source.enumerator;

/** An enumerator's figures as they are now, for metrics, from any thread. */
record CaptureFigures(DumpCoordinator coordinator, RequestLine requests, WalWatch wal)
    implements EnumeratorMetrics.Figures {
  @Override
  public int dumpsOpen() {
    return coordinator.openDumps();
  }

  @Override
  public int dumpRequests() {
    return coordinator.openRequests();
  }

  @Override
  public boolean isPaused() {
    return requests.isPaused();
  }

  @Override
  public long slotRetainedWalBytes() {
    return wal.retainedBytes();
  }

  @Override
  public long streamLagBytes() {
    return wal.lag().bytes();
  }

  @Override
  public long streamLagMillis() {
    return wal.lag().millis();
  }
}
