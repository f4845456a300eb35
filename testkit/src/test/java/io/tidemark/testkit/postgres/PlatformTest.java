package io.tidemark.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PlatformTest {
  @Test
  void archivesAreNamedBySystemAndArchitecture() {
    assertThat(Platform.name("Linux", "amd64")).isEqualTo("linux-amd64");
    assertThat(Platform.name("Linux", "aarch64")).isEqualTo("linux-arm64v8");
    assertThat(Platform.name("Mac OS X", "x86_64")).isEqualTo("darwin-amd64");
    assertThat(Platform.name("Mac OS X", "aarch64")).isEqualTo("darwin-arm64v8");
  }

  @Test
  void otherMachinesAreToldToNameAnInstallation() {
    assertThatThrownBy(() -> Platform.name("Linux", "riscv64"))
        .hasMessageContaining("Linux on riscv64")
        .hasMessageContaining("-Dtidemark.postgres.home=DIR");
  }
}
