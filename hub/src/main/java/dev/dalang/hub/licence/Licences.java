package dev.dalang.hub.licence;

import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.Fields;
import dev.dalang.hub.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The licences that this build can explain. */
public final class Licences {

    /** The licence of what nobody named a licence for. */
    public static final String UNKNOWN = "unknown";

    private final Map<String, Licence> byId = new LinkedHashMap<>();
    private final Map<String, Licence> byAlias = new LinkedHashMap<>();

    private Licences(List<Licence> all) {
        for (Licence l : all) {
            byId.put(l.id(), l);
            byAlias.put(key(l.id()), l);
            byAlias.putIfAbsent(key(l.spdx()), l);
            byAlias.putIfAbsent(key(l.name()), l);
            for (String alias : l.aliases()) byAlias.putIfAbsent(key(alias), l);
        }
    }

    /** The list that comes with this build. */
    public static Licences bundled() {
        try (InputStream in = Licences.class.getResourceAsStream("licences.json")) {
            if (in == null) throw new IllegalStateException("the build lacks licences.json");
            return read(Json.parse(in.readAllBytes(), "licences.json"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static Licences read(@Nullable Object tree) {
        Fields f = new Fields("licences", tree);
        f.integer("schema", 1, 1);
        f.date("date");
        List<Licence> all = new ArrayList<>();
        for (Fields l : f.objects("licences")) all.add(licence(l));
        f.noneLeft();
        return new Licences(all);
    }

    /**
     * These, and those that a catalogue brings, which stand in place of ours with the same identity: a signed edition may
     * explain licences that came after this build.
     *
     * @throws dev.dalang.api.DalangException naming the field that is wrong
     */
    public Licences with(Catalogue catalogue) {
        if (catalogue.licences().isEmpty()) return this;
        Map<String, Licence> all = new LinkedHashMap<>(byId);
        for (Object tree : catalogue.licences()) {
            Licence l = licence(new Fields("the catalogue's licence", tree));
            all.put(l.id(), l);
        }
        return new Licences(List.copyOf(all.values()));
    }

    private static Licence licence(Fields l) {
        Licence licence = new Licence(
                l.string("id"),
                l.string("spdx"),
                l.string("name"),
                l.string("url"),
                l.string("kind").equals("weights"),
                l.flag("osi"),
                l.flag("consent"),
                commercial(l),
                l.string("summary"),
                l.string("user_limit"),
                l.string("attribution"),
                l.string("derivatives"),
                l.string("acceptable_use"),
                l.stringOrNull("derivative_prefix"),
                l.strings("aliases"),
                l.string("source"),
                l.flag("verified"));
        l.noneLeft();
        return licence;
    }

    private static Licence.Commercial commercial(Fields l) {
        String word = l.string("commercial");
        try {
            return Licence.Commercial.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw l.bad("commercial is \"" + word + "\", neither yes, conditions, no nor unknown");
        }
    }

    public List<Licence> all() {
        return List.copyOf(byId.values());
    }

    /** By identity, SPDX identifier, name, or a spelling that repositories use. */
    public Optional<Licence> find(String name) {
        return Optional.ofNullable(byAlias.get(key(name)));
    }

    /**
     * As {@link #find}; for a name that the list does not know, a licence under that name of which nothing is known, and
     * which breaks every rule that it might break.
     */
    public Licence named(@Nullable String name) {
        if (name == null || name.isBlank()) return unknown();
        return find(name).orElseGet(() -> {
            Licence u = unknown();
            String id = name.strip().replaceAll("[^A-Za-z0-9.-]+", "-");
            return new Licence(
                    id,
                    "LicenseRef-" + id,
                    name.strip(),
                    u.url(),
                    true,
                    false,
                    false,
                    Licence.Commercial.UNKNOWN,
                    u.summary(),
                    u.userLimit(),
                    u.attribution(),
                    u.derivatives(),
                    u.acceptableUse(),
                    null,
                    List.of(),
                    u.source(),
                    false);
        });
    }

    private Licence unknown() {
        Licence u = byId.get(UNKNOWN);
        if (u == null) throw new IllegalStateException("the list lacks the licence " + UNKNOWN);
        return u;
    }

    private static String key(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_]+", "-");
    }
}
