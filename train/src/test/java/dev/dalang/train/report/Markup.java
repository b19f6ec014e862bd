package dev.dalang.train.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a page is well-formed, as XML demands of the few things that our pages are made of. */
final class Markup {

    private static final Pattern TAG =
            Pattern.compile("<(/?)([A-Za-z][A-Za-z0-9]*)((?:\\s+[A-Za-z][\\w:-]*=\"[^\"<]*\")*)\\s*(/?)>");
    private static final Pattern ENTITY = Pattern.compile("&(lt|gt|amp|quot|#\\d+);");

    private Markup() {}

    static void check(String page) {
        String start = "<!DOCTYPE html>\n";
        if (!page.startsWith(start)) throw new AssertionError("no document type");
        Deque<String> open = new ArrayDeque<>();
        int roots = 0;
        for (int i = start.length(); i < page.length(); i++) {
            char c = page.charAt(i);
            if (c == '&' && !ENTITY.matcher(page).region(i, page.length()).lookingAt()) throw at("a bare &", page, i);
            if (c < 0x20 && c != '\n' && c != '\t' || c >= 0xFFFE) throw at("a character that may not be", page, i);
            if (c != '<') continue;
            Matcher tag = TAG.matcher(page).region(i, page.length());
            if (!tag.lookingAt()) throw at("no tag", page, i);
            if (!tag.group(1).isEmpty()) {
                if (open.isEmpty() || !open.pop().equals(tag.group(2))) throw at("a tag that does not match", page, i);
            } else if (tag.group(4).isEmpty()) {
                if (open.isEmpty()) roots++;
                open.push(tag.group(2));
            }
            i = tag.end() - 1;
        }
        if (!open.isEmpty()) throw new AssertionError("still open: " + open);
        if (roots != 1) throw new AssertionError(roots + " roots");
    }

    private static AssertionError at(String what, String page, int i) {
        return new AssertionError(what + ": " + page.substring(Math.max(0, i - 60), Math.min(page.length(), i + 60)));
    }
}
