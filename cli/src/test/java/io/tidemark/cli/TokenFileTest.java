package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.server.Access.Grant;
import io.tidemark.jobs.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenFileTest {
  private static final String ONE = "first-s3cret-token";
  private static final String TWO = "other-s3cret-token";

  @TempDir private Path directory;

  private Map<String, Grant> read(String... lines) throws IOException {
    return TokenFile.read(Files.writeString(directory.resolve("tokens"), String.join("\n", lines)));
  }

  @Test
  void eachLineIsATokenAndWhatItPermits() throws IOException {
    assertThat(read("# who may what", "", "  " + ONE + "\tconsume  shop,bank ", TWO + " publish *"))
        .isEqualTo(
            Map.of(
                ONE, new Grant(Set.of("shop", "bank"), false), TWO, new Grant(Set.of("*"), true)));
  }

  @Test
  void allThatIsWrongIsToldByLineWithoutItsToken() {
    assertThatThrownBy(
            () ->
                read(
                    ONE + " consume",
                    "s3cret consume shop",
                    ONE + " write shop",
                    "the-uri-that-is-first " + ONE + " consume",
                    "# nothing",
                    TWO + " consume shop",
                    TWO + " publish shop",
                    ONE + " consume shop, bank"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(directory.resolve("tokens") + " are wrong:")
        .hasMessageContaining("line 1: it has 2 words; give TOKEN consume|publish URI[,URI...]")
        .hasMessageContaining("line 2: the token has fewer than 16 characters")
        .hasMessageContaining("line 3: its second word is neither consume nor publish")
        .hasMessageContaining("line 4: its second word is neither consume nor publish")
        .hasMessageContaining("line 7: the token is given twice")
        .hasMessageContaining("line 8: it has 4 words")
        .hasMessageNotContaining("line 5")
        .hasMessageNotContaining("line 6")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void aFileWithoutATokenOrNoneIsRefused() {
    assertThatThrownBy(() -> read("# none")).hasMessageContaining("there is no token");
    Path none = directory.resolve("none");
    assertThatThrownBy(() -> TokenFile.read(none))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("cannot read tokens from " + none);
  }
}
