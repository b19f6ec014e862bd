/**
 * Chat templates: our own interpreter of the Jinja 2 language with Python's semantics, and the chat formats built on
 * it.
 *
 * <p><b>Source.</b> The language is that of the Jinja 2 template designer documentation, in the dialect that Hugging
 * Face's {@code apply_chat_template} sets up: {@code trim_blocks} and {@code lstrip_blocks} on, autoescape off, an
 * immutable sandbox, {@code break} and {@code continue}, {@code generation} blocks, {@code raise_exception},
 * {@code strftime_now}, and a {@code tojson} that writes plain JSON. Values print, compare and fail as in Python,
 * because the models were trained on what Python printed.
 *
 * <p><b>Hostile templates.</b> A template comes with a downloaded model. It can reach the values of this package and
 * nothing else: there is no reflection, no file access and no Java object behind any name. Every construct costs
 * steps, and copied characters cost steps too, so that work, memory, nesting and output all end with a named error
 * ({@link dev.dalang.engine.template.RenderOptions}).
 *
 * <p><b>Decision: strings know where they came from.</b> A user who types {@code <|im_end|>} must get those ten
 * characters, not the control token. Every string value is a {@link dev.dalang.engine.template.MarkedText}: a
 * {@link String} and the ranges of it that are <em>untrusted</em>. Text written in the template is trusted; strings
 * of the context are untrusted unless the caller wraps them as {@code MarkedText.trusted(…)}, as is done for
 * {@code bos_token}, {@code eos_token} and role names, which come from a closed set. An operation whose result is made
 * of pieces of its inputs (concatenation, slicing, {@code trim}, {@code split}, {@code join}, {@code replace},
 * {@code tojson}, {@code format} …) keeps the ranges exactly; any other marks its whole result untrusted as soon as
 * one input character is. Comparison, {@code in} and dictionary look-up ignore the ranges. We chose ranges over a
 * second "taint" flag per string because a template may build a whole message by concatenation before it prints it, and
 * over token ids inside strings because every string method would then have to know them.
 *
 * <p>Numbers and booleans carry no marks: the characters they print cannot spell a control token on their own.
 */
package dev.dalang.engine.template;
