package dev.dalang.house;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a reader may expect of every file, as functions from text to complaints. */
final class Tidy {

    static final int LINES_MAX = 700;

    // Written in parts, so that this file does not find itself.
    private static final Pattern UNFINISHED =
            Pattern.compile(String.join("|", "TO" + "DO", "FIX" + "ME", "\\bXX" + "X\\b", "\\bHA" + "CK\\b")
                    + "|not (yet )?implem" + "ented|in a real (implem" + "entation|system)|@Disab" + "led");
    private static final Pattern MACHINE_PATH = Pattern.compile("(?<![A-Za-z0-9_.~}-])/(work|home|root|tmp)/");
    private static final Pattern REGISTRY = Pattern.compile(String.join(
            "|",
            "repo1?\\.mav" + "en\\.(apache\\.)?org",
            "registry\\.np" + "mjs\\.org",
            "\\bpy" + "pi\\.org",
            "files\\.python" + "hosted\\.org",
            "\\bcra" + "tes\\.io",
            "deb\\.deb" + "ian\\.org",
            "proxy\\.gol" + "ang\\.org"));

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    /** What a dependency is kept from bringing along is none. */
    private static final Pattern EXCLUSIONS = Pattern.compile("<exclusions>.*?</exclusions>", Pattern.DOTALL);

    private static final Pattern COMMENT = Pattern.compile("<!--.*?-->", Pattern.DOTALL);
    private static final Pattern PROPERTY = Pattern.compile("<([A-Za-z0-9.-]+)>([^<>]+)</\\1>");
    private static final Pattern ARTIFACT = Pattern.compile(
            "(?:<groupId>([^<]+)</groupId>\\s*)?<artifactId>([^<]+)</artifactId>(?:\\s*<version>([^<]+)</version>)?");

    private Tidy() {}

    /** Complaints about one text file of whatever kind, each with its line. */
    static List<String> text(String path, String text) {
        List<String> found = new ArrayList<>();
        List<String> lines = text.lines().toList();
        if (path.endsWith(".java") && lines.size() > LINES_MAX) {
            found.add(path + ": " + lines.size() + " lines; is it one thing?");
        }
        for (int i = 0; i < lines.size(); i++) {
            String at = path + ":" + (i + 1) + ": ";
            report(UNFINISHED, lines.get(i), at + "unfinished work: ", found);
            report(MACHINE_PATH, lines.get(i), at + "a path of one machine: ", found);
            report(REGISTRY, lines.get(i), at + "a package registry's host: ", found);
        }
        return found;
    }

    /** Relative links of a Markdown page that lead nowhere; {@code exists} takes a path relative to the page. */
    static List<String> links(String path, String markdown, Predicate<String> exists) {
        List<String> found = new ArrayList<>();
        Matcher m = LINK.matcher(markdown);
        while (m.find()) {
            String to = m.group(1).replaceFirst("#.*", "");
            if (to.isEmpty() || to.matches("[a-z]+:.*")) continue;
            if (!exists.test(to)) found.add(path + ": the link " + to + " leads nowhere");
        }
        return found;
    }

    /** Modules of the root pom that a page does not name in backquotes. */
    static List<String> unnamedModules(String rootPom, String path, String markdown) {
        return MODULE.matcher(rootPom)
                .results()
                .map(m -> m.group(1))
                .filter(module -> !markdown.contains("`" + module + "`"))
                .map(module -> path + ": the module " + module + " is not named")
                .toList();
    }

    /** Dependencies and plugins of the poms without a line, in their present version, in the page about them. */
    static List<String> unexplained(String rootPom, List<String> poms, String markdown) {
        Map<String, String> properties = new TreeMap<>();
        PROPERTY.matcher(rootPom).results().forEach(m -> properties.putIfAbsent(m.group(1), m.group(2)));
        Map<String, String> versions = new TreeMap<>();
        for (String pom : poms) {
            ARTIFACT.matcher(EXCLUSIONS
                            .matcher(COMMENT.matcher(pom).replaceAll(""))
                            .replaceAll(""))
                    .results()
                    .forEach(m -> {
                        if ("dev.dalang".equals(m.group(1))) return;
                        String version = m.group(3) == null ? "" : m.group(3);
                        if (version.startsWith("${")) {
                            version = properties.getOrDefault(version.substring(2, version.length() - 1), version);
                        }
                        versions.merge(m.group(2), version, (a, b) -> a.isEmpty() ? b : a);
                    });
        }
        List<String> found = new ArrayList<>();
        versions.forEach((artifact, version) -> {
            if (artifact.startsWith("dalang")) return;
            boolean explained = markdown.lines().anyMatch(l -> l.contains("`" + artifact + "`") && l.contains(version));
            if (!explained) found.add(artifact + " " + version + " has no line");
        });
        return found;
    }

    private static void report(Pattern p, String line, String complaint, List<String> found) {
        Matcher m = p.matcher(line);
        if (m.find()) found.add(complaint + m.group());
    }
}
