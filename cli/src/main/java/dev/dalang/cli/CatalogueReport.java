package dev.dalang.cli;

import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.catalogue.CatalogueModel.FactSource;
import dev.dalang.hub.catalogue.CatalogueModel.PublishedFile;
import dev.dalang.hub.catalogue.Catalogues;
import dev.dalang.hub.licence.Licence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the catalogue says of one model, for people and for programs. */
final class CatalogueReport {

    /** Enough to tell files apart; programs are given all of it. */
    private static final int SHOWN_OF_DIGEST = 12;

    private final CatalogueModel m;
    private final CatalogueAccess access;

    CatalogueReport(CatalogueModel m, CatalogueAccess access) {
        this.m = m;
        this.access = access;
    }

    static Map<String, @Nullable Object> edition(Catalogues.Loaded loaded) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("date", loaded.catalogue().date().toString());
        tree.put("serial", loaded.catalogue().serial());
        tree.put("digest", loaded.digest());
        tree.put("signed_by", loaded.key());
        tree.put("updated", loaded.updated());
        return tree;
    }

    Map<String, @Nullable Object> tree(FitsHere here) {
        Licence l = access.licences().named(m.licence());
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("name", m.name());
        tree.put("title", m.title());
        tree.put("publisher", m.publisher());
        tree.put("family", m.family());
        tree.put("access", m.access().word());
        tree.put("reach", m.reach());
        tree.put("nearest", m.nearest());
        tree.put("architecture", m.architecture());
        tree.put("runs", m.access() == Access.OPEN ? CatalogueAccess.runs(m) : null);
        tree.put("parameters", m.parameters());
        tree.put("active_parameters", m.activeParameters());
        tree.put("context", m.context());
        tree.put("capabilities", m.capabilities());
        tree.put("languages", m.languages());
        tree.put("language_count", m.languageCount());
        tree.put("released", m.released() == null ? null : m.released().toString());
        tree.put("successor", m.successor());
        tree.put("licence", l.id());
        tree.put("licence_spdx", l.spdx());
        tree.put("commercial_use", l.commercial().name().toLowerCase(java.util.Locale.ROOT));
        tree.put("gated", m.gated());
        tree.put("base", m.base());
        tree.put("weights", m.weights());
        List<Object> files = new ArrayList<>();
        for (PublishedFile f : m.files()) {
            Map<String, @Nullable Object> file = new LinkedHashMap<>();
            file.put("quantisation", f.quantisation());
            file.put("reference", f.reference());
            file.put("bytes", f.bytes());
            file.put("about_bytes", f.aboutBytes());
            List<Object> parts = new ArrayList<>();
            f.parts().forEach(p -> {
                Map<String, @Nullable Object> part = new LinkedHashMap<>();
                part.put("file", p.file());
                part.put("sha256", p.sha256());
                parts.add(part);
            });
            file.put("parts", parts);
            files.add(file);
        }
        tree.put("files", files);
        boolean open = m.access() == Access.OPEN;
        tree.put("fits_here", open && m.parameters() != null ? here.best(m) != null : null);
        tree.put("here", open ? here.describe(m) : null);
        tree.put("note", m.note());
        List<Object> sources = new ArrayList<>();
        for (FactSource s : m.sources()) {
            Map<String, @Nullable Object> source = new LinkedHashMap<>();
            source.put("facts", s.facts());
            source.put("at", place(s));
            source.put("verified", s.verified());
            sources.add(source);
        }
        tree.put("sources", sources);
        return tree;
    }

    private String place(FactSource s) {
        Catalogue.Source source = access.catalogue().sourceTable().get(s.source());
        return source == null || s.at().startsWith("https://") ? s.at() : source.url() + " : " + s.at();
    }

    void print(Surroundings around, FitsHere here) {
        List<List<String>> rows = new ArrayList<>();
        row(rows, "publisher", m.publisher());
        row(rows, "family", m.family());
        if (m.access() == Access.HOSTED) {
            row(rows, "weights", "not published: hosted only");
            row(rows, "reach it with", m.reach());
            row(rows, "nearest", String.join(", ", m.nearest()) + " (downloadable)");
        } else {
            row(rows, "weights", m.weights() + (m.gated() ? " (asks for an account and consent)" : ""));
            row(
                    rows,
                    "architecture",
                    m.architecture() + (CatalogueAccess.runs(m) ? "" : " (this build does not run it yet)"));
            if (m.parameters() != null) row(rows, "parameters", Text.count(m.parameters()));
            if (m.activeParameters() != null) row(rows, "of them active", Text.count(m.activeParameters()));
        }
        if (m.context() != null) row(rows, "context", Text.plural(m.context(), "token"));
        row(rows, "can", String.join(", ", m.capabilities()));
        row(
                rows,
                "languages",
                (String.join(" ", m.languages())
                                + (m.languageCount() == null
                                        ? ""
                                        : " (" + m.languageCount() + " in all, says the publisher)"))
                        .strip());
        row(rows, "released", m.released() == null ? "" : m.released().toString());
        row(rows, "successor", m.successor());
        row(rows, "made from", m.base());
        if (m.access() == Access.OPEN) row(rows, "here", here.describe(m));
        row(rows, "note", m.note());
        int width = TerminalSize.width(around);
        around.out().println(m.title() + "  (" + m.name() + ")\n");
        around.out().print(Text.table(rows, width));
        around.out().println("\nlicence");
        licence(access.licences().named(m.licence()), around);
        if (m.base() != null) {
            access.find(m.base()).map(b -> access.licences().named(b.licence())).ifPresent(l -> {
                if (!l.id().equals(m.licence())) {
                    around.out().println("\nlicence of " + m.base() + ", which follows");
                    licence(l, around);
                }
            });
        }
        if (!m.files().isEmpty()) {
            List<List<String>> files = new ArrayList<>();
            files.add(List.of("QUANT", "SIZE", "PULL", "SHA-256"));
            for (PublishedFile f : m.files()) files.add(file(f));
            around.out().println("\nfiles");
            Text.table(files, width - 2).lines().forEach(line -> around.out().println("  " + line));
        }
        around.out().println("\nsources (✓ read there for this catalogue; otherwise general knowledge, check there)");
        for (FactSource s : m.sources()) {
            String facts = String.join(", ", s.facts()) + ":";
            Text.table(List.of(List.of(s.verified() ? "✓" : " ", facts + " " + place(s))), width - 2)
                    .lines()
                    .forEach(line -> around.out().println("  " + line));
        }
    }

    private static List<String> file(PublishedFile f) {
        Long size = f.size();
        String shown = size == null ? "unknown" : (f.bytes() == null ? "about " : "") + Text.bytes(size);
        String sha = f.parts().isEmpty() || f.parts().getFirst().sha256() == null
                ? "unknown"
                : f.parts().size() == 1
                        ? f.parts().getFirst().sha256().substring(0, SHOWN_OF_DIGEST) + "…"
                        : f.parts().size() + " parts, each known";
        return List.of(f.quantisation(), shown, f.reference(), sha);
    }

    /** A licence in plain words. */
    static void licence(Licence l, Surroundings around) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("name", l.name() + " (" + l.id() + ")"));
        rows.add(List.of("in short", l.summary()));
        rows.add(List.of("commercial use", l.commercial().words()));
        rows.add(List.of("user limits", l.userLimit()));
        rows.add(List.of("attribution", l.attribution()));
        rows.add(List.of("derivatives", l.derivatives()));
        rows.add(List.of("acceptable use", l.acceptableUse()));
        rows.add(List.of("consent", l.consent() ? "asked for before the download" : "not needed"));
        rows.add(List.of("text", l.url()));
        Text.table(rows, TerminalSize.width(around) - 2)
                .lines()
                .forEach(line -> around.out().println("  " + line));
    }

    private static void row(List<List<String>> rows, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) rows.add(List.of(name, value));
    }
}
