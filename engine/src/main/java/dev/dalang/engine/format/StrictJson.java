package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON from strangers: sound UTF-8, nothing but RFC 8259, no name twice in an object, shallow, and one value to the end of
 * the text.
 */
public final class StrictJson {

    private static final int MAX_DEPTH = 16;
    private static final int MAX_STRING = 100_000_000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxStringLength(MAX_STRING)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private StrictJson() {}

    /**
     * Reads an object.
     *
     * @param file the file's name for messages
     * @param what what the text is called in messages
     * @param object is given the parser at the object's opening brace and leaves it at the closing one
     * @throws DalangException (bad model file) if the text is not what it should be
     */
    public static void read(byte[] text, String file, String what, Consumer<JsonParser> object) {
        String problem;
        try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), decode(text))) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                object.accept(json);
                if (json.nextToken() == null) return;
                problem = "has something after the object";
            } else {
                problem = "is not a JSON object";
            }
        } catch (CharacterCodingException e) {
            problem = "is not UTF-8";
        } catch (JacksonException e) {
            // Where a limit is exceeded, the nesting's among them, the parser does not say at which place.
            TokenStreamLocation at = e.getLocation();
            String where = at == null ? "" : " (at character " + at.getCharOffset() + ")";
            problem = "is not sound JSON: " + e.getOriginalMessage() + where;
        }
        throw ModelFile.bad(file, null, what + " " + problem);
    }

    /** Calls for each member of an object, with the parser at its value; an object or array must be read or skipped. */
    public static void members(JsonParser json, Consumer<String> member) {
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            member.accept(key);
        }
    }

    private static String decode(byte[] text) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(text))
                .toString();
    }
}
