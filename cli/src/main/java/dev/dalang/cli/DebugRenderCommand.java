package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.template.RenderOptions;
import dev.dalang.engine.template.Template;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang debug render}: a chat template by itself, to compare with another engine's rendering. */
@Command(
        name = "render",
        description = "Render a chat template on a context and print exactly what comes out.",
        footer = {
            "",
            "The context is a JSON object: messages, tools, add_generation_prompt, bos_token, eos_token and whatever else"
                    + " the template reads. now, like 2026-03-04T15:06:07, freezes the clock."
        })
final class DebugRenderCommand implements Callable<Integer> {

    @Option(names = "--template", required = true, paramLabel = "FILE", description = "The template.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path template;

    @Option(names = "--context", required = true, paramLabel = "FILE", description = "The context.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path context;

    private final Surroundings around;

    DebugRenderCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (!(Json.parse(RunCommand.read(context), context.toString()) instanceof Map<?, ?> given)) {
            throw Errors.usage(context + " holds no JSON object");
        }
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        // Always there, as in transformers' apply_chat_template.
        values.put("tools", null);
        values.put("documents", null);
        given.forEach((name, value) -> values.put(String.valueOf(name), value));
        Object now = values.remove("now");
        RenderOptions options = now == null ? RenderOptions.DEFAULT : RenderOptions.DEFAULT.withClock(frozen(now));
        String source = RunCommand.read(template);
        try {
            around.out()
                    .print(Template.parse(source).render(values, options).text().text());
            return ExitCode.DONE;
        } catch (DalangException e) {
            // A template that raises has failed, whoever is to blame.
            around.say(e.failure().message());
            return ExitCode.FAILED;
        }
    }

    private static Clock frozen(Object now) {
        ZoneId zone = ZoneId.systemDefault();
        try {
            return Clock.fixed(LocalDateTime.parse(now.toString()).atZone(zone).toInstant(), zone);
        } catch (DateTimeException e) {
            throw Errors.usage("now is a date and time like 2026-03-04T15:06:07, not " + Text.oneLine(now.toString()));
        }
    }
}
