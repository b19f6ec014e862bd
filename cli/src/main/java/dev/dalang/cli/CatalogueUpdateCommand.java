package dev.dalang.cli;

import dev.dalang.hub.catalogue.Catalogues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code dalang catalogue update}: a newer edition, when asked. */
@Command(
        name = "update",
        description = "Take a newer signed catalogue into use.",
        footer = {"", "The signature is looked for beside it, under the same name with .sig."})
final class CatalogueUpdateCommand implements Callable<Integer> {

    @Option(
            names = "--catalogue-url",
            paramLabel = "URL",
            description = "An https address; the default is the setting catalogue-url.")
    @Nullable
    String url;

    @Option(names = "--file", paramLabel = "FILE", description = "A file that was fetched otherwise.")
    @Nullable
    Path file;

    private static final int MAX_SIGNATURE = 4096;

    private final Surroundings around;

    CatalogueUpdateCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Catalogues catalogues = new CatalogueAccess(around).catalogues();
        long before = catalogues.current().catalogue().serial();
        Catalogues.Loaded now;
        if (file != null) {
            now = catalogues.update(
                    read(file), read(file.resolveSibling(file.getFileName() + ".sig")), file.toString());
        } else if (url != null && !url.isBlank()) {
            byte[] json = SmallDownload.get(around, url, "catalogue update", Catalogues.MAX_BYTES);
            now = catalogues.update(
                    json, SmallDownload.get(around, url + ".sig", "catalogue update", MAX_SIGNATURE), url);
        } else {
            throw Errors.usage("name the catalogue with --file or --catalogue-url, or set catalogue-url");
        }
        if (now.catalogue().serial() == before) around.say("the catalogue in use is the newest");
        CatalogueCommand.print(now, around);
        return ExitCode.DONE;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
    }
}
