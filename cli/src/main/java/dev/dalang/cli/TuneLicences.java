package dev.dalang.cli;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.hub.licence.Licence;
import dev.dalang.hub.licence.Lineage;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.train.tune.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the base model's licences ask of what is made from it, and what carries them on. */
final class TuneLicences {

    private final Surroundings around;
    private final InstalledLicences licences;

    TuneLicences(Surroundings around) {
        this.around = around;
        this.licences = new InstalledLicences(new CatalogueAccess(around));
    }

    /**
     * @param asked what the user calls the model
     * @param wished name of the result, or null for one after the model's
     */
    Provenance of(String asked, Path path, ModelSource base, @Nullable String wished) {
        InstalledModel installed = around.store().find(asked).orElse(null);
        List<Licence> all = licences.licences(path, installed, base.metadata());
        String model = base.metadata().string("general.name", nameOf(path));
        String name = wished != null ? wished : model + "-tuned";
        for (Licence l : all) {
            String prefix = l.derivativePrefix();
            if (prefix == null || name.toLowerCase(Locale.ROOT).startsWith(prefix.toLowerCase(Locale.ROOT))) continue;
            if (wished != null) {
                throw Errors.usage("--name " + wished + ": under the " + l.name()
                        + " the name of what is made from the model begins with \"" + prefix + "\"");
            }
            name = prefix + "-" + name;
        }
        Map<String, Metadata.Value> keys =
                licences.carried(path, installed, base.metadata()).asMap();
        return new Provenance(
                installed == null ? model : installed.name(),
                digest(path, installed),
                all.stream()
                        .filter(l -> !l.id().equals("unknown"))
                        .map(Licence::id)
                        .toList(),
                keys.entrySet().stream()
                        .filter(e -> e.getKey().startsWith("general.license")
                                || e.getKey().equals(Lineage.KEY))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                terms(all),
                name);
    }

    /** The metadata of a file that holds the whole model, licences included. */
    Metadata portable(String asked, Path path, ModelSource base) {
        InstalledModel installed = around.store().find(asked).orElse(null);
        return licences.carried(path, installed, ModelSources.portableMetadata(base));
    }

    private static List<String> terms(List<Licence> all) {
        List<String> terms = new ArrayList<>();
        for (Licence l : all) {
            if (l.commercial() == Licence.Commercial.UNKNOWN) {
                terms.add(l.name() + ": read the publisher's page before you pass on anything");
                continue;
            }
            terms.add(l.name() + " (" + l.url() + ")");
            terms.add("derivatives: " + l.derivatives());
            terms.add("attribution: " + l.attribution());
            if (!l.acceptableUse().equals("no restriction")) terms.add("use: " + l.acceptableUse());
            if (l.commercial() != Licence.Commercial.YES)
                terms.add("commercial use: " + l.commercial().words());
            if (l.hasUserLimit()) terms.add("user limit: " + l.userLimit());
        }
        return terms;
    }

    private static String nameOf(Path path) {
        Path file = path.toAbsolutePath().normalize().getFileName();
        String s = file == null ? "model" : file.toString();
        return s.endsWith(".gguf") ? s.substring(0, s.length() - ".gguf".length()) : s;
    }

    /** Of the file; of a model in several, of their digests in the order of their names. */
    private static String digest(Path path, @Nullable InstalledModel installed) {
        if (installed != null && installed.digests().size() == 1)
            return installed.digests().getFirst().toString();
        try {
            if (!Files.isDirectory(path)) return Digest.of(path).toString();
            StringBuilder each = new StringBuilder();
            try (Stream<Path> files = Files.list(path)) {
                for (Path f : files.filter(f -> f.toString().endsWith(".safetensors"))
                        .sorted()
                        .toList()) {
                    each.append(Digest.of(f)).append('\n');
                }
            }
            return Digest.of(each.toString()).toString();
        } catch (IOException e) {
            throw Errors.storage(e, path);
        }
    }
}
