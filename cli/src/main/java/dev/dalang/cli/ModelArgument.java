package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.engine.tokenizer.Tokenizers;
import dev.dalang.gateway.provider.Providers;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.Catalogues;
import dev.dalang.hub.catalogue.Signatures;
import dev.dalang.hub.pull.Place;
import dev.dalang.hub.store.Library;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The MODEL argument of every verb: a path, or a name in the local store. */
final class ModelArgument {

    /** {@code name:tag}, {@code owner/name}, {@code hf.co/owner/name:quant}: nobody means these as a prompt. */
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*([:/][A-Za-z0-9][A-Za-z0-9._-]*){1,6}");

    private ModelArgument() {}

    /** Whether a first argument names a model; otherwise it is the beginning of the prompt. */
    static boolean namesModel(String argument, Library store) {
        if (argument.isBlank()) return false;
        Path path = path(argument);
        if (path != null && (Library.isGguf(path) || Files.exists(path))) return true;
        if (argument.startsWith("./") || argument.startsWith("../") || argument.startsWith("/")) {
            return argument.chars().noneMatch(Character::isWhitespace);
        }
        return NAME.matcher(argument).matches() || store.find(argument).isPresent();
    }

    /**
     * The model's file or folder.
     *
     * @throws DalangException when there is none, or it cannot be a model, or may not be read
     */
    static Path resolve(String argument, Library store) {
        Path path = existing(argument, store);
        if (Files.isDirectory(path)) {
            if (Library.isModelFolder(path)) return path;
            throw DalangException.badModelFile(
                    path + " is a folder without config.json and .safetensors files;"
                            + " name a .gguf file or a folder that holds a model",
                    path.toString(),
                    null);
        }
        if (!Files.isRegularFile(path)) {
            throw DalangException.badModelFile(path + " is neither a file nor a folder", path.toString(), null);
        }
        return path;
    }

    /** The model's file or folder, or nothing where no such model is here; a path that looks like one must exist. */
    static Optional<Path> find(String argument, Library store) {
        Path given = path(argument);
        boolean here = given != null && (Files.exists(given) || Library.isGguf(given))
                || store.find(argument).isPresent();
        return here ? Optional.of(resolve(argument, store)) : Optional.empty();
    }

    /** The tokenizer of a model, or of a vocabulary alone: .gguf, tokenizer.json, or the folder of either. */
    static Tokenizer tokenizer(String argument, Library store) {
        return Tokenizers.open(existing(argument, store));
    }

    private static Path existing(String argument, Library store) {
        Path given = path(argument);
        // A folder on the way that may not be entered: whether there is a file nobody can say.
        if (given != null && !Files.exists(given) && !Files.notExists(given)) throw denied(given);
        Path path = given != null && Files.exists(given)
                ? given
                : store.find(argument)
                        .orElseThrow(() -> unavailable(argument, given, store))
                        .path();
        if (!Files.isReadable(path)) throw denied(path);
        return path;
    }

    private static DalangException denied(Path path) {
        return new DalangException(new Failure.Storage(path + " may not be read: permission denied", path.toString()));
    }

    private static DalangException unavailable(String argument, @Nullable Path path, Library store) {
        boolean looksLikePath = path != null
                && (Library.isGguf(path)
                        || path.isAbsolute()
                        || argument.startsWith("./")
                        || argument.startsWith("../"));
        String message = looksLikePath
                ? "no such file: " + argument
                : elsewhere(argument, store)
                        .orElseGet(() -> "no model named " + argument + " in " + store.folder()
                                + "; `dalang list` shows what is there, and a path to a .gguf file works too"
                                + wayOut(argument));
        return new DalangException(new Failure.ModelUnavailable(message, argument));
    }

    /** What the catalogue says of a model that is not here. */
    private static Optional<String> elsewhere(String argument, Library store) {
        Path home = store.folder().toAbsolutePath().getParent();
        if (home == null) return Optional.empty();
        return new Catalogues(home, Signatures.ofProject())
                .current()
                .catalogue()
                .find(argument)
                .map(m -> m.access() == CatalogueModel.Access.HOSTED
                        ? Place.hostedOnly(m).failure().message() + wayOut(m.reach())
                        : m.name() + " is not here; `dalang pull " + m.name() + "` fetches it, `dalang fit " + m.name()
                                + "` says whether it would fit");
    }

    /** How a provider's model can be asked, where the name begins with a provider that is known. */
    private static String wayOut(@Nullable String model) {
        int slash = model == null ? -1 : model.indexOf('/');
        String provider = model == null || slash < 0 ? "" : model.substring(0, slash);
        return Providers.known().contains(provider)
                ? "; `dalang providers add " + provider + "` lets `dalang run " + model + "` ask it"
                : "";
    }

    private static @Nullable Path path(String argument) {
        try {
            return Path.of(argument);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
