package io.tidemark.source.lane;

import io.tidemark.postgres.Lsn;
import java.io.Serializable;

/**
 * A point between two transactions of the stream: every transaction whose end LSN is at most {@code
 * lsn} was emitted before it, and none other. DBLog's low watermark.
 *
 * @param attempt names the run of the stream reader that emitted it; two runs never share one.
 *     Counters compare within one attempt, and across attempts only along one line of restores
 * @param counter grows by one from mark to mark, also across restores
 * @param lsn unsigned
 */
public record Mark(long attempt, long counter, long lsn) implements Serializable {
  @Override
  public String toString() {
    return "mark " + counter + " at " + Lsn.format(lsn);
  }
}
