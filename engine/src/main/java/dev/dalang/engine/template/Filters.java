package dev.dalang.engine.template;

import dev.dalang.engine.template.Value.Str;

/** The filters by name: those of Jinja 3.1, with {@code tojson} as Hugging Face redefines it. */
final class Filters {
    private Filters() {}

    static Value apply(Render render, String name, Value input, Args args) {
        render.step();
        return switch (name) {
            case "abs" -> ScalarFilters.abs(input, args);
            case "attr" -> SequenceFilters.attr(render, input, args);
            case "batch" -> SequenceFilters.batch(render, input, args);
            case "capitalize" -> TextFilters.capitalize(render, input, args);
            case "center" -> TextFilters.center(render, input, args);
            case "count", "length" -> ScalarFilters.length(input, args);
            case "d", "default" -> ScalarFilters.fallback(render, input, args);
            case "dictsort" -> OrderFilters.dictSort(render, input, args);
            case "e", "escape" -> TextFilters.escape(render, input, args, false);
            case "filesizeformat" -> ScalarFilters.fileSize(render, input, args);
            case "first" -> SequenceFilters.first(render, input, args);
            case "float" -> ScalarFilters.real(input, args);
            case "forceescape" -> TextFilters.escape(render, input, args, true);
            case "format" -> TextFilters.format(render, input, args);
            case "groupby" -> OrderFilters.groupBy(render, input, args);
            case "indent" -> TextFilters.indent(render, input, args);
            case "int" -> ScalarFilters.integer(input, args);
            case "items" -> SequenceFilters.items(render, input, args);
            case "join" -> SequenceFilters.join(render, input, args);
            case "last" -> SequenceFilters.last(render, input, args);
            case "list" -> SequenceFilters.list(render, input, args);
            case "lower" -> TextFilters.method(render, input, "lower", args);
            case "map" -> SequenceFilters.map(render, input, args);
            case "max" -> OrderFilters.extreme(render, input, args, "max");
            case "min" -> OrderFilters.extreme(render, input, args, "min");
            case "pprint" -> Str.of(PythonText.repr(render, input));
            case "reject" -> SequenceFilters.select(render, input, args, name, false);
            case "rejectattr" -> SequenceFilters.selectAttr(render, input, args, name, false);
            case "replace" -> TextFilters.replace(render, input, args);
            case "reverse" -> SequenceFilters.reverse(render, input, args);
            case "round" -> ScalarFilters.round(input, args);
            case "safe" -> new Str(PythonText.str(render, input), true);
            case "select" -> SequenceFilters.select(render, input, args, name, true);
            case "selectattr" -> SequenceFilters.selectAttr(render, input, args, name, true);
            case "slice" -> SequenceFilters.slice(render, input, args);
            case "sort" -> OrderFilters.sort(render, input, args);
            case "string" -> input instanceof Str s ? s : Str.of(PythonText.str(render, input));
            case "striptags" -> TextFilters.stripTags(render, input, args);
            case "sum" -> SequenceFilters.sum(render, input, args);
            case "title" -> TextFilters.title(render, input, args);
            case "tojson" -> JsonWriter.toJson(render, input, args);
            case "trim" -> TextFilters.method(render, input, "strip", args);
            case "truncate" -> TextFilters.truncate(render, input, args);
            case "unique" -> OrderFilters.unique(render, input, args);
            case "upper" -> TextFilters.method(render, input, "upper", args);
            case "urlencode" -> TextFilters.urlEncode(render, input, args);
            case "wordcount" -> TextFilters.wordCount(render, input, args);
            case "wordwrap" -> TextFilters.wordWrap(render, input, args);
            case "xmlattr" -> TextFilters.xmlAttributes(render, input, args);
            case "random", "urlize" ->
                throw TemplateError.unsupported("the filter '" + name + "' is not available in chat templates");
            default -> throw TemplateError.unsupported("No filter named '" + name + "' found.");
        };
    }
}
