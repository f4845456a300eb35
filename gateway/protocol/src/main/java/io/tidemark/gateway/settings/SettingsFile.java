package io.tidemark.gateway.settings;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The form of a file of settings, which makes a URI of a gateway, and a job: Java's properties. */
public final class SettingsFile {
  private SettingsFile() {}

  /**
   * The settings of a source.
   *
   * @param file of properties in UTF-8
   * @return the texts by key, blank ones included
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is no file of properties; its content is not in the
   *     message
   */
  public static Map<String, String> read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    Map<String, String> settings = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> settings.put(key, properties.getProperty(key)));
    return settings;
  }
}
