package io.tidemark.gateway.schedule;

/** A URI whose schedule is not done yet cannot get another one. */
public final class AlreadyScheduledException extends Exception {
  private static final long serialVersionUID = 1L;

  AlreadyScheduledException(String uri, DumpSchedule schedule) {
    super("already scheduled: '%s' has %s; stop it, or wait for it".formatted(uri, schedule));
  }
}
