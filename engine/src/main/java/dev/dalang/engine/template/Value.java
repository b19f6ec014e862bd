package dev.dalang.engine.template;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything a template can hold. Lists and dictionaries never change (the sandbox refuses the methods that would), so
 * values share structure freely and contain no cycles, except through a {@link NamespaceValue}.
 */
sealed interface Value {

    NoneValue NONE = new NoneValue();

    /** The name of the Python type, for messages. */
    String type();

    record NoneValue() implements Value {
        @Override
        public String type() {
            return "NoneType";
        }
    }

    record Bool(boolean value) implements Value {
        static final Bool TRUE = new Bool(true);
        static final Bool FALSE = new Bool(false);

        static Bool of(boolean value) {
            return value ? TRUE : FALSE;
        }

        @Override
        public String type() {
            return "bool";
        }
    }

    record Int(BigInteger value) implements Value {
        static Int of(long value) {
            return new Int(BigInteger.valueOf(value));
        }

        @Override
        public String type() {
            return "int";
        }
    }

    record Real(double value) implements Value {
        @Override
        public String type() {
            return "float";
        }
    }

    /** A string; {@code markup} says that it counts as HTML already escaped ({@code safe}, {@code escape}). */
    record Str(MarkedText text, boolean markup) implements Value {
        static final Str EMPTY = new Str(MarkedText.EMPTY, false);

        static Str of(MarkedText text) {
            return new Str(text, false);
        }

        static Str trusted(String text) {
            return new Str(MarkedText.trusted(text), false);
        }

        String chars() {
            return text.text();
        }

        @Override
        public String type() {
            return markup ? "Markup" : "str";
        }
    }

    record ListValue(List<Value> items) implements Value {
        @Override
        public String type() {
            return "list";
        }
    }

    /** A tuple; {@code group} says that it is a pair of {@code groupby}, whose parts have names. */
    record TupleValue(List<Value> items, boolean group) implements Value {
        TupleValue(List<Value> items) {
            this(items, false);
        }

        @Override
        public String type() {
            return "tuple";
        }
    }

    /** The keys, values or items of a dictionary: countable and iterable, but without indices. */
    record View(String type, List<Value> items) implements Value {}

    /** Python's {@code range}. */
    record Range(long start, long stop, long step, List<Value> items) implements Value {
        @Override
        public String type() {
            return "range";
        }
    }

    /** What a lazy filter gives: it can be walked through once and has no length. */
    final class Generator implements Value {
        private final String type;
        private final List<Value> items;
        private int next;

        Generator(String type, List<Value> items) {
            this.type = type;
            this.items = items;
        }

        /** The items not yet taken, all taken now. */
        List<Value> drain() {
            List<Value> rest = items.subList(next, items.size());
            next = items.size();
            return rest;
        }

        @Nullable
        Value takeOne() {
            return next < items.size() ? items.get(next++) : null;
        }

        @Override
        public String type() {
            return type;
        }
    }

    /** The absence of a value. Printing it gives nothing, using it raises {@code error}. */
    record Undefined(TemplateError.Kind kind, String message) implements Value {
        static Undefined name(String name) {
            return new Undefined(TemplateError.Kind.UNDEFINED, "'" + name + "' is undefined");
        }

        static Undefined because(String message) {
            return new Undefined(TemplateError.Kind.UNDEFINED, message);
        }

        static Undefined unsafe(String attribute, String type) {
            return new Undefined(
                    TemplateError.Kind.SECURITY,
                    "access to attribute '" + attribute + "' of '" + type + "' object is unsafe.");
        }

        TemplateError error() {
            return new TemplateError(kind, message);
        }

        @Override
        public String type() {
            return "Undefined";
        }
    }

    /** Anything that can be called. */
    record Function(String name, Body body) implements Value {
        interface Body {
            Value call(Render render, Args args);
        }

        @Override
        public String type() {
            return "function";
        }
    }

    /** An object with attributes of its own: a loop, a macro, a cycler, a joiner. */
    non-sealed interface ObjectValue extends Value {
        /** The attribute, or null when there is none of that name. */
        @Nullable
        Value attribute(Render render, String name);

        String repr();
    }

    /** An object that can be called like a function. */
    interface CallableObject extends ObjectValue {
        Value call(Render render, Args args);
    }

    /** The one thing a template can change: {@code namespace(…)}. */
    record NamespaceValue(Map<String, Value> attributes) implements Value {
        @Override
        public String type() {
            return "Namespace";
        }

        // By identity: a namespace may hold itself.
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** A dictionary; its one implementation is {@link DictValue}. */
    sealed interface Mapping extends Value permits DictValue {}
}
