package dev.dalang.engine.template;

/**
 * OpenAI's harmony response format, which the gpt-oss models speak, as a template: a system message with the date, the
 * effort and the channels; instructions and tools, as TypeScript declarations, in a developer message; and the turns,
 * each part in its channel.
 *
 * <p>The reasoning that led to an answer is dropped once the conversation has gone on from that answer; that of a turn
 * still under way is kept. Template arguments: {@code reasoning_effort}, {@code model_identity},
 * {@code knowledge_cutoff}, {@code current_date} (null for none), {@code channels} (a list) and {@code keep_reasoning}.
 *
 * @see <a href="https://github.com/openai/harmony/blob/main/docs/format.md">OpenAI harmony response format</a>
 */
final class HarmonyFormat {
    private HarmonyFormat() {}

    /** A JSON schema as TypeScript, and the comments around a property. */
    private static final String TYPES = """
            {%- macro comment(text, indent) -%}
            {%- for line in text.split('\\n') %}{{ indent ~ '// ' ~ line ~ '\\n' }}{% endfor -%}
            {%- endmacro -%}
            {%- macro value(schema) -%}
            {{ schema.default if schema.enum and schema.default is string else schema.default|tojson }}
            {%- endmacro -%}
            {%- macro one(schema, indent) -%}
            {%- if schema.enum -%}
            {%- for v in schema.enum %}{{ v|tojson ~ ('' if loop.last else ' | ') }}{% endfor -%}
            {%- elif schema.type is string -%}
            {%- if schema.type == 'integer' or schema.type == 'number' %}{{ 'number' }}
            {%- elif schema.type == 'array' -%}
            {%- if 'items' in schema %}{{ one(schema['items'], indent) ~ '[]' }}{% else %}{{ 'Array<any>' }}{% endif -%}
            {%- elif schema.type == 'object' and schema.properties -%}
            {{ '{\\n' ~ properties(schema, indent) ~ indent ~ '}' }}
            {%- elif schema.type in ['string', 'boolean', 'null', 'object'] %}{{ schema.type }}
            {%- else %}{{ 'any' }}{% endif -%}
            {%- elif schema.type -%}
            {%- for t in schema.type %}{{ ('number' if t == 'integer' else t) ~ ('' if loop.last else ' | ') }}{% endfor -%}
            {%- else %}{{ 'any' }}{% endif -%}
            {{ ' | null' if schema.nullable and 'null' not in (schema.type or []) }}
            {%- endmacro -%}
            {%- macro property(name, schema, optional, indent) -%}
            {%- if schema.title %}{{ comment(schema.title, indent) ~ indent ~ '//\\n' }}{% endif -%}
            {%- if schema.description %}{{ comment(schema.description, indent) }}{% endif -%}
            {%- if schema.examples %}{{ indent ~ '// Examples:\\n' }}
            {%- for e in schema.examples %}{{ indent ~ '// - ' ~ e|tojson ~ '\\n' }}{% endfor %}{% endif -%}
            {%- if schema.oneOf -%}
            {%- if schema.default is defined %}{{ indent ~ '// default: ' ~ value(schema) ~ '\\n' }}{% endif -%}
            {{ indent ~ name ~ ('?' if optional else '') ~ ':\\n' }}
            {%- for v in schema.oneOf -%}
            {%- set notes = [] -%}
            {%- if v.description and not (loop.first and schema.description) %}{% set notes = notes + [v.description.split('\\n')|join(' ')] %}{% endif -%}
            {%- if v.default is defined %}{% set notes = notes + ['default: ' ~ value(v)] %}{% endif -%}
            {{ indent ~ ' | ' ~ one(v, indent ~ '   ') ~ (' // ' ~ notes|join(' ') if notes else '') ~ '\\n' }}
            {%- endfor -%}
            {{ indent ~ ',\\n' }}
            {%- else -%}
            {{ indent ~ name ~ ('?' if optional else '') ~ ': ' ~ one(schema, indent ~ '    ') ~ ',' }}
            {{- ' // default: ' ~ value(schema) if schema.default is defined }}{{ '\\n' }}
            {%- endif -%}
            {%- endmacro -%}
            {%- macro properties(schema, indent) -%}
            {%- for name, p in schema.properties.items() -%}
            {{ property(name, p, name not in (schema.required or []), indent) }}
            {%- endfor -%}
            {%- endmacro -%}
            """;

    private static final String PROMPT = """
            {%- macro declarations() -%}
            {{ '# Tools\\n\\n## functions\\n\\nnamespace functions {\\n\\n' }}
            {%- for tool in tools -%}
            {%- set f = tool.function -%}
            {%- if f.description %}{{ comment(f.description, '') }}{% endif -%}
            {{ 'type ' ~ f.name ~ ' = (' }}
            {%- if f.parameters and f.parameters.properties -%}
            {{ '_: ' ~ (comment(f.parameters.description, '') if f.parameters.description else '') ~ '{\\n' }}
            {{- properties(f.parameters, '') ~ '}' }}
            {%- endif -%}
            {{ ') => any;\\n\\n' }}
            {%- endfor -%}
            {{ '} // namespace functions' }}
            {%- endmacro -%}
            {%- macro recipient(name) -%}
            {{ name if name.startswith('browser.') else 'functions.' ~ name }}
            {%- endmacro -%}
            {{ '<|start|>system<|message|>' }}
            {{- model_identity or 'You are ChatGPT, a large language model trained by OpenAI.' }}
            {{- '\\nKnowledge cutoff: ' ~ (knowledge_cutoff or '2024-06') ~ '\\n' }}
            {%- set date = current_date if current_date is defined else strftime_now('%Y-%m-%d') -%}
            {{ 'Current date: ' ~ date ~ '\\n' if date }}
            {{- '\\nReasoning: ' ~ (reasoning_effort or 'medium') ~ '\\n\\n# Valid channels: ' }}
            {{- (channels or ['analysis', 'commentary', 'final'])|join(', ') }}
            {{- '. Channel must be included for every message.' }}
            {{- "\\nCalls to these tools must go to the commentary channel: 'functions'." if tools }}
            {{- '<|end|>' }}
            {%- set ns = namespace(turns=false, instructions='', answered=-1, called='') -%}
            {%- for m in messages -%}
            {%- if m.role not in ['system', 'developer'] %}{% set ns.turns = true -%}
            {%- elif not ns.turns and m.content -%}
            {%- set ns.instructions = ns.instructions ~ ('\\n\\n' if ns.instructions else '') ~ m.content -%}
            {%- endif -%}
            {%- if m.role == 'assistant' and not m.tool_calls and not (loop.last and not add_generation_prompt) -%}
            {%- set ns.answered = loop.index0 -%}
            {%- endif -%}
            {%- endfor -%}
            {%- if ns.instructions or tools -%}
            {{ '<|start|>developer<|message|>' }}
            {%- if ns.instructions %}{{ '# Instructions\\n\\n' ~ ns.instructions }}{% endif -%}
            {{ '\\n\\n' if ns.instructions and tools }}{{ declarations() if tools }}{{ '<|end|>' }}
            {%- endif -%}
            {%- set ns.turns = false -%}
            {%- for m in messages -%}
            {%- if m.role in ['system', 'developer'] -%}
            {%- if ns.turns %}{{ '<|start|>developer<|message|># Instructions\\n\\n' ~ m.content ~ '<|end|>' }}{% endif -%}
            {%- else -%}
            {%- set ns.turns = true -%}
            {%- if m.role == 'tool' -%}
            {{ '<|start|>' ~ recipient(m.name or ns.called) ~ ' to=assistant<|channel|>commentary<|message|>' }}
            {{- m.content ~ '<|end|>' }}
            {%- elif m.role == 'assistant' -%}
            {%- if m.thinking and (keep_reasoning or loop.index0 > ns.answered) -%}
            {{ '<|start|>assistant<|channel|>analysis<|message|>' ~ m.thinking ~ '<|end|>' }}
            {%- endif -%}
            {%- if m.content or not m.tool_calls -%}
            {{ '<|start|>assistant<|channel|>' ~ ('commentary' if m.tool_calls else 'final') ~ '<|message|>' }}
            {{- m.content ~ '<|end|>' }}
            {%- endif -%}
            {%- for call in m.tool_calls or [] -%}
            {%- set f = call.function -%}
            {%- set ns.called = f.name -%}
            {{ '<|start|>assistant to=' ~ recipient(f.name) ~ '<|channel|>commentary <|constrain|>json<|message|>' }}
            {{- (f.arguments if f.arguments is string else f.arguments|tojson) ~ '<|call|>' }}
            {%- endfor -%}
            {%- else -%}
            {{ '<|start|>' ~ m.role ~ '<|message|>' ~ m.content ~ '<|end|>' }}
            {%- endif -%}
            {%- endif -%}
            {%- endfor -%}
            {{ '<|start|>assistant' if add_generation_prompt }}""";

    static final String TEMPLATE = TYPES + PROMPT;
}
