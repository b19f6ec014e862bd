package dev.dalang.cli;

import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Role;
import java.net.URI;
import java.util.Optional;

/** Where an installed model came from, as a place to ask for what stands there now. */
final class Updates {
    private Updates() {}

    /** Empty for what was imported, or lies at a place that is no longer understood. */
    static Optional<Source> source(Manifest m) {
        String location = m.origin().location();
        return switch (m.origin().kind()) {
            case "huggingface" -> huggingFace(m, location);
            case "ollama", "oci" -> registry(m.origin().kind(), location);
            case "url" -> Optional.of(new Source.Url(URI.create(location)));
            default -> Optional.empty();
        };
    }

    private static Optional<Source> huggingFace(Manifest m, String location) {
        String[] parts = location.split("/");
        if (parts.length < 2) return Optional.empty();
        String weights = m.file(Role.WEIGHTS).map(f -> f.name().text()).orElse("");
        String selection = weights.endsWith(".gguf") ? weights : null;
        return Optional.of(new Source.HuggingFace(parts[parts.length - 2], parts[parts.length - 1], null, selection));
    }

    /** {@code host[:port]/repository:reference} */
    private static Optional<Source> registry(String kind, String location) {
        int slash = location.indexOf('/');
        int colon = location.lastIndexOf(':');
        if (slash < 0 || colon < slash) return Optional.empty();
        String host = location.substring(0, slash);
        String repository = location.substring(slash + 1, colon);
        String reference = location.substring(colon + 1);
        return Optional.of(
                kind.equals("ollama")
                        ? new Source.Ollama(host, repository, reference)
                        : new Source.Oci(host, repository, reference));
    }
}
