package io.tidemark.gateway.resolver;

import io.tidemark.gateway.settings.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The sources that are files of a directory: {@code <uri>.properties} in UTF-8, looked at each time
 * that one is asked for, so that a URI is there as soon as its file is. A URI consists of letters,
 * digits, {@code _}, {@code -} and {@code .}, and does not begin with {@code .}; for any other name
 * no file is looked for.
 */
public final class FileSourceResolver implements SourceResolver {
  private static final String SUFFIX = ".properties";

  /** Nothing that leads out of the directory. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}");

  private final Path directory;

  /**
   * @param directory of the files
   * @throws IllegalArgumentException if it is none
   */
  public FileSourceResolver(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(
          "the sources' directory '" + directory + "' is not a directory");
    }
    this.directory = directory;
  }

  @Override
  public Optional<Map<String, String>> resolve(String uri) throws IOException {
    if (!NAME.matcher(uri).matches()) {
      return Optional.empty();
    }
    Path file = directory.resolve(uri + SUFFIX);
    try {
      return Optional.of(SettingsFile.read(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IllegalArgumentException | IOException e) {
      throw new IOException("the source '%s' cannot be read from %s".formatted(uri, file), e);
    }
  }
}
