package io.tidemark.cli;

import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "tidemark " + (version == null ? "unpackaged" : version),
      "Java " + Runtime.version() + ", " + System.getProperty("os.name")
    };
  }
}
