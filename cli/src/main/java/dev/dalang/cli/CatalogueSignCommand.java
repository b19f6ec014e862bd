package dev.dalang.cli;

import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.CatalogueReader;
import dev.dalang.hub.catalogue.Signatures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang catalogue sign}: what makes a file a catalogue. */
@Command(name = "sign", description = "Check a catalogue and sign it.")
final class CatalogueSignCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "The catalogue, JSON.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path file;

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "A key of `dalang catalogue key`.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path key;

    private final Surroundings around;

    CatalogueSignCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        byte[] json;
        KeyPair pair;
        try {
            json = Files.readAllBytes(file);
            pair = Signatures.decode(Files.readString(key));
        } catch (IOException e) {
            throw Errors.storage(e, null);
        }
        Catalogue c = CatalogueReader.read(Json.parse(new String(json, StandardCharsets.UTF_8), file.toString()));
        Path signature = file.resolveSibling(file.getFileName() + ".sig");
        try {
            Files.write(signature, Signatures.sign(json, pair.getPrivate(), pair.getPublic()));
        } catch (IOException e) {
            throw Errors.storage(e, signature);
        }
        around.say("signed edition " + c.serial() + " with "
                + Text.plural(c.models().size(), "model") + " as " + signature + ", by key "
                + Signatures.id(pair.getPublic()));
        return ExitCode.DONE;
    }
}
