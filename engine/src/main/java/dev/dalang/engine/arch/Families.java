package dev.dalang.engine.arch;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.ModelSource;
import java.util.Map;
import java.util.TreeMap;

/** The families that this build knows, by their name in {@code general.architecture}. */
public final class Families {

    private static final Map<String, Family> ALL = Map.ofEntries(
            Map.entry("falcon-h1", new FalconH1()),
            Map.entry("llama", new Llama()),
            Map.entry("mamba2", new Mamba2Family()));

    private Families() {}

    public static Iterable<String> names() {
        return new TreeMap<>(ALL).keySet();
    }

    /**
     * The model in a file.
     *
     * @throws DalangException if its family is not known here or its parts do not fit together
     */
    public static Decoder assemble(ModelSource file) {
        Hyper hyper = new Hyper(file);
        return named(hyper.architecture(), file.name()).assemble(hyper, new Weights(file));
    }

    public static Family named(String architecture, String file) {
        Family family = ALL.get(architecture);
        if (family == null) {
            throw DalangException.unsupported(
                    file + ": architecture '" + architecture + "' is not supported; known are "
                            + String.join(", ", names()),
                    "architecture=" + architecture);
        }
        return family;
    }
}
