package dev.dalang.hub.catalogue;

import dev.dalang.api.DalangException;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.catalogue.CatalogueModel.CacheGroup;
import dev.dalang.hub.catalogue.CatalogueModel.FactSource;
import dev.dalang.hub.catalogue.CatalogueModel.FilePart;
import dev.dalang.hub.catalogue.CatalogueModel.PublishedFile;
import dev.dalang.hub.catalogue.CatalogueModel.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** From the JSON of a catalogue to {@link Catalogue}, everything checked; see docs/CATALOGUE.md for the format. */
public final class CatalogueReader {

    /** The version of the format that this build reads. */
    public static final int SCHEMA = 1;

    private static final int MAX_MODELS = 10_000;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]*([:/][a-z0-9][a-z0-9._:-]*)?");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*");
    private static final Set<String> CAPABILITIES = Set.of("tools", "reasoning", "vision", "audio", "video", "code");

    private CatalogueReader() {}

    /**
     * @param tree a parsed JSON document
     * @throws DalangException naming the field that is wrong
     */
    public static Catalogue read(@Nullable Object tree) {
        Fields f = new Fields("catalogue", tree);
        int schema = f.integer("schema", 1, Integer.MAX_VALUE);
        if (schema != SCHEMA) {
            throw f.bad("it is of format " + schema + ", and this build reads format " + SCHEMA
                    + "; a newer Dalang reads it");
        }
        long serial = f.number("serial", 1, Long.MAX_VALUE);
        var date = f.date("date");
        List<Catalogue.Source> sources = new ArrayList<>();
        Set<String> sourceIds = new HashSet<>();
        for (Fields s : f.objects("sources")) {
            sources.add(new Catalogue.Source(s.string("id"), s.string("title"), s.string("url"), s.date("read")));
            if (!sourceIds.add(s.string("id"))) throw s.bad("the source " + s.string("id") + " comes twice");
            s.noneLeft();
        }
        List<CatalogueModel> models = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Fields m : f.objects("models")) {
            CatalogueModel model = model(m, sourceIds);
            if (!names.add(model.name())) throw m.bad("the name " + model.name() + " comes twice");
            models.add(model);
            if (models.size() > MAX_MODELS) throw f.bad("it has more than " + MAX_MODELS + " models");
        }
        List<Object> licences = f.trees("licences");
        f.noneLeft();
        checkReferences(models, names);
        models.sort(Comparator.comparing(CatalogueModel::name));
        return new Catalogue(schema, serial, date, sources, models, licences);
    }

    private static CatalogueModel model(Fields outer, Set<String> sourceIds) {
        String name = outer.string("name");
        if (!NAME.matcher(name).matches()) throw outer.bad("\"" + name + "\" is no name for a model");
        Access access = switch (outer.string("access")) {
            case "open" -> Access.OPEN;
            case "hosted" -> Access.HOSTED;
            default -> throw outer.bad("access is neither open nor hosted");
        };
        CatalogueModel model = new CatalogueModel(
                name,
                outer.string("title"),
                outer.string("publisher"),
                outer.string("family"),
                access,
                outer.stringOrNull("reach"),
                outer.strings("nearest"),
                outer.strings("also_called"),
                outer.stringOrNull("architecture"),
                outer.numberOrNull("parameters", 1, Long.MAX_VALUE),
                outer.numberOrNull("active_parameters", 1, Long.MAX_VALUE),
                shape(outer.objectOrNull("shape")),
                outer.integerOrNull("context", 1, Integer.MAX_VALUE),
                outer.strings("capabilities"),
                outer.strings("languages"),
                outer.integerOrNull("language_count", 1, 10_000),
                outer.dateOrNull("released"),
                outer.stringOrNull("successor"),
                outer.string("licence"),
                outer.flag("gated"),
                outer.stringOrNull("base"),
                outer.stringOrNull("weights"),
                files(outer.objects("files"), sourceIds),
                outer.strings("templates"),
                outer.stringOrNull("note"),
                sources(outer.objects("sources"), sourceIds));
        outer.noneLeft();
        for (String c : model.capabilities()) {
            if (!CAPABILITIES.contains(c)) throw outer.bad("unknown capability " + c);
        }
        for (String t : model.templates()) {
            if (!t.startsWith("sha256:") || !SHA256.matcher(t.substring(7)).matches()) {
                throw outer.bad("templates holds " + t + ", not a SHA-256");
            }
        }
        if (access == Access.HOSTED && (model.reach() == null || model.nearest().isEmpty())) {
            throw outer.bad("a hosted model says how to reach it, and what is nearest to it");
        }
        if (access == Access.OPEN && (model.weights() == null || model.architecture() == null)) {
            throw outer.bad("an open model says where its weights are, and its architecture");
        }
        return model;
    }

    private static @Nullable Shape shape(@Nullable Fields f) {
        if (f == null) return null;
        int max = 1 << 24;
        List<CacheGroup> groups = new ArrayList<>();
        for (Fields g : f.objects("cache")) {
            groups.add(new CacheGroup(
                    g.integer("layers", 0, 4096),
                    g.integer("kv_heads", 1, max),
                    g.integer("key", 1, max),
                    g.integer("value", 0, max),
                    g.integerOrNull("window", 1, Integer.MAX_VALUE)));
            g.noneLeft();
        }
        Long state = f.numberOrNull("state_floats", 0, 1L << 40);
        Shape shape = new Shape(
                f.integer("layers", 1, 4096),
                f.integer("embedding", 1, max),
                f.integer("heads", 1, max),
                f.integer("vocabulary", 1, max),
                f.integerOrNull("feed_forward", 1, max),
                f.integerOrNull("experts", 1, max),
                f.integerOrNull("experts_used", 1, max),
                groups,
                state == null ? 0 : state,
                f.flagOrNull("tied_embeddings"));
        f.noneLeft();
        return shape;
    }

    private static List<PublishedFile> files(List<Fields> all, Set<String> sourceIds) {
        List<PublishedFile> files = new ArrayList<>();
        for (Fields f : all) {
            List<FilePart> parts = new ArrayList<>();
            for (Fields p : f.objects("parts")) {
                FilePart part = new FilePart(p.string("file"), p.stringOrNull("sha256"));
                p.noneLeft();
                if (part.sha256() != null && !SHA256.matcher(part.sha256()).matches()) throw p.bad("not a SHA-256");
                if (!FILE.matcher(part.file()).matches() || part.file().contains("..")) {
                    throw p.bad("\"" + part.file() + "\" is no name for a file");
                }
                parts.add(part);
            }
            PublishedFile file = new PublishedFile(
                    f.string("quantisation").toUpperCase(Locale.ROOT),
                    f.string("source"),
                    parts,
                    f.numberOrNull("bytes", 1, Long.MAX_VALUE),
                    f.numberOrNull("about_bytes", 1, Long.MAX_VALUE),
                    f.string("from"));
            f.noneLeft();
            if (!sourceIds.contains(file.from())) throw f.bad("from names no source: " + file.from());
            if (!file.source().startsWith("hf.co/") && !file.source().startsWith("oci://")) {
                throw f.bad("source is neither hf.co/… nor oci://…");
            }
            files.add(file);
        }
        return files;
    }

    private static List<FactSource> sources(List<Fields> all, Set<String> sourceIds) {
        List<FactSource> sources = new ArrayList<>();
        for (Fields f : all) {
            sources.add(new FactSource(f.strings("facts"), f.string("source"), f.string("at"), f.flag("verified")));
            f.noneLeft();
            if (!sourceIds.contains(f.string("source"))) {
                throw f.bad("source names no source: " + f.string("source"));
            }
        }
        return sources;
    }

    private static void checkReferences(List<CatalogueModel> models, Set<String> names) {
        for (CatalogueModel m : models) {
            List<String> named = new ArrayList<>(m.nearest());
            if (m.successor() != null) named.add(m.successor());
            if (m.base() != null) named.add(m.base());
            for (String n : named) {
                if (!names.contains(n) || n.equals(m.name())) {
                    throw DalangException.invalidRequest(
                            "catalogue: " + m.name() + " refers to " + n + ", which is not in it", null);
                }
            }
        }
    }
}
