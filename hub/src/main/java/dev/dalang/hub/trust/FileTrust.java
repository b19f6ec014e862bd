package dev.dalang.hub.trust;

import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.trust.Finding.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A look at a model file that the hardened reader has opened: nothing of it is run, only read and compared. */
public final class FileTrust {

    /** Longer ones of real models have about 40 thousand characters. */
    private static final int LONG_TEMPLATE = 100_000;

    /** Padding, and no more, may follow the last tensor. */
    private static final int TRAILING = 4096;

    /** Reaching for the inside of Python or of Java from a template has no honest use. */
    private static final Pattern ESCAPE = Pattern.compile(
            "__(class|mro|base|bases|subclasses|globals|builtins|import|init|getattribute)__|\\bos\\.(system|popen)"
                    + "|\\bsubprocess\\b|getClass\\s*\\(|java\\.lang\\b|\\beval\\s*\\(|\\bexec\\s*\\(");

    private static final Pattern ADDRESS = Pattern.compile("(?i)\\bhttps?://([^\\s\"'/<>)]+)");

    /** Addresses that honest templates show as part of a schema or of an example. */
    private static final Set<String> HARMLESS_HOSTS = Set.of("json-schema.org", "example.com", "www.example.com");

    /** Characters that hide text from a reader: those that turn its direction round, and those without width. */
    private static final Pattern HIDDEN = Pattern.compile("[\\u202A-\\u202E\\u2066-\\u2069\\u200B\\u2060\\uFEFF]");

    private FileTrust() {}

    /**
     * @param known what the catalogue says of the model that the file claims to be, or null
     * @param digest {@code sha256:…} of the file when it is known
     */
    public static List<Finding> look(ModelSource file, @Nullable CatalogueModel known, @Nullable String digest) {
        List<Finding> found = new ArrayList<>();
        Metadata meta = file.metadata();
        templates(meta, known, found);
        licence(meta, known, found);
        identity(file, meta, known, digest, found);
        hidden(meta, found);
        if (file instanceof Gguf gguf) trailing(gguf, found);
        return found;
    }

    private static void templates(Metadata meta, @Nullable CatalogueModel known, List<Finding> found) {
        for (String key : meta.keys()) {
            if (!key.startsWith("tokenizer.chat_template")) continue;
            Metadata.Value value = meta.get(key);
            if (value == null || !(value.value() instanceof String template)) continue;
            if (ESCAPE.matcher(template).find()) {
                found.add(new Finding(
                        Level.SUSPICIOUS,
                        key + " reaches for the inside of the program that runs it, as attacks on other programs do;"
                                + " here a template reaches nothing"));
            }
            Set<String> hosts = new TreeSet<>();
            ADDRESS.matcher(template).results().forEach(m -> hosts.add(m.group(1)));
            hosts.removeAll(HARMLESS_HOSTS);
            if (!hosts.isEmpty()) {
                found.add(new Finding(
                        Level.ODD, key + " puts addresses into every prompt: " + shortened(String.join(", ", hosts))));
            }
            if (template.length() > LONG_TEMPLATE) {
                found.add(new Finding(Level.ODD, key + " has " + template.length() + " characters"));
            }
            if (key.equals("tokenizer.chat_template")) compare(template, known, found);
        }
    }

    private static void compare(String template, @Nullable CatalogueModel known, List<Finding> found) {
        if (known == null || known.templates().isEmpty()) return;
        String digest = TemplateDigest.of(template);
        if (known.templates().contains(digest)) {
            found.add(new Finding(Level.NOTE, "the chat template is the publisher's"));
        } else {
            found.add(new Finding(
                    Level.ODD,
                    "the chat template is not the one that " + known.publisher() + " published for " + known.name()
                            + "; converters often repair templates, but whoever writes it decides what the model is"
                            + " told (`dalang show --template` prints it)"));
        }
    }

    private static void licence(Metadata meta, @Nullable CatalogueModel known, List<Finding> found) {
        Metadata.Value value = meta.get("general.license");
        if (value == null) {
            found.add(new Finding(
                    Level.NOTE,
                    known == null
                            ? "the file names no licence"
                            : "the file names no licence; the catalogue says " + known.licence()));
        }
    }

    private static void identity(
            ModelSource file,
            Metadata meta,
            @Nullable CatalogueModel known,
            @Nullable String digest,
            List<Finding> found) {
        if (known == null) return;
        String architecture = meta.stringOrNull("general.architecture");
        if (architecture != null && known.architecture() != null && !architecture.equals(known.architecture())) {
            found.add(new Finding(
                    Level.SUSPICIOUS,
                    "the file's architecture is " + shortened(architecture) + ", but " + known.name() + " is "
                            + known.architecture()));
        }
        if (known.parameters() != null && file.tensors().size() > 0) {
            long have = 0;
            for (TensorInfo t : file.tensors().values()) have += t.elements();
            double ratio = (double) have / known.parameters();
            // Some count embeddings twice, some leave them out.
            if (ratio < 0.7 || ratio > 1.4) {
                found.add(new Finding(
                        Level.SUSPICIOUS,
                        "the file holds " + have + " numbers, but " + known.name() + " has " + known.parameters()));
            }
        }
        if (digest == null) return;
        String hex = digest.replaceFirst("^sha256:", "");
        boolean published =
                known.files().stream().flatMap(f -> f.parts().stream()).anyMatch(p -> hex.equals(p.sha256()));
        if (published) found.add(new Finding(Level.NOTE, "the file is bit for bit the one that the catalogue knows"));
    }

    private static void hidden(Metadata meta, List<Finding> found) {
        for (Map.Entry<String, Metadata.Value> e : meta.asMap().entrySet()) {
            String key = e.getKey();
            if (HIDDEN.matcher(key).find()) {
                found.add(new Finding(Level.SUSPICIOUS, "a key of the metadata hides characters in its name"));
            }
            boolean text = key.startsWith("general.") || key.equals("tokenizer.chat_template");
            if (text
                    && e.getValue().value() instanceof String s
                    && HIDDEN.matcher(s).find()) {
                found.add(new Finding(Level.ODD, shortened(key) + " holds characters that hide or turn round text"));
            }
        }
    }

    private static void trailing(Gguf file, List<Finding> found) {
        long end = 0;
        int parts = 0;
        for (TensorInfo t : file.tensors().values()) {
            parts = Math.max(parts, t.part());
            end = Math.max(end, t.offset() + t.bytes());
        }
        if (parts > 0 || file.tensors().isEmpty()) return;
        long rest = file.fileBytes() - end;
        if (rest > TRAILING) {
            found.add(new Finding(Level.ODD, rest + " bytes follow the last tensor; the format has no use for them"));
        }
    }

    /** Text from a file, on one line and not too long. */
    private static String shortened(String s) {
        StringBuilder line = new StringBuilder();
        s.codePoints().limit(120).forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? '\ufffd' : c));
        return line.toString();
    }
}
