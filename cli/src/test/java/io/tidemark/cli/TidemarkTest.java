package io.tidemark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class TidemarkTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void versionAndHelpSucceed() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("tidemark ");
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("quickstart", "capture", "slots");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void everyCommandHasHelp() {
    assertThat(commandsWithHelp(Tidemark.commandLine())).contains("schedule", "capture");
  }

  private static List<String> commandsWithHelp(CommandLine commandLine) {
    List<String> names = new ArrayList<>();
    commandLine
        .getSubcommands()
        .forEach(
            (name, subcommand) -> {
              assertThat(subcommand.getCommandSpec().findOption("--help")).as(name).isNotNull();
              names.add(name);
              names.addAll(commandsWithHelp(subcommand));
            });
    return names;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                | a subcommand is missing
          quikstart                                         | quickstart
          quickstart --rate 0                               | --rate is 0: it must be from 1 to
          quickstart --postgres 13                          | --postgres is 13: it must be from 14
          quickstart --rows 10                              | --rows is 10: it must be from 1000
          quickstart --replicas 99                          | --replicas is 99
          quickstart --lanes 0                              | --lanes is 0
          quickstart --duration 30                          | '30' is no duration: write it as 30s
          quickstart --duration 10ms                        | --duration must be at least 1s
          capture --url x                                   | --table
          capture --table x                                 | --url
          capture --url jdbc:postgresql:x --table t --start now | start is 'now': give dump, stream, slot, dump-only or an LSN
          capture --url jdbc:postgresql:x --table t --lanes 0   | lanes is '0': give more than 0
          capture --url jdbc:postgresql:x --table t --property dump.chunksize=1 | no option is called dump.chunksize
          capture --url jdbc:postgresql:x --table t --property lane=2 | no option is called lane; there are url
          capture --url jdbc:postgresql:x --table .              | tables: not a table: '.'
          slots --url x                                     | url: not a PostgreSQL JDBC URL: 'x'
          slots                                             | --url
          ddl                                               | install, check or uninstall?
          ddl check                                         | --url
          gateway                                           | --state
          gateway --state s                                 | --sources is missing
          gateway --state s --sources nowhere               | --sources:
          gateway --state s --embedded                      | --embedded needs --sources
          gateway --state s --sources . --host 0.0.0.0      | --host 0.0.0.0 is reached from other machines
          gateway --state s --sources . --host :: --tokens t | --tls-certificate
          gateway --state s --sources . --host 0.0.0.0 --tls-certificate c --tls-key k | --tokens
          gateway --state s --sources . --max-consumers 0   | --max-consumers
          gateway --state s --sources . --max-connections 0 | --max-connections
          gateway --state s --sources . --max-calls-per-second 0 | --max-calls-per-second
          gateway --state s --sources . --max-message-bytes 0 | --max-message-bytes
          gateway --state s --sources . --tls-certificate c | --tls-key
          gateway --state s --sources . --oversized drop    | drop
          dump                                              | schedule, status, pause, resume or stop?
          dump status                                       | --uri
          dump schedule --uri u                             | --table
          dump schedule --uri u --table t:x                 | pages are FIRST-LAST
          dump schedule --uri u --key t                     | --key 't': a '=' is missing; keys are TABLE=VALUE
          dump schedule --uri u --key =1                    | --key '=1': no table is before the '='
          dump status --uri u --controller here:            | --controller is 'here:': give HOST:PORT, with a port from 1 to 65535, or HOST alone for port 10000
          dump status --uri u --controller ::1              | --controller is '::1': give HOST:PORT
          consume --uri u --gateway :10001                  | or HOST alone for port 10001
          dump status --uri u --controller localhost:notaport | --controller is 'localhost:notaport': give HOST:PORT
          dump status --uri u --controller localhost:99999  | with a port from 1 to 65535
          dump status --uri u --controller localhost:0      | with a port from 1 to 65535
          consume --uri u --gateway localhost:notaport      | --gateway is 'localhost:notaport': give HOST:PORT
          dump status --uri u --tls-certificate c --tls-key k | TLS is off
          dump status --uri u --tls --tls-certificate c     | a certificate needs its key
          consume --uri u --tls --tls-certificate c         | give --tls-key and --tls-authority
          consume --uri u --tls --tls-certificate c --tls-key k | give --tls-key and --tls-authority
          dump status --uri u --token-env A --token-file b  | mutually exclusive
          consume                                           | --uri
          """)
  void wrongUsageIsStatus2AndSaysWhatIsWrong(String arguments, String message) {
    int status = run(arguments.isEmpty() ? new String[0] : arguments.split(" +"));

    assertThat(err.toString()).contains(message).doesNotContain("\tat ");
    assertThat(status).isEqualTo(2);
  }

  @Test
  void allThatIsWrongWithAGatewayIsToldAtOnce() {
    int status =
        run(
            ("gateway --state s --sources nowhere --tokens none --port 99999 --metrics-port -1"
                    + " --max-consumers 0 --tls-certificate no.pem --tls-key no.key")
                .split(" "));

    assertThat(err.toString())
        .contains("--sources: the sources' directory 'nowhere' is not a directory")
        .contains("cannot read tokens from none")
        .contains("--port 99999", "--metrics-port -1", "--max-consumers")
        .contains("no.pem", "no.key");
    assertThat(status).isEqualTo(2);
  }

  @Test
  void aFailureIsStatus1AndOneMessage() {
    int status = run("slots", "--url", "jdbc:postgresql://localhost:1/x", "--user", "me");

    assertThat(err.toString())
        .startsWith("tidemark slots: ")
        .contains("localhost:1 refused")
        .doesNotContain("\tat ");
    assertThat(status).isEqualTo(1);
  }

  @Test
  void allThatIsWrongWithACaptureIsToldAtOnceWithoutSecrets() {
    int status =
        run(
            ("capture --url jdbc:mysql://me:s3cret@primary/shop?password=s3cret --table t"
                    + " --replica jdbc:mysql://standby/shop?password=s3cret --slot A"
                    + " --start now --lanes -1 --connection-property sslpassword=s3cret"
                    + " --property lanes=4 --property mark-interval=soon")
                .split(" "));

    assertThat(err.toString())
        .startsWith("tidemark capture: the capture cannot be configured so:\n  - ")
        .contains("url: not a PostgreSQL JDBC URL: 'jdbc:mysql://primary/shop'")
        .contains("replicas: not a PostgreSQL JDBC URL: 'jdbc:mysql://standby/shop'")
        .contains("slot is 'A'", "start is 'now'", "lanes is '-1'", "mark-interval is 'soon'")
        .doesNotContain("s3cret", "\tat ");
    assertThat(status).isEqualTo(2);
  }

  @Test
  void aGatewayThatCannotBeReachedIsAFailure() {
    int status = run("dump", "status", "--uri", "u", "--controller", "localhost:1");

    assertThat(err.toString())
        .startsWith("tidemark dump status: the gateway at localhost:1: UNAVAILABLE: ")
        .contains("refused")
        .doesNotContain("\tat ");
    assertThat(status).isEqualTo(1);
  }

  @Test
  void verboseAddsTheStackTrace() {
    int status = run("capture", "--verbose", "--url", "nowhere", "--table", "t");

    assertThat(err.toString()).contains("\tat io.tidemark.");
    assertThat(status).isEqualTo(2);
  }

  private int run(String... arguments) {
    CommandLine tidemark = Tidemark.commandLine();
    tidemark.setOut(new PrintWriter(out, true));
    tidemark.setErr(new PrintWriter(err, true));
    return tidemark.execute(arguments);
  }
}
