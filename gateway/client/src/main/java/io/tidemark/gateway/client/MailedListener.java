package io.tidemark.gateway.client;

import io.grpc.Status;
import io.tidemark.gateway.wire.Batch;
import java.util.concurrent.Executor;

/**
 * Brings what a stream tells, on any thread, to the one that the mailbox is of, until it is left.
 */
final class MailedListener implements EventStream.Listener {
  private final Executor mailbox;
  private final EventStream.Listener recipient;

  /** Of the mailbox's thread. */
  private boolean left;

  MailedListener(Executor mailbox, EventStream.Listener recipient) {
    this.mailbox = mailbox;
    this.recipient = recipient;
  }

  /** The recipient hears no more, also of what was told already. */
  void leave() {
    left = true;
  }

  @Override
  public void batch(Batch batch) {
    post(() -> recipient.batch(batch));
  }

  @Override
  public void ready() {
    post(recipient::ready);
  }

  @Override
  public void ended(Status status) {
    post(() -> recipient.ended(status));
  }

  private void post(Runnable task) {
    mailbox.execute(
        () -> {
          if (!left) {
            task.run();
          }
        });
  }
}
