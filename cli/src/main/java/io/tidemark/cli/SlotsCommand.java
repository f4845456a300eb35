package io.tidemark.cli;

import io.tidemark.cli.local.ByteSize;
import io.tidemark.postgres.setup.SlotStatus;
import io.tidemark.postgres.setup.Slots;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists a server's replication slots, and drops them. */
@Command(
    name = "slots",
    description = {
      "Lists the replication slots of a server with the WAL that they hold, or drops one.",
      "A slot holds WAL for as long as it exists, whether anyone reads it or not."
    })
final class SlotsCommand implements Callable<Integer> {
  private static final String FORMAT = "%-24s %-10s %-16s %10s %10s  %-10s  %s%n";

  @Spec private CommandSpec spec;

  @Mixin private ConnectionOptions connection;

  @Parameters(
      index = "0",
      defaultValue = "list",
      paramLabel = "list|drop",
      description = "What to do; default ${DEFAULT-VALUE}.")
  private String action;

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "The slot to drop.")
  private String name;

  @Option(names = "--force", description = "Drop it even if a connection uses it, which is ended.")
  private boolean force;

  @Override
  public Integer call() throws SQLException, IOException {
    boolean drop = action.equals("drop");
    if (!drop && !action.equals("list")) {
      throw usage("'" + action + "' is not list or drop");
    }
    if (drop != (name != null)) {
      throw usage(drop ? "name the slot to drop" : "list takes no name");
    }
    try (Connection server = connection.primary().connect()) {
      if (drop) {
        Slots.drop(server, name, force);
        spec.commandLine().getOut().println("dropped slot '" + name + "'");
      } else {
        print(Slots.list(server));
      }
    }
    return 0;
  }

  private void print(List<SlotStatus> slots) {
    PrintWriter out = spec.commandLine().getOut();
    if (slots.isEmpty()) {
      out.println("no replication slots");
      return;
    }
    out.printf(FORMAT, "SLOT", "PLUGIN", "DATABASE", "PID", "WAL HELD", "WAL STATUS", "");
    for (SlotStatus slot : slots) {
      out.printf(
          FORMAT,
          slot.name(),
          slot.plugin().isEmpty() ? "physical" : slot.plugin(),
          slot.database().isEmpty() ? "-" : slot.database(),
          slot.isActive() ? Integer.toString(slot.activePid()) : "-",
          slot.isLost() ? "-" : ByteSize.format(slot.retainedBytes()),
          slot.walStatus().isEmpty() ? "-" : slot.walStatus(),
          slot.invalidation().orElse(""));
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
