package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import java.util.Locale;

/** Whom a budget or an allowance is for. */
public record Subject(Kind kind, String id) {

    public enum Kind {
        KEY,
        TEAM,
        /** Everybody together. */
        ALL;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static final Subject ALL = new Subject(Kind.ALL, "");

    public Subject {
        if ((kind == Kind.ALL) != id.isEmpty()) {
            throw DalangException.invalidRequest("a budget for " + kind.word() + " with the id \"" + id + "\"", null);
        }
        if (id.length() > 64) throw DalangException.invalidRequest("the id " + id + " is too long", null);
    }

    public static Subject key(String id) {
        return new Subject(Kind.KEY, id);
    }

    public static Subject team(String id) {
        return new Subject(Kind.TEAM, id);
    }

    static Subject of(String kind, String id) {
        return new Subject(Kind.valueOf(kind.toUpperCase(Locale.ROOT)), id);
    }

    @Override
    public String toString() {
        return kind == Kind.ALL ? "all" : kind.word() + " " + id;
    }
}
