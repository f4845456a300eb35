package io.tidemark.postgres.stream;

import io.tidemark.postgres.setup.RefusedException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A slot's stream as the reader's main thread has it. None of the methods blocks but close. */
public interface StreamFeed extends AutoCloseable {
  /**
   * The next batch; null if there is none now.
   *
   * @throws RefusedException if someone has to do something before the stream can go on
   * @throws IOException if the stream failed otherwise; its cause says how
   */
  StreamBatch poll() throws IOException;

  /** Completes when {@link #poll} has something. Ask for a new one after each null from it. */
  CompletableFuture<Void> available();

  /**
   * Lets the server forget WAL: a completed checkpoint holds everything before. A lower LSN than
   * before is ignored.
   *
   * @param lsn unsigned
   */
  void acknowledge(long lsn);

  /**
   * Asks for the server's WAL end: a batch with a heartbeat comes soon after, or after the
   * transaction that is open.
   */
  void requestHeartbeat();

  /** Ends the stream. The slot stays. */
  @Override
  void close();
}
