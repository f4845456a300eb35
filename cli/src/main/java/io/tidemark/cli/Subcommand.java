package io.tidemark.cli;

import io.tidemark.jobs.Failure;
import java.util.concurrent.Callable;

/**
 * A subcommand that another module adds: a class with picocli's {@code @Command}, named in a {@code
 * META-INF/services} file. It returns the exit status and throws {@link Failure} for what its user
 * can mend.
 */
public interface Subcommand extends Callable<Integer> {}
