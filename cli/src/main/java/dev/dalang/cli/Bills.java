package dev.dalang.cli;

import dev.dalang.api.ResponseFacts;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the links found out about an answer: its cost, who gave it by which route, what was replaced before it left. */
final class Bills {

    private static final String UNKNOWN = "unknown";

    private final ResponseFacts facts;

    Bills(ResponseFacts facts) {
        this.facts = facts;
    }

    boolean unknownPrice() {
        return UNKNOWN.equals(facts.get(ResponseFacts.COST));
    }

    String unknownPriceNote() {
        return "what this answer of " + facts.get(ResponseFacts.MODEL)
                + " costs is not known; `dalang prices` lists what is, and prices.json adds to it";
    }

    /** As lines below those of {@link Statistics}. */
    void print(PrintStream out) {
        String cost = facts.get(ResponseFacts.COST);
        // This machine's answers have a price only where somebody stated one.
        if (cost != null && !cost.equals("0")) line(out, "cost", cost.equals(UNKNOWN) ? cost : "$" + cost);
        String route = facts.get(ResponseFacts.ROUTE);
        if (route != null && route.contains(" -> ")) line(out, "route", route);
        String replaced = facts.get(ResponseFacts.REDACTIONS);
        if (replaced != null) line(out, "redactions", replaced);
        out.flush();
    }

    /** The same for programs. */
    Map<String, @Nullable Object> fields() {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        String cost = facts.get(ResponseFacts.COST);
        if (cost != null) fields.put("cost_usd", cost.equals(UNKNOWN) ? null : cost);
        String answered = facts.get(ResponseFacts.MODEL);
        if (answered != null) fields.put("answered_by", answered);
        String route = facts.get(ResponseFacts.ROUTE);
        if (route != null) fields.put("route", route);
        String replaced = facts.get(ResponseFacts.REDACTIONS);
        if (replaced != null) fields.put("redactions", replaced);
        String request = facts.get(ResponseFacts.REQUEST);
        if (request != null) fields.put("request_id", request);
        return fields;
    }

    private static void line(PrintStream out, String name, String value) {
        out.println(Text.format("%-21s %s", name + ":", Text.oneLine(value)));
    }
}
