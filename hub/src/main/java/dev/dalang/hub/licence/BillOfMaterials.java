package dev.dalang.hub.licence;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is installed and under which licences, in the two forms that tools read.
 *
 * @see <a href="https://cyclonedx.org/docs/1.6/json/">CycloneDX 1.6</a>, with its model cards (ML-BOM)
 * @see <a href="https://spdx.github.io/spdx-spec/v2.3/">SPDX 2.3</a>
 */
public final class BillOfMaterials {

    /**
     * One installed model.
     *
     * @param digests {@code sha256:…} of its files; empty when they were never hashed
     * @param origin where it came from, or null
     * @param architecture its name in {@code general.architecture}, or null
     * @param bases what it was made from
     */
    public record Item(
            String name,
            long bytes,
            List<String> digests,
            List<Licence> licences,
            @Nullable String origin,
            @Nullable String revision,
            @Nullable String publisher,
            @Nullable String architecture,
            List<String> bases) {
        public Item {
            digests = List.copyOf(digests);
            licences = List.copyOf(licences);
            bases = List.copyOf(bases);
        }

        /** An SPDX expression: all licences hold at once. */
        public String expression() {
            if (licences.isEmpty()) return "NOASSERTION";
            Set<String> ids = new LinkedHashSet<>();
            for (Licence l : licences) ids.add(l.spdx());
            // NOASSERTION is a word for the whole, not a part of an expression.
            return ids.contains("NOASSERTION") ? "NOASSERTION" : String.join(" AND ", ids);
        }
    }

    private BillOfMaterials() {}

    /** @param version of Dalang */
    public static Map<String, @Nullable Object> cycloneDx(List<Item> items, String version, Instant now, UUID serial) {
        Map<String, @Nullable Object> tool = new LinkedHashMap<>();
        tool.put("type", "application");
        tool.put("name", "dalang");
        tool.put("version", version);
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put("timestamp", time(now));
        metadata.put("tools", Map.of("components", List.of(tool)));

        List<Object> components = new ArrayList<>();
        for (Item item : items) components.add(component(item));
        Map<String, @Nullable Object> bom = new LinkedHashMap<>();
        bom.put("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
        bom.put("bomFormat", "CycloneDX");
        bom.put("specVersion", "1.6");
        bom.put("serialNumber", "urn:uuid:" + serial);
        bom.put("version", 1);
        bom.put("metadata", metadata);
        bom.put("components", components);
        return bom;
    }

    private static Map<String, @Nullable Object> component(Item item) {
        Map<String, @Nullable Object> c = new LinkedHashMap<>();
        c.put("type", "machine-learning-model");
        c.put("bom-ref", "model:" + item.name());
        if (item.publisher() != null) c.put("publisher", item.publisher());
        c.put("name", item.name());
        if (item.revision() != null) c.put("version", item.revision());
        List<Object> hashes = new ArrayList<>();
        // A component has one hash of a kind; further files are listed below it.
        if (item.digests().size() == 1) hashes.add(hash(item.digests().getFirst()));
        if (!hashes.isEmpty()) c.put("hashes", hashes);
        List<Object> licences = new ArrayList<>();
        for (Licence l : item.licences()) {
            if (l.spdx().equals("NOASSERTION")) continue;
            Map<String, @Nullable Object> licence = new LinkedHashMap<>();
            if (l.spdx().startsWith("LicenseRef-")) licence.put("name", l.name());
            else licence.put("id", l.spdx());
            licence.put("url", l.url());
            licences.add(Map.of("license", licence));
        }
        if (!licences.isEmpty()) c.put("licenses", licences);
        if (item.origin() != null) {
            c.put("externalReferences", List.of(reference("distribution", item.origin())));
        }
        if (item.digests().size() > 1) {
            List<Object> parts = new ArrayList<>();
            for (int i = 0; i < item.digests().size(); i++) {
                Map<String, @Nullable Object> part = new LinkedHashMap<>();
                part.put("type", "file");
                part.put("name", item.name() + " part " + (i + 1));
                part.put("hashes", List.of(hash(item.digests().get(i))));
                parts.add(part);
            }
            c.put("components", parts);
        }
        if (!item.bases().isEmpty()) {
            List<Object> ancestors = new ArrayList<>();
            for (String base : item.bases()) {
                Map<String, @Nullable Object> ancestor = new LinkedHashMap<>();
                ancestor.put("type", "machine-learning-model");
                ancestor.put("name", base);
                ancestors.add(ancestor);
            }
            c.put("pedigree", Map.of("ancestors", ancestors));
        }
        Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
        parameters.put("task", "text-generation");
        if (item.architecture() != null) parameters.put("modelArchitecture", item.architecture());
        c.put("modelCard", Map.of("modelParameters", parameters));
        c.put("properties", List.of(property("dalang:bytes", Long.toString(item.bytes()))));
        return c;
    }

    private static Map<String, @Nullable Object> hash(String digest) {
        Map<String, @Nullable Object> hash = new LinkedHashMap<>();
        hash.put("alg", "SHA-256");
        hash.put("content", hex(digest));
        return hash;
    }

    private static Map<String, @Nullable Object> reference(String type, String url) {
        Map<String, @Nullable Object> reference = new LinkedHashMap<>();
        reference.put("type", type);
        reference.put("url", url);
        return reference;
    }

    private static Map<String, @Nullable Object> property(String name, String value) {
        Map<String, @Nullable Object> property = new LinkedHashMap<>();
        property.put("name", name);
        property.put("value", value);
        return property;
    }

    /** @param version of Dalang */
    public static Map<String, @Nullable Object> spdx(List<Item> items, String version, Instant now, UUID serial) {
        Map<String, @Nullable Object> creation = new LinkedHashMap<>();
        creation.put("created", time(now));
        creation.put("creators", List.of("Tool: dalang-" + version));
        List<Object> packages = new ArrayList<>();
        List<Object> relations = new ArrayList<>();
        Map<String, Licence> own = new LinkedHashMap<>();
        for (int i = 0; i < items.size(); i++) {
            Item item = items.get(i);
            for (Licence l : item.licences()) if (l.spdx().startsWith("LicenseRef-")) own.put(l.spdx(), l);
            packages.add(spdxPackage(item, "SPDXRef-Model-" + (i + 1)));
            Map<String, @Nullable Object> relation = new LinkedHashMap<>();
            relation.put("spdxElementId", "SPDXRef-DOCUMENT");
            relation.put("relationshipType", "DESCRIBES");
            relation.put("relatedSpdxElement", "SPDXRef-Model-" + (i + 1));
            relations.add(relation);
        }
        List<Object> extracted = new ArrayList<>();
        own.values().forEach(l -> {
            Map<String, @Nullable Object> info = new LinkedHashMap<>();
            info.put("licenseId", l.spdx());
            info.put("name", l.name());
            info.put("extractedText", l.summary() + " The text alone binds: " + l.url());
            info.put("seeAlsos", List.of(l.url()));
            extracted.add(info);
        });
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("spdxVersion", "SPDX-2.3");
        document.put("dataLicense", "CC0-1.0");
        document.put("SPDXID", "SPDXRef-DOCUMENT");
        document.put("name", "models installed in Dalang");
        document.put("documentNamespace", "urn:uuid:" + serial);
        document.put("creationInfo", creation);
        document.put("packages", packages);
        document.put("relationships", relations);
        if (!extracted.isEmpty()) document.put("hasExtractedLicensingInfos", extracted);
        return document;
    }

    private static Map<String, @Nullable Object> spdxPackage(Item item, String id) {
        Map<String, @Nullable Object> p = new LinkedHashMap<>();
        p.put("SPDXID", id);
        p.put("name", item.name());
        if (item.revision() != null) p.put("versionInfo", item.revision());
        if (item.publisher() != null) p.put("supplier", "Organization: " + item.publisher());
        p.put("downloadLocation", item.origin() == null ? "NOASSERTION" : item.origin());
        p.put("filesAnalyzed", false);
        p.put("licenseConcluded", "NOASSERTION");
        p.put("licenseDeclared", item.expression());
        p.put("copyrightText", "NOASSERTION");
        List<Object> checksums = new ArrayList<>();
        for (String digest : item.digests()) {
            Map<String, @Nullable Object> checksum = new LinkedHashMap<>();
            checksum.put("algorithm", "SHA256");
            checksum.put("checksumValue", hex(digest));
            checksums.add(checksum);
        }
        if (!checksums.isEmpty()) p.put("checksums", checksums);
        return p;
    }

    private static String hex(String digest) {
        return digest.startsWith("sha256:") ? digest.substring("sha256:".length()) : digest;
    }

    private static String time(Instant now) {
        return now.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
