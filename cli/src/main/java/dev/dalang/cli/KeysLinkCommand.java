package dev.dalang.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code dalang keys link}: a link that signs a browser in. */
@Command(name = "link", description = "Print a link that signs one browser in to the running server.")
final class KeysLinkCommand implements Callable<Integer> {

    @Mixin
    LinkFlags link = new LinkFlags();

    private final Surroundings around;

    KeysLinkCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        ServerLink server = link.open(around);
        around.out()
                .println(server.address()
                        + server.post("/dalang/server/sign-in-link", Map.of()).get("path"));
        return ExitCode.DONE;
    }
}
