package io.tidemark.postgres.stream;

import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.setup.Publications;
import io.tidemark.postgres.setup.RefusedException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.OptionalInt;

/**
 * Sees to it that the publication is the one that the stream was begun with. While it is missing,
 * PostgreSQL from 18 on streams nothing and says so in its own log only; before 18 it fails. What
 * was left out must not be acknowledged, so the publication is looked at before each
 * acknowledgement: if it is the same by then, it was there all the time.
 *
 * <p>Connects when first needed and stays connected. Not thread-safe.
 */
final class PublicationGuard implements AutoCloseable {
  private final Endpoint primary;
  private final CatalogConnection catalog;
  private final String publication;
  private int expected;

  /**
   * For a publication of the primary.
   *
   * @param expected its oid when the capture began; 0 if that is now
   */
  PublicationGuard(Endpoint primary, String publication, int expected) {
    this.primary = primary;
    this.catalog = new CatalogConnection(primary);
    this.publication = publication;
    this.expected = expected;
  }

  /**
   * Looks at the publication.
   *
   * @throws RefusedException if it is gone or another one
   */
  void check() throws SQLException, IOException {
    OptionalInt oid = Publications.oid(catalog.get(), publication);
    if (oid.isPresent() && expected == 0) {
      expected = oid.getAsInt();
    }
    if (oid.isEmpty() || oid.getAsInt() != expected) {
      throw new RefusedException(
          "publication '%s' %s on %s: changes that were made without it are not in the stream."
                  .formatted(
                      publication,
                      oid.isEmpty() ? "does not exist" : "was dropped and made anew",
                      primary)
              + (oid.isEmpty() ? " Make it again, start" : " Start")
              + " without the checkpoint, and dump the tables again");
    }
  }

  @Override
  public void close() {
    catalog.close();
  }
}
