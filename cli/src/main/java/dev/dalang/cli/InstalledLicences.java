package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.licence.BillOfMaterials;
import dev.dalang.hub.licence.CardFacts;
import dev.dalang.hub.licence.Licence;
import dev.dalang.hub.licence.Lineage;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Manifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Under which licences an installed model is: what its file says, what was known when it came, and what the catalogue says of
 * it and of what it was made from.
 */
final class InstalledLicences {

    private final CatalogueAccess access;

    InstalledLicences(CatalogueAccess access) {
        this.access = access;
    }

    BillOfMaterials.Item item(InstalledModel installed) {
        Manifest manifest = installed.manifest();
        String name = installed.name();
        List<String> digests =
                installed.digests().stream().map(Digest::toString).toList();
        String origin = manifest == null ? null : manifest.origin().location();
        Map<String, String> facts = facts(installed.path(), manifest);
        Metadata meta = metadata(installed.path());
        Lineage lineage = Lineage.of(meta);
        Optional<CatalogueModel> known = known(name, origin, digests);
        List<Licence> licences = licences(lineage, facts, known.orElse(null));
        List<String> bases = new ArrayList<>(lineage.bases());
        known.map(CatalogueModel::base).ifPresent(bases::add);
        String base = facts.get("base_model");
        if (base != null && !bases.contains(base)) bases.add(base);
        return new BillOfMaterials.Item(
                name,
                installed.bytes(),
                digests,
                licences,
                origin,
                manifest == null ? null : manifest.origin().revision(),
                known.map(CatalogueModel::publisher).orElse(null),
                meta.stringOrNull("general.architecture"),
                bases);
    }

    private static Map<String, String> facts(Path path, @Nullable Manifest manifest) {
        Map<String, String> facts = new LinkedHashMap<>();
        if (manifest != null) facts.putAll(manifest.facts());
        if (Files.isDirectory(path)) CardFacts.of(path).forEach(facts::putIfAbsent);
        return facts;
    }

    /** All licences that hold for a model, of a store or not. */
    List<Licence> licences(Path path, @Nullable InstalledModel installed, Metadata meta) {
        Manifest manifest = installed == null ? null : installed.manifest();
        Optional<CatalogueModel> known = installed == null ? claimed(meta) : known(installed);
        return licences(Lineage.of(meta), facts(path, manifest), known.orElse(null));
    }

    /** The keys that a file made from this one carries on, so that no licence is lost on the way. */
    Metadata carried(Path path, @Nullable InstalledModel installed, Metadata meta) {
        List<Licence> all = licences(path, installed, meta);
        Lineage lineage = Lineage.of(meta);
        for (Licence l : all) {
            boolean said = lineage.licences().stream()
                    .anyMatch(n -> access.licences().named(n).id().equals(l.id()));
            if (!said && !l.id().equals("unknown")) lineage = lineage.and(l.id());
        }
        Map<String, Metadata.Value> keys = new LinkedHashMap<>(meta.asMap());
        boolean own = meta.has("general.license");
        lineage.metadata().forEach((k, v) -> {
            if (!k.equals("general.license") || !own) keys.put(k, v);
        });
        return new Metadata(meta.file(), keys);
    }

    /** The catalogue's model that a file says it is, by its repository or its title. */
    Optional<CatalogueModel> claimed(Metadata meta) {
        for (String key : List.of("general.repo_url", "general.source.url", "general.source.repo_url")) {
            Metadata.Value value = meta.get(key);
            if (value != null && value.value() instanceof String s) {
                Optional<CatalogueModel> m = repository(s).flatMap(access::find);
                if (m.isPresent()) return m;
            }
        }
        Metadata.Value name = meta.get("general.name");
        if (name == null || !(name.value() instanceof String s)) return Optional.empty();
        String wanted = letters(s);
        return access.catalogue().models().stream()
                .filter(m -> m.access() == Access.OPEN && letters(m.title()).equals(wanted))
                .findFirst();
    }

    private static String letters(String s) {
        return s.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "");
    }

    /** All licences that hold, without doubles: the file's own first. None is known: the unknown one. */
    List<Licence> licences(Lineage lineage, Map<String, String> facts, @Nullable CatalogueModel known) {
        Map<String, Licence> all = new LinkedHashMap<>();
        for (String l : lineage.licences()) put(all, l);
        put(all, own(facts));
        if (known != null) {
            put(all, known.licence());
            CatalogueModel at = known;
            // A base has a base: the licences of all of them follow.
            for (int i = 0; i < 8 && at != null && at.base() != null; i++) {
                at = access.find(at.base()).orElse(null);
                if (at != null) put(all, at.licence());
            }
        }
        List<String> bases = new ArrayList<>(lineage.bases());
        String base = facts.get("base_model");
        if (base != null) bases.add(base);
        for (String b : bases) {
            repository(b)
                    .flatMap(access::find)
                    .filter(m -> m.access() == Access.OPEN)
                    .ifPresent(m -> put(all, m.licence()));
        }
        // A name that says nothing gives way to one that does.
        if (all.size() > 1) all.remove("unknown");
        if (all.isEmpty()) put(all, "unknown");
        return List.copyOf(all.values());
    }

    private void put(Map<String, Licence> all, @Nullable String name) {
        if (name == null || name.isBlank()) return;
        Licence l = access.licences().named(name);
        all.putIfAbsent(l.id(), l);
    }

    private static @Nullable String own(Map<String, String> facts) {
        String licence = facts.get("licence");
        return licence == null || licence.equalsIgnoreCase("other")
                ? facts.getOrDefault("licence_name", licence)
                : licence;
    }

    /** What the catalogue knows of an installed model. */
    Optional<CatalogueModel> known(InstalledModel m) {
        Manifest manifest = m.manifest();
        return known(
                m.name(),
                manifest == null ? null : manifest.origin().location(),
                m.digests().stream().map(Digest::toString).toList());
    }

    /** What the catalogue knows of it: by its digest, its name or where it came from. */
    Optional<CatalogueModel> known(String name, @Nullable String origin, List<String> digests) {
        for (String d : digests) {
            Optional<CatalogueModel> m = access.catalogue().holding(d);
            if (m.isPresent()) return m;
        }
        Optional<CatalogueModel> m = access.find(name).filter(c -> c.access() == Access.OPEN);
        if (m.isPresent() || origin == null) return m;
        String repository = repository(origin).orElse(origin).toLowerCase(Locale.ROOT);
        Optional<CatalogueModel> direct = access.find(repository);
        if (direct.isPresent()) return direct;
        return access.catalogue().models().stream()
                .filter(c -> c.files().stream()
                        .anyMatch(f -> f.source().toLowerCase(Locale.ROOT).endsWith(repository)))
                .findFirst();
    }

    /** {@code OWNER/REPO} out of an address or a name. */
    private static Optional<String> repository(String place) {
        String s = place.strip()
                .replaceFirst("^https?://(www\\.)?(huggingface\\.co|hf\\.co)/", "")
                .replaceFirst("^(hf\\.co|huggingface\\.co)/", "")
                .replaceFirst("[@:].*$", "");
        return s.matches("[A-Za-z0-9._-]+/[A-Za-z0-9._-]+") ? Optional.of(s) : Optional.empty();
    }

    private static Metadata metadata(Path path) {
        try (ModelSource source = ModelFiles.open(path)) {
            return source.metadata();
        } catch (DalangException e) {
            // A file that does not open is listed all the same.
            return new Metadata(path.toString(), Map.of());
        }
    }
}
