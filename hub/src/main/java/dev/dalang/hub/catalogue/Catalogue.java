package dev.dalang.hub.catalogue;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A dated list of models. Made by {@link CatalogueReader} from a file whose signature {@link Signatures} has checked.
 *
 * @param serial grows with every edition
 * @param date of this edition
 * @param sources where its facts are from, by identity
 * @param models sorted by name
 * @param licences that came or changed since the build, as trees that {@code hub.licence} reads; may be empty
 */
public record Catalogue(
        int schema,
        long serial,
        LocalDate date,
        List<Source> sources,
        List<CatalogueModel> models,
        List<Object> licences) {

    /** @param read when it was read for this catalogue */
    public record Source(String id, String title, String url, LocalDate read) {}

    public Catalogue {
        sources = List.copyOf(sources);
        models = List.copyOf(models);
        licences = List.copyOf(licences);
    }

    /**
     * A model by its name, by its publisher's repository ({@code hf.co/Qwen/Qwen3-8B} or {@code Qwen/Qwen3-8B}), or by the
     * reach of a hosted one without its provider ({@code gpt-5}). Case does not matter.
     */
    public Optional<CatalogueModel> find(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT);
        for (CatalogueModel m : models) if (m.name().equals(wanted)) return Optional.of(m);
        for (CatalogueModel m : models) {
            String weights = m.weights() == null ? "" : m.weights().toLowerCase(Locale.ROOT);
            if (weights.equals(wanted) || weights.equals("hf.co/" + wanted)) return Optional.of(m);
            if (m.name().endsWith("/" + wanted)) return Optional.of(m);
        }
        return Optional.empty();
    }

    /** Names that look like a name that does not exist: the same family, or one that begins alike. */
    public List<String> near(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT);
        String stem = wanted.replaceFirst("[:@].*", "");
        List<String> found = new ArrayList<>();
        for (CatalogueModel m : models) if (m.name().startsWith(stem + ":")) found.add(m.name());
        for (CatalogueModel m : models) {
            if (found.contains(m.name())) continue;
            if (stem.length() >= 3 && (m.name().startsWith(stem) || m.name().contains("/" + stem))) found.add(m.name());
        }
        return found;
    }

    /** The newest model of the chain of successors, or the model itself. */
    public CatalogueModel latest(CatalogueModel model) {
        CatalogueModel at = model;
        // A chain longer than the list would be a ring.
        for (int i = 0; i < models.size() && at.successor() != null; i++) {
            Optional<CatalogueModel> next = find(at.successor());
            if (next.isEmpty()) break;
            at = next.get();
        }
        return at;
    }

    /** The model that holds a file of this digest, when the catalogue knows it; {@code sha256:} may stand before it. */
    public Optional<CatalogueModel> holding(String digest) {
        String hex = digest.startsWith("sha256:") ? digest.substring("sha256:".length()) : digest;
        return models.stream()
                .filter(m -> m.files().stream().flatMap(f -> f.parts().stream()).anyMatch(p -> hex.equals(p.sha256())))
                .findFirst();
    }

    /** Where the fact of a model is from, or nothing. */
    public Optional<CatalogueModel.FactSource> sourceOf(CatalogueModel model, String fact) {
        return model.sources().stream().filter(s -> s.facts().contains(fact)).findFirst();
    }

    /** Sources by identity. */
    public Map<String, Source> sourceTable() {
        Map<String, Source> table = new LinkedHashMap<>();
        for (Source s : sources) table.put(s.id(), s);
        return table;
    }
}
