package dev.dalang.cli;

import dev.dalang.hub.catalogue.Signatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dalang catalogue key}: a new key pair for signing. */
@Command(name = "key", description = "Make a key pair to sign catalogues with.")
final class CatalogueKeyCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "Where to put it; nobody else may read it.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path file;

    private final Surroundings around;

    CatalogueKeyCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (Files.exists(file)) throw Errors.usage(file + " exists; a key is not overwritten");
        KeyPair pair = Signatures.newKey();
        try {
            Private.write(file, Signatures.encode(pair));
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
        around.out().println(Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()));
        around.say("the private key is in " + file + "; above is the public key, for the setting catalogue-key");
        return ExitCode.DONE;
    }
}
