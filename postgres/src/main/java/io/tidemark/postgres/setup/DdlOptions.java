package io.tidemark.postgres.setup;

import java.util.Optional;

/**
 * How the DDL capture is to be installed.
 *
 * @param means as what
 * @param strict whether an error of its is to fail the statement that is captured; empty to leave
 *     it as it is, which at first is no
 * @param reader the role of a capture, which is to read the key of the signatures, if any
 */
public record DdlOptions(Means means, Optional<Boolean> strict, Optional<String> reader) {
  /** As what it is installed. */
  public enum Means {
    /** As an extension where that can be, else by script. */
    ANY,
    /** As an extension, whose files are on the server. */
    EXTENSION,
    /** By script, without anything on the server. */
    SCRIPT
  }
}
