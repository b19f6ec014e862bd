package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Role;
import dev.dalang.train.chat.BadLine;
import dev.dalang.train.chat.ChatData;
import dev.dalang.train.chat.ChatExample;
import dev.dalang.train.chat.DataFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A source as it was read or made, before anything is made tokens of.
 *
 * @param plan what the recipe says of it
 * @param files how many files it is from; 0 for a generator
 * @param texts plain texts, cut into documents
 * @param conversations examples of how to answer
 * @param bad what cannot be used, each with file and line
 */
record RawSource(
        Recipe.SourcePlan plan,
        int files,
        List<String> texts,
        List<ChatExample.Conversation> conversations,
        List<String> bad) {

    /** Characters of all texts, and of what is said in all conversations. */
    long characters() {
        long n = 0;
        for (String t : texts) n += t.length();
        for (ChatExample.Conversation c : conversations)
            for (Message m : c.messages()) n += m.text().length();
        return n;
    }

    /** @throws DalangException if a file cannot be read, a pattern matches none, or there is no such generator */
    static RawSource read(Recipe recipe, Recipe.SourcePlan plan) {
        return switch (plan.kind()) {
            case TEXT -> text(recipe, plan);
            case CHAT -> chat(recipe, plan);
            case GENERATOR -> generated(recipe, plan);
        };
    }

    private static RawSource text(Recipe recipe, Recipe.SourcePlan plan) {
        List<Path> files = files(recipe, plan);
        List<String> texts = new ArrayList<>();
        Pattern until = plan.skipUntil() == null ? null : Pattern.compile(plan.skipUntil());
        for (Path file : files) {
            List<String> lines = content(file).lines().toList();
            int from = Math.min(plan.skipLines(), lines.size());
            if (until != null) {
                int at = from;
                while (at < lines.size() && !until.matcher(lines.get(at)).find()) at++;
                if (at == lines.size()) {
                    throw wrong(recipe, plan, "no line of " + file + " matches skip_until, " + plan.skipUntil());
                }
                from = at + 1;
            }
            texts.addAll(plan.cut().cut(String.join("\n", lines.subList(from, lines.size()))));
        }
        return new RawSource(plan, files.size(), texts, List.of(), List.of());
    }

    private static RawSource chat(Recipe recipe, Recipe.SourcePlan plan) {
        List<Path> files = files(recipe, plan);
        List<ChatExample.Conversation> conversations = new ArrayList<>();
        List<String> bad = new ArrayList<>();
        for (Path file : files) {
            ChatData data = ChatData.read(file, null);
            if (data.format() == DataFormat.PREFERENCES) {
                throw wrong(recipe, plan, file + " holds preferences, which `dalang tune` learns, not `dalang train`");
            }
            for (ChatExample e : data.examples()) {
                if (e instanceof ChatExample.Conversation c) conversations.add(c);
            }
            for (BadLine b : data.bad()) bad.add(file + " line " + b.line() + ": " + b.problem());
        }
        return new RawSource(plan, files.size(), List.of(), conversations, bad);
    }

    private static RawSource generated(Recipe recipe, Recipe.SourcePlan plan) {
        List<String> names = new ArrayList<>();
        for (CorpusGenerator g : ServiceLoader.load(CorpusGenerator.class)) {
            names.add(g.name());
            if (g.name().equals(plan.generator())) return generated(recipe, plan, g);
        }
        throw wrong(
                recipe,
                plan,
                "there is no generator \"" + plan.generator() + "\"; there "
                        + (names.isEmpty() ? "are none" : "is " + String.join(", ", names)));
    }

    private static RawSource generated(Recipe recipe, Recipe.SourcePlan plan, CorpusGenerator generator) {
        for (String option : plan.options().keySet()) {
            if (generator.options().contains(option)) continue;
            throw wrong(
                    recipe,
                    plan,
                    "the generator " + generator.name() + " has no option " + option + "; it has "
                            + String.join(", ", new TreeSet<>(generator.options())));
        }
        List<String> texts = new ArrayList<>();
        List<ChatExample.Conversation> conversations = new ArrayList<>();
        generator.generate(
                new CorpusGenerator.Order(
                        plan.seed(), plan.options(), recipe.data().root()),
                new CorpusGenerator.Sink() {
                    @Override
                    public void text(String text) {
                        texts.add(text);
                    }

                    @Override
                    public void conversation(List<Message> messages) {
                        conversations.add(new ChatExample.Conversation(
                                conversations.size() + 1L, messages, List.of(), asked(messages)));
                    }
                });
        if (!conversations.isEmpty() && !recipe.converses()) {
            throw wrong(recipe, plan, "it holds conversations, and chat.template is missing");
        }
        return new RawSource(plan, 0, texts, conversations, List.of());
    }

    private static List<Integer> asked(List<Message> messages) {
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) if (messages.get(i).role() == Role.ASSISTANT) asked.add(i);
        return asked;
    }

    /** All files that the source's paths and patterns name, each once, in the order of their names. */
    private static List<Path> files(Recipe recipe, Recipe.SourcePlan plan) {
        Path root = recipe.data().root();
        TreeSet<Path> all = new TreeSet<>();
        for (String name : plan.files()) {
            int before = all.size();
            if (isPattern(name)) all.addAll(matches(root, name));
            else if (Files.isRegularFile(root.resolve(name))) all.add(root.resolve(name));
            if (all.size() == before) throw wrong(recipe, plan, "no file in " + root + " is named by " + name);
        }
        return List.copyOf(all);
    }

    private static boolean isPattern(String name) {
        return name.chars().anyMatch(c -> c == '*' || c == '?' || c == '[' || c == '{');
    }

    private static List<Path> matches(Path root, String pattern) {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        // The walk starts below what the pattern leaves open: not every folder above has to be looked through.
        String fixed = pattern.replaceAll("[*?\\[{].*", "");
        Path start = root.resolve(fixed.substring(0, fixed.lastIndexOf('/') + 1));
        if (!Files.isDirectory(start)) return List.of();
        try (Stream<Path> walk = Files.walk(start)) {
            return walk.filter(Files::isRegularFile)
                    .filter(f -> matcher.matches(root.relativize(f)))
                    .toList();
        } catch (IOException e) {
            throw unreadable(start, e.getMessage(), e);
        }
    }

    private static String content(Path file) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw unreadable(file, "is not UTF-8 text", e);
        } catch (IOException e) {
            throw unreadable(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static DalangException unreadable(Path file, @Nullable String problem, IOException e) {
        return new DalangException(new Failure.Storage(file + ": " + problem, file.toString()), e);
    }

    private static DalangException wrong(Recipe recipe, Recipe.SourcePlan plan, String problem) {
        return DalangException.invalidRequest(
                recipe.file().getFileName() + ": data.source \"" + plan.name() + "\": " + problem, "data.source");
    }
}
