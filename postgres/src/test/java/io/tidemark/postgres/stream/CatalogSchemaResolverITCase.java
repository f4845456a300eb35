package io.tidemark.postgres.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.TableSchema.ReplicaIdentity;
import io.tidemark.postgres.connection.Endpoint;
import io.tidemark.postgres.connection.Password;
import io.tidemark.postgres.pgoutput.PgOutputMessage.Relation;
import io.tidemark.postgres.pgoutput.PgOutputMessage.RelationColumn;
import io.tidemark.postgres.types.TypeCatalog;
import io.tidemark.testkit.postgres.PostgresExtension;
import io.tidemark.testkit.postgres.TestDatabase;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CatalogSchemaResolverITCase {
  private static final int INT4 = 23;

  @RegisterExtension
  static final PostgresExtension POSTGRES = PostgresExtension.builder().standbys(1).build();

  @Test
  void aKeyThatGotAnotherColumnLaterIsNotTheStreams() throws Exception {
    TestDatabase database = POSTGRES.database();
    database.execute(
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int NOT NULL, PRIMARY KEY (a, b))",
        "CREATE UNIQUE INDEX t_b_c ON t (b, c)",
        "CREATE TABLE u (LIKE t INCLUDING ALL)",
        "ALTER TABLE t REPLICA IDENTITY USING INDEX t_b_c");
    Endpoint primary =
        new Endpoint(
            database.primaryUrl(), database.user(), Password.of(database.password()), Map.of());
    try (CatalogSchemaResolver resolver =
        new CatalogSchemaResolver(primary, "tidemark", new TypeCatalog())) {
      int t = (int) database.queryLong("SELECT 't'::regclass::oid::int8");
      int u = (int) database.queryLong("SELECT 'u'::regclass::oid::int8");
      assertThat(key(resolver, u, ReplicaIdentity.DEFAULT, "+a", "b", "c")).containsExactly("a");
      assertThat(key(resolver, u, ReplicaIdentity.DEFAULT, "+a", "+b", "c"))
          .containsExactly("a", "b");
      assertThat(key(resolver, u, ReplicaIdentity.DEFAULT, "+a", "c"))
          .as("a part of the key, the rest of which is not published")
          .isEmpty();
      assertThat(key(resolver, t, ReplicaIdentity.INDEX, "a", "+b", "c")).containsExactly("b");
      assertThat(key(resolver, t, ReplicaIdentity.INDEX, "a", "+b", "+c"))
          .containsExactly("b", "c");
    }
  }

  /** The key's names; columns of the identity have a plus. */
  private static List<String> key(
      CatalogSchemaResolver resolver, int oid, ReplicaIdentity identity, String... columns)
      throws Exception {
    List<RelationColumn> told =
        Arrays.stream(columns)
            .map(name -> new RelationColumn(name.startsWith("+"), name.replace("+", ""), INT4, -1))
            .toList();
    return resolver.resolve(new Relation(oid, "public", "t", identity, told)).keyNames();
  }
}
