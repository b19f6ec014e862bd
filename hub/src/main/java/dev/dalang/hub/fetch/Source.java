package dev.dalang.hub.fetch;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A place that a model can be fetched from. */
public sealed interface Source {

    /** What the model is called in the store, unless the user says otherwise. */
    String name();

    /**
     * A repository of Hugging Face, or of a mirror.
     *
     * @param revision branch, tag or commit; null for the main branch
     * @param selection a quantisation ({@code Q4_K_M}) or a file's name; null for the customary choice
     */
    record HuggingFace(
            String owner,
            String repository,
            @Nullable String revision,
            @Nullable String selection) implements Source {
        public String id() {
            return owner + "/" + repository;
        }

        @Override
        public String name() {
            return "hf.co/" + id() + (selection == null ? "" : ":" + selection.replaceAll(".*/", ""));
        }
    }

    /** A model of Ollama's registry. */
    record Ollama(String host, String repository, String tag) implements Source {
        @Override
        public String name() {
            String path = repository.startsWith("library/") ? repository.substring("library/".length()) : repository;
            return (host.equals(KnownHosts.OLLAMA) ? "" : host.replace(':', '_') + "/") + path + ":" + tag;
        }
    }

    /**
     * A model in an OCI registry, packed as Docker Model Runner packs them.
     *
     * @param reference a tag, or {@code sha256:…}
     */
    record Oci(String host, String repository, String reference) implements Source {
        @Override
        public String name() {
            String shown = host.equals(KnownHosts.DOCKER) ? "docker.io" : host.replace(':', '_');
            return shown + "/" + repository
                    + (reference.startsWith("sha256:") ? "@" + reference.substring(7, 19) : ":" + reference);
        }
    }

    /** One file at an address. */
    record Url(URI address) implements Source {
        @Override
        public String name() {
            String path = address.getPath() == null ? "" : address.getPath();
            String last = path.substring(path.lastIndexOf('/') + 1);
            String stem = last.replaceFirst("(?i)\\.gguf$", "").replaceAll("[^A-Za-z0-9._-]+", "-");
            String plain = stem.replaceAll("\\.{2,}", ".").replaceAll("^[^A-Za-z0-9]+", "");
            return address.getHost() + "/" + (plain.isEmpty() ? "model" : plain);
        }
    }

    String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
    Pattern HF = Pattern.compile(
            "(" + PART + ")/(" + PART + ")(?:@([A-Za-z0-9][A-Za-z0-9._/-]{0,99}))?(?::(" + PART + "))?");
    Pattern HF_FILE = Pattern.compile("(" + PART + ")/(" + PART
            + ")/(?:resolve|blob)/([A-Za-z0-9][A-Za-z0-9._-]{0,99})/" + "([A-Za-z0-9_][A-Za-z0-9._/+-]{0,199})");
    Pattern HF_TREE = Pattern.compile("(" + PART + ")/(" + PART + ")/tree/([A-Za-z0-9][A-Za-z0-9._-]{0,99})/?");
    Pattern REGISTRY =
            Pattern.compile("(?:([A-Za-z0-9.-]+(?:\\.[A-Za-z]+|localhost)(?::\\d{1,5})?|localhost(?::\\d{1,5})?)/)?"
                    + "([A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,4})"
                    + "(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127})|@(sha256:[0-9a-f]{64}))?");

    /**
     * Reads {@code hf.co/OWNER/REPO[@REVISION][:QUANT]}, {@code hf://…}, {@code ollama://[NAMESPACE/]MODEL[:TAG]},
     * {@code oci://HOST/REPOSITORY[:TAG]}, {@code docker.io/REPOSITORY[:TAG]}, {@code docker://…} or {@code https://…};
     * empty when it is none of them, like a name of the catalogue.
     */
    static Optional<Source> parse(String text) {
        String t = text.strip();
        for (String prefix :
                new String[] {"https://huggingface.co/", "https://hf.co/", "hf://", "hf.co/", "huggingface.co/"}) {
            if (startsWith(t, prefix)) return huggingFace(t.substring(prefix.length()));
        }
        if (startsWith(t, "ollama://")) return registry(t.substring("ollama://".length()), true);
        for (String prefix : new String[] {"registry.ollama.ai/", "ollama.com/"}) {
            if (startsWith(t, prefix)) return registry(t.substring(prefix.length()), true);
        }
        if (startsWith(t, "oci://")) return registry(t.substring("oci://".length()), false);
        for (String prefix : new String[] {"docker://", "docker.io/"}) {
            if (startsWith(t, prefix)) {
                String rest = t.substring(prefix.length());
                return registry(startsWith(rest, "docker.io/") ? rest.substring("docker.io/".length()) : rest, false);
            }
        }
        if (startsWith(t, "https://") || startsWith(t, "http://")) {
            try {
                URI address = new URI(t);
                return address.getHost() == null ? Optional.empty() : Optional.of(new Url(address));
            } catch (URISyntaxException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static Optional<Source> huggingFace(String rest) {
        if (rest.contains("..")) return Optional.empty();
        String path = rest.replaceFirst("[?#].*", "");
        Matcher m = HF_FILE.matcher(path);
        if (m.matches()) return Optional.of(new HuggingFace(m.group(1), m.group(2), m.group(3), m.group(4)));
        m = HF_TREE.matcher(path);
        if (m.matches()) return Optional.of(new HuggingFace(m.group(1), m.group(2), m.group(3), null));
        m = HF.matcher(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
        if (!m.matches()) return Optional.empty();
        String selection = "latest".equals(m.group(4)) ? null : m.group(4);
        return Optional.of(new HuggingFace(m.group(1), m.group(2), m.group(3), selection));
    }

    private static Optional<Source> registry(String rest, boolean ollama) {
        Matcher m = REGISTRY.matcher(rest);
        if (!m.matches() || rest.contains("..")) return Optional.empty();
        String host = m.group(1);
        String repository = m.group(2);
        String tag = m.group(3) == null ? "latest" : m.group(3);
        if (ollama) {
            String path = repository.contains("/") ? repository : "library/" + repository;
            return Optional.of(new Ollama(host == null ? KnownHosts.OLLAMA : host, path, tag));
        }
        boolean docker = host == null || host.equals("docker.io");
        return Optional.of(
                new Oci(docker ? KnownHosts.DOCKER : host, repository, m.group(4) == null ? tag : m.group(4)));
    }

    private static boolean startsWith(String text, String prefix) {
        return text.toLowerCase(Locale.ROOT).startsWith(prefix);
    }
}
