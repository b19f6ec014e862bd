package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.ResponseFormat;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.jline.reader.LineReader;

/** The lines of a conversation that begin with a slash, in the words of Ollama's users. */
final class ConversationCommands {
    private static final String HELP = """
            /set system TEXT         the system message from here on
            /set parameter NAME VALUE   temperature, top_k, top_p, seed, num_predict, stop, ...
            /set format json         answers are JSON; /set noformat ends that
            /set verbose             counts and speeds after each answer; /set quiet ends that
            /set think [LEVEL]       think before answering; /set nothink does not
            /set nohistory           do not keep the lines typed; /set history does
            /show                    model, system message and parameters
            /save NAME               keep this conversation
            /load NAME               go on with a kept one
            /clear                   forget what was said
            /bye                     leave

            \"""...\"""                several lines
            Ctrl-C                   stop the answer
            Ctrl-D                   leave
            """;

    private final Conversation conversation;
    private final Surroundings around;
    private final ModelOpener.Opened opened;
    private final PrintStream out;

    ConversationCommands(Conversation conversation, Surroundings around, ModelOpener.Opened opened, PrintStream out) {
        this.conversation = conversation;
        this.around = around;
        this.opened = opened;
        this.out = out;
    }

    static List<String> completions() {
        List<String> all = new ArrayList<>(List.of(
                "/help",
                "/set",
                "/show",
                "/save",
                "/load",
                "/clear",
                "/bye",
                "system",
                "parameter",
                "format",
                "json",
                "noformat",
                "verbose",
                "quiet",
                "think",
                "nothink",
                "history",
                "nohistory"));
        all.addAll(ChatSettings.parameterNames());
        return all;
    }

    /** Runs one line; false when the conversation is over. */
    boolean run(String line) {
        try {
            String[] words = line.split("\\s+", 3);
            switch (words[0]) {
                case "/bye", "/exit", "/quit" -> {
                    return false;
                }
                case "/help", "/?" -> {
                    out.print(HELP);
                    out.flush();
                }
                case "/clear" -> {
                    conversation.messages.clear();
                    conversation.say("What was said is forgotten.");
                }
                case "/set" -> set(words);
                case "/show" -> show();
                case "/save" -> save(argument(words, "/save NAME"));
                case "/load" -> load(argument(words, "/load NAME"));
                default -> conversation.say("There is no command " + words[0] + "; /help lists them.");
            }
        } catch (DalangException e) {
            conversation.say(e.failure().message());
        }
        return true;
    }

    private void set(String[] words) {
        ChatSettings settings = conversation.settings;
        String what = words.length > 1 ? words[1] : "";
        String value = words.length > 2 ? words[2] : "";
        switch (what) {
            case "system" -> {
                settings.system = value.isBlank() ? null : value;
                conversation.say(value.isBlank() ? "No system message." : "System message set.");
            }
            case "parameter" -> {
                String[] pair = value.split("\\s+", 2);
                if (pair.length < 2) throw Errors.usage("usage: /set parameter NAME VALUE");
                settings.set(pair[0], pair[1]);
                conversation.say("Parameter " + pair[0] + " set to " + pair[1] + ".");
            }
            case "format" -> {
                if (!value.equals("json")) throw Errors.usage("usage: /set format json");
                settings.format = new ResponseFormat.JsonObject();
                conversation.say("Answers are JSON.");
            }
            case "noformat" -> {
                settings.format = new ResponseFormat.Text();
                conversation.say("Answers are free text.");
            }
            case "verbose" -> {
                settings.verbose = true;
                conversation.say("Counts and speeds are shown.");
            }
            case "quiet" -> {
                settings.verbose = false;
                conversation.say("Counts and speeds are not shown.");
            }
            case "think" -> {
                settings.reasoning = RunCommand.thinking(value.isBlank() ? "true" : value);
                conversation.say("The model may think.");
            }
            case "nothink" -> {
                settings.reasoning = RunCommand.thinking("false");
                conversation.say("The model is asked not to think.");
            }
            case "history", "nohistory" -> {
                boolean off = what.equals("nohistory");
                conversation.reader().setVariable(LineReader.DISABLE_HISTORY, off);
                conversation.say(off ? "Lines are no longer kept." : "Lines are kept.");
            }
            default ->
                throw Errors.usage("usage: /set system TEXT, /set parameter NAME VALUE, /set format json,"
                        + " /set noformat, /set verbose, /set quiet, /set think, /set nothink, /set history,"
                        + " /set nohistory");
        }
    }

    private void show() {
        ChatSettings s = conversation.settings;
        StringBuilder text = new StringBuilder();
        text.append("model        ").append(opened.chat().name()).append('\n');
        if (opened.contextLength() != ModelOpener.Opened.UNKNOWN_CONTEXT) {
            text.append("context      ").append(opened.contextLength()).append(" tokens\n");
        }
        text.append("messages     ").append(conversation.messages.size()).append('\n');
        text.append("system       ")
                .append(s.system == null ? "none" : s.system)
                .append('\n');
        s.parameters().forEach((name, value) -> text.append(Text.format("%-12s %s%n", name, value)));
        conversation.say(text.toString().stripTrailing());
    }

    private void save(String name) {
        var file = DialogueFile.write(
                around.home(), name, opened.chat().name(), conversation.settings.system, conversation.messages);
        conversation.say("Kept in " + file + ".");
    }

    private void load(String name) {
        DialogueFile.Dialogue dialogue = DialogueFile.read(around.home(), name);
        conversation.settings.system = dialogue.system();
        conversation.messages.clear();
        conversation.messages.addAll(dialogue.messages());
        conversation.say(Text.plural(dialogue.messages().size(), "message") + " from " + name + ".");
    }

    private static String argument(String[] words, String usage) {
        if (words.length != 2) throw Errors.usage("usage: " + usage);
        return words[1];
    }
}
