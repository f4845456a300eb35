package io.tidemark.postgres.catalog;

import static io.tidemark.postgres.TableSchema.ReplicaIdentity.DEFAULT;
import static io.tidemark.postgres.TableSchema.ReplicaIdentity.FULL;
import static io.tidemark.postgres.TableSchema.ReplicaIdentity.INDEX;
import static io.tidemark.postgres.TableSchema.ReplicaIdentity.NOTHING;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.postgres.Column;
import io.tidemark.postgres.PgType;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KeyRuleTest {
  private static final List<Column> ABC = columns("a", "b", "c");
  private static final KeyRule.Indexes PK_B = new KeyRule.Indexes(Set.of("b"), Set.of());
  private static final KeyRule.Indexes NONE = new KeyRule.Indexes(Set.of(), Set.of());

  @Test
  void primaryKeyIsTheKeyWhereTheIdentityHoldsIt() {
    assertThat(KeyRule.key(DEFAULT, ABC, PK_B)).containsExactly(1);
    assertThat(KeyRule.key(FULL, ABC, PK_B)).containsExactly(1);
    assertThat(KeyRule.key(INDEX, ABC, indexes(Set.of("c", "a"), Set.of("a", "b", "c"))))
        .containsExactly(0, 2);
  }

  @Test
  void otherwiseTheIdentitysIndexIsTheKey() {
    assertThat(KeyRule.key(INDEX, ABC, indexes(Set.of("a"), Set.of("b", "c"))))
        .containsExactly(1, 2);
    assertThat(KeyRule.key(INDEX, ABC, indexes(Set.of(), Set.of("c")))).containsExactly(2);
  }

  @Test
  void withoutEitherTheWholeRowIsTheKey() {
    assertThat(KeyRule.key(DEFAULT, ABC, NONE)).isEmpty();
    assertThat(KeyRule.key(FULL, ABC, NONE)).isEmpty();
    assertThat(KeyRule.key(INDEX, ABC, NONE)).isEmpty();
    assertThat(KeyRule.key(NOTHING, ABC, PK_B)).isEmpty();
  }

  @Test
  void halfAKeyIsNone() {
    KeyRule.Indexes ad = indexes(Set.of("a", "d"), Set.of());
    assertThat(KeyRule.key(DEFAULT, ABC, ad)).isEmpty();
    assertThat(KeyRule.key(FULL, ABC, ad)).isEmpty();
  }

  @Test
  void anOldRowTellsTheKeyThatItHasAllOf() {
    KeyRule.Indexes both = indexes(Set.of("a"), Set.of("b", "c"));
    assertThat(both.sent(DEFAULT)).containsExactly("a");
    assertThat(both.sent(INDEX)).containsExactlyInAnyOrder("b", "c");
    assertThat(both.sent(NOTHING)).isEmpty();
    assertThat(KeyRule.tells(Set.of("a"), Set.of("a", "b"))).isTrue();
    assertThat(KeyRule.tells(Set.of("a", "b"), Set.of("a"))).isFalse();
    assertThat(KeyRule.tells(Set.of(), Set.of("a"))).as("the whole row").isFalse();
    assertThat(KeyRule.tells(Set.of("a"), Set.of())).as("no row is changed").isTrue();
  }

  private static KeyRule.Indexes indexes(Set<String> primaryKey, Set<String> identity) {
    return new KeyRule.Indexes(primaryKey, identity);
  }

  private static List<Column> columns(String... names) {
    return Stream.of(names).map(name -> new Column(name, PgType.base(23, "integer"), -1)).toList();
  }
}
