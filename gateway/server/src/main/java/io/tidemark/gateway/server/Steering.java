package io.tidemark.gateway.server;

import io.tidemark.gateway.routing.Publisher;
import io.tidemark.gateway.schedule.DumpController;
import io.tidemark.gateway.schedule.DumpRange;
import io.tidemark.gateway.wire.RangeAnswer;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings each URI's controller of dumps, the enumerator of its job and the job's sink together: the
 * controller says what to read, the enumerator how far that is, the sink that all of it was emitted
 * and acknowledged; and while the sink is full, or away, the enumerator has the source pause.
 * Thread-safe.
 */
final class Steering {
  private static final Logger LOG = LoggerFactory.getLogger(Steering.class);

  private final DumpController controller;
  private final Map<String, Job> jobs = new HashMap<>();

  /** One URI's job, as much of it as is connected. */
  private static final class Job {
    Publisher publisher;
    boolean full;
    Enumerator enumerator;
    DumpController.JobRanges ranges;

    boolean paused() {
      return publisher == null || full;
    }
  }

  /** An enumerator that is connected. Calls do not block. */
  interface Enumerator {
    void wanted(long request, DumpRange range);

    void closed(long request);

    void paused(boolean paused);

    /** Ends its connection, as another one has taken its place. */
    void replaced();
  }

  Steering(DumpController controller) {
    this.controller = controller;
  }

  private Job job(String uri) {
    return jobs.computeIfAbsent(uri, name -> new Job());
  }

  /**
   * An enumerator connects.
   *
   * @param held what it was asked for and has not heard the end of
   */
  synchronized void open(String uri, Enumerator enumerator, Set<Long> held) throws SQLException {
    Job job = job(uri);
    if (job.enumerator != null) {
      job.enumerator.replaced();
    }
    job.enumerator = enumerator;
    enumerator.paused(job.paused());
    job.ranges = enumerator::wanted;
    controller.open(uri, held, job.ranges).forEach(request -> closed(job, request));
  }

  /** An enumerator is gone; nothing happens if another one has taken its place. */
  synchronized void close(String uri, Enumerator enumerator) {
    Job job = job(uri);
    if (job.enumerator == enumerator) {
      job.enumerator = null;
      controller.close(uri, job.ranges);
    }
  }

  /** The enumerator has read some parts of a range. */
  void progress(String uri, long request, long read, long parts) {
    controller.progress(uri, request, read, parts);
  }

  /** The enumerator can never read a range as it is. */
  synchronized void refused(String uri, long request, String reason) throws SQLException {
    controller.drop(uri, request, reason);
    closed(job(uri), request);
  }

  /** The enumerator cannot read a range now. */
  synchronized void failed(String uri, long request, String reason) throws SQLException {
    controller.requeue(uri, request, reason);
    closed(job(uri), request);
  }

  /** The sink says how a range ended. */
  synchronized void answered(String uri, RangeAnswer answer) {
    long request = answer.getRequest();
    try {
      if (answer.getRequeueReason().isEmpty()) {
        controller.acknowledge(uri, request);
      } else {
        controller.requeue(uri, request, Printable.line(answer.getRequeueReason()));
      }
    } catch (SQLException e) {
      // It is asked again when either side connects the next time.
      LOG.error("How a range of {} ended cannot be written down", uri, e);
      return;
    }
    closed(job(uri), request);
  }

  private static void closed(Job job, long request) {
    if (job.enumerator != null) {
      job.enumerator.closed(request);
    }
    if (job.publisher != null) {
      job.publisher.rangeClosed(request);
    }
  }

  /** The sink is connected. */
  synchronized void published(String uri, Publisher publisher) {
    Job job = job(uri);
    job.publisher = publisher;
    job.full = false;
    pause(job);
  }

  /** The sink has heard of these ranges, and perhaps not that one of them was closed. */
  synchronized void held(String uri, Publisher publisher, List<Long> requests) {
    controller.unwanted(uri, requests).forEach(publisher::rangeClosed);
  }

  /** The sink is gone; nothing happens if another one has taken its place. */
  synchronized void unpublished(String uri, Publisher publisher) {
    Job job = job(uri);
    if (job.publisher == publisher) {
      job.publisher = null;
      pause(job);
    }
  }

  /** The sink has as much as it may keep, or no longer. */
  synchronized void full(String uri, Publisher publisher, boolean full) {
    Job job = job(uri);
    if (job.publisher == publisher) {
      job.full = full;
      pause(job);
    }
  }

  private static void pause(Job job) {
    if (job.enumerator != null) {
      job.enumerator.paused(job.paused());
    }
  }

  /** Tells all enumerators again: one that hears nothing pauses its source. */
  synchronized void tick() {
    jobs.values().forEach(Steering::pause);
  }
}
