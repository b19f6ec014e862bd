package dev.dalang.train.chat;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Examples out of a file: one JSON object a line (JSONL), or a JSON array of objects.
 *
 * @param format that they are in
 * @param examples what can be used, in the file's order
 * @param bad what cannot, in the file's order
 */
public record ChatData(DataFormat format, List<ChatExample> examples, List<BadLine> bad) {

    private static final long MAX_BYTES = 1L << 30;

    public ChatData {
        examples = List.copyOf(examples);
        bad = List.copyOf(bad);
    }

    /**
     * Reads a file.
     *
     * @param format null to find out by the fields of the first example that has those of one
     * @throws DalangException (storage) if the file cannot be read, (invalid request) if it holds nothing, or nothing
     *     of a form that is known
     */
    public static ChatData read(Path file, @Nullable DataFormat format) {
        Reading reading = new Reading(file, format);
        byte[] bytes = bytes(file);
        if (isArray(bytes)) reading.array(bytes);
        else reading.lines(bytes);
        if (reading.examples.isEmpty() && reading.bad.isEmpty()) {
            throw DalangException.invalidRequest(file + " holds no examples", "data");
        }
        if (reading.format == null) {
            throw DalangException.invalidRequest(
                    file + ": line " + reading.bad.getFirst().line() + " "
                            + reading.bad.getFirst().problem()
                            + "; no line is of a form that is known: messages, alpaca, sharegpt, preferences",
                    "data");
        }
        return new ChatData(reading.format, reading.examples, reading.bad);
    }

    private static byte[] bytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw DalangException.invalidRequest(
                        file + " has " + size + " bytes, more than the " + MAX_BYTES + " that are read", "data");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new DalangException(new Failure.Storage("no such file: " + file, file.toString()), e);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + ": cannot be read: " + e.getMessage(), file.toString()), e);
        }
    }

    private static boolean isArray(byte[] bytes) {
        for (int i = startOf(bytes); i < bytes.length; i++) {
            if (bytes[i] > ' ') return bytes[i] == '[';
        }
        return false;
    }

    /** Behind the mark with which some editors begin a file. */
    private static int startOf(byte[] bytes) {
        boolean marked =
                bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
        return marked ? 3 : 0;
    }

    private static String decode(byte[] bytes, int from, int to) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes, from, to - from))
                .toString();
    }

    private static final class Reading {
        private final Path file;
        private final List<ChatExample> examples = new ArrayList<>();
        private final List<BadLine> bad = new ArrayList<>();
        private @Nullable DataFormat format;

        Reading(Path file, @Nullable DataFormat format) {
            this.file = file;
            this.format = format;
        }

        void lines(byte[] bytes) {
            long line = 0;
            for (int from = startOf(bytes); from < bytes.length; ) {
                int to = from;
                while (to < bytes.length && bytes[to] != '\n') to++;
                line++;
                try {
                    String text = decode(bytes, from, to);
                    if (!text.isBlank()) add(line, JsonTree.parse(text));
                } catch (CharacterCodingException e) {
                    bad.add(new BadLine(line, "is not UTF-8"));
                } catch (Unusable e) {
                    bad.add(new BadLine(line, e.problem()));
                }
                from = to + 1;
            }
        }

        void array(byte[] bytes) {
            try (JsonParser json = JsonTree.parser(decode(bytes, startOf(bytes), bytes.length))) {
                json.nextToken();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    long line = json.currentTokenLocation().getLineNr();
                    Object tree = JsonTree.read(json);
                    try {
                        add(line, tree);
                    } catch (Unusable e) {
                        bad.add(new BadLine(line, e.problem()));
                    }
                }
                if (json.nextToken() != null) throw broken("has something after its array", null);
            } catch (CharacterCodingException e) {
                throw broken("is not UTF-8", e);
            } catch (JacksonException e) {
                // What follows a break inside an array cannot be told apart.
                String where =
                        e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + " ";
                throw broken(where + "is not sound JSON: " + JsonTree.shown(e), e);
            }
        }

        private DalangException broken(String problem, @Nullable Exception cause) {
            return new DalangException(new Failure.InvalidRequest(file + ": " + problem, "data"), cause);
        }

        private void add(long line, @Nullable Object tree) throws Unusable {
            Map<?, ?> example = Fields.of("", tree).map();
            WholeCharacters.check("", example);
            DataFormat shape = DataFormat.of(example);
            if (format == null) {
                if (shape == null) throw new Unusable("has the fields of no form that is known");
                format = shape;
            }
            if (shape != null && shape != format) {
                throw new Unusable("is of the form " + shape.word() + ", not " + format.word());
            }
            examples.add(Shapes.read(format, line, example));
        }
    }
}
