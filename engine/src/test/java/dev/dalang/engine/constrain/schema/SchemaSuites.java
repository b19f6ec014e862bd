package dev.dalang.engine.constrain.schema;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.constrain.machine.TokenMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs cases of a schema with valid and invalid instances, and counts. */
final class SchemaSuites {

    int schemas;
    int compiled;
    /** Refused though some instance of theirs is valid, by the message. */
    final List<String> refused = new ArrayList<>();

    int valid;
    final List<String> validRefused = new ArrayList<>();
    int invalid;
    final List<String> invalidAccepted = new ArrayList<>();

    /** @param group has {@code schema} and {@code tests} of {@code data} and {@code valid} */
    void run(String name, Json.Obj group) {
        Map<String, Json> members = group.members();
        List<Json> tests = members.get("tests") instanceof Json.Array a ? a.items() : List.<Json>of();
        String schema = JsonText.of(members.getOrDefault("schema", new Json.Bool(true)), false);
        schemas++;
        TokenMachine machine;
        try {
            machine = JsonText.compile(schema, false);
        } catch (DalangException e) {
            boolean satisfiable = tests.stream().anyMatch(SchemaSuites::isValid);
            boolean nothing = e.getMessage().contains("allows no value");
            if (nothing && !satisfiable) compiled++;
            else refused.add(name + ": " + e.getMessage());
            if (nothing && satisfiable) validRefused.add(name + " is said to allow no value");
            if (e.failure() instanceof Failure.Unsupported u && u.feature().isBlank()) {
                throw new AssertionError(name + " is refused without a name", e);
            }
            return;
        }
        compiled++;
        for (Json test : tests) {
            Json data = ((Json.Obj) test).members().get("data");
            boolean ascii = (valid + invalid) % 2 == 0;
            boolean accepted = JsonText.accepts(machine, JsonText.of(data, ascii));
            if (isValid(test)) {
                valid++;
                if (!accepted) validRefused.add(name + " " + schema + " refuses " + JsonText.of(data, ascii));
            } else {
                invalid++;
                if (accepted) invalidAccepted.add(name + " " + schema + " accepts " + JsonText.of(data, ascii));
            }
        }
    }

    private static boolean isValid(Json test) {
        return ((Json.Obj) test).members().get("valid") instanceof Json.Bool b && b.value();
    }

    @Override
    public String toString() {
        return compiled + " of " + schemas + " schemas compiled, " + (valid - validRefused.size()) + " of " + valid
                + " valid instances accepted, " + (invalid - invalidAccepted.size()) + " of " + invalid
                + " invalid ones refused";
    }
}
