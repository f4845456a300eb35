package io.tidemark.testkit.postgres;

import java.sql.SQLException;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a database of its own on a real cluster.
 *
 * <p>Classes that ask for the same cluster share one, started once in this JVM, unless they ask for
 * a {@link Builder#dedicated()} one. Before each test, servers that an earlier one left stopped,
 * paused or delayed run again. Register it in a static field:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();
 * }</pre>
 *
 * <p>Tests may also take a {@link TestDatabase} or a {@link PostgresCluster} as a parameter. Tests
 * of one JVM that run at the same time are not supported.
 */
public final class PostgresExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(PostgresExtension.class);

  private final PostgresCluster.Builder description;
  private final boolean dedicated;
  private PostgresCluster cluster;
  private TestDatabase database;

  private PostgresExtension(PostgresCluster.Builder description, boolean dedicated) {
    this.description = description;
    this.dedicated = dedicated;
  }

  /** A shared cluster of one primary of the default major version. */
  public static Builder builder() {
    return new Builder();
  }

  /** The cluster, from before the first test of the class on. */
  public PostgresCluster cluster() {
    return started(cluster, "cluster");
  }

  /** The running test's database. */
  public TestDatabase database() {
    return started(database, "database");
  }

  private static <T> T started(T value, String what) {
    if (value == null) {
      throw new IllegalStateException(
          "There is no %s outside of a test: register the extension in a static field"
              .formatted(what));
    }
    return value;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    Store store = (dedicated ? context : context.getRoot()).getStore(NAMESPACE);
    Object key = dedicated ? this : description.options();
    // The store closes the cluster: at the end of the class, or of all tests of this JVM.
    cluster = store.getOrComputeIfAbsent(key, absent -> description.start(), PostgresCluster.class);
  }

  @Override
  public void beforeEach(ExtensionContext context) throws SQLException {
    cluster().recover();
    database = TestDatabase.create(cluster);
  }

  @Override
  public void afterEach(ExtensionContext context) throws SQLException {
    if (database != null) {
      cluster.recover();
      database.close();
      database = null;
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == TestDatabase.class || type == PostgresCluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TestDatabase.class ? database() : cluster();
  }

  /** Describes the cluster; methods return the builder. */
  public static final class Builder {
    private final PostgresCluster.Builder cluster = PostgresCluster.builder();
    private boolean dedicated;

    private Builder() {}

    /** How many standbys follow the primary; none by default. */
    public Builder standbys(int count) {
      return cluster(builder -> builder.standbys(count));
    }

    /** The major version, 14 or later. */
    public Builder major(int version) {
      return cluster(builder -> builder.major(version));
    }

    /** A setting of all servers. */
    public Builder setting(String name, String value) {
      return cluster(builder -> builder.setting(name, value));
    }

    /** All servers log every statement and replication command. */
    public Builder logStatements() {
      return cluster(PostgresCluster.Builder::logStatements);
    }

    /** Anything else that a cluster can be asked for. */
    public Builder cluster(Consumer<PostgresCluster.Builder> change) {
      change.accept(cluster);
      return this;
    }

    /** A cluster of this class alone, which it may leave broken, or promote a standby of. */
    public Builder dedicated() {
      dedicated = true;
      return this;
    }

    /** The extension, whose cluster starts before the first test. */
    public PostgresExtension build() {
      return new PostgresExtension(cluster, dedicated);
    }
  }
}
