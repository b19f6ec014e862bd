package dev.dalang.cli;

import dev.dalang.hub.pull.Puller;
import dev.dalang.hub.store.Importer;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.ledger.Ledger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang import}: a model of this disk into the store. */
@Command(
        name = "import",
        description = "Copy a model of this disk into the store: a .gguf file, or a folder in Hugging Face's form.")
final class ImportCommand implements Callable<Integer> {

    @Parameters(paramLabel = "PATH", description = "The file or folder, or a name that another tool holds.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String source;

    @Option(names = "--name", paramLabel = "NAME", description = "What to call it; the default is the file's name.")
    @Nullable
    String name;

    private final Surroundings around;

    ImportCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Library library = around.store();
        Path path = ModelArgument.resolve(source, library);
        String called = library.named(name == null ? defaultName(path) : name);
        Manifest m = new Importer(library.store()).importFrom(path, called, n -> around.stopWhenInterrupted());
        try (Ledger ledger = LedgerFlags.configured(around)) {
            ledger.pulls().record(Puller.record(HubAccess.user(around), m));
        }
        around.say("imported " + m.name() + " (" + Text.bytes(m.bytes()) + ")");
        return ExitCode.DONE;
    }

    private String defaultName(Path path) {
        if (!Files.exists(Path.of(source)) && around.store().find(source).isPresent()) {
            return around.store().find(source).get().name();
        }
        String file = path.toAbsolutePath().normalize().getFileName().toString();
        return file.replaceFirst("(?i)\\.gguf$", "").replaceFirst("-\\d{5}-of-\\d{5}$", "");
    }
}
