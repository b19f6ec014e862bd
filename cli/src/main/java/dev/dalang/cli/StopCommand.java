package dev.dalang.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code dalang stop}: has the running server unload a model. */
@Command(
        name = "stop",
        description = "Have the running server unload a model, as soon as it has given the answers under way.")
final class StopCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "The model, as `dalang ps` shows it.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Mixin
    LinkFlags link = new LinkFlags();

    private final Surroundings around;

    StopCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Map<String, Object> answer = link.open(around).post("/dalang/server/unload", Map.of("model", model));
        boolean was = Boolean.TRUE.equals(answer.get("was_loaded"));
        around.say(was ? model + " is being unloaded" : model + " was not in memory");
        return ExitCode.DONE;
    }
}
