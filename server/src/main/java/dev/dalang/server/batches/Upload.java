package dev.dalang.server.batches;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.http.Exchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.fileupload2.core.MultipartInput;
import org.apache.commons.fileupload2.core.ParameterParser;
import org.jspecify.annotations.Nullable;

/**
 * A form with a file in it ({@code multipart/form-data}, RFC 7578), whose bytes went to a temporary file as they came.
 *
 * @param fields the other fields
 * @param name of the file, as the client says
 * @param content its bytes; whoever takes the upload moves or deletes it
 */
record Upload(Map<String, String> fields, String name, Path content) {

    private static final int BUFFER = 64 << 10;
    private static final int LONGEST_FIELD = 64 << 10;
    private static final int LONGEST_HEADER = 8 << 10;
    private static final int MOST_FIELDS = 32;
    private static final int LONGEST_NAME = 512;

    /**
     * @param folder where the temporary file goes
     * @throws DalangException if the body is no such form, has no file, or has more than one
     */
    static Upload read(Exchange exchange, Path folder) {
        Path content;
        try {
            Files.createDirectories(folder);
            content = Files.createTempFile(folder, "upload-", ".part");
        } catch (IOException e) {
            throw storage(folder, e);
        }
        try {
            return new Reader(exchange, content).read();
        } catch (RuntimeException e) {
            delete(content);
            throw e;
        }
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    static DalangException storage(Path path, IOException e) {
        return new DalangException(
                new Failure.Storage(path + " cannot be used: " + e.getMessage(), path.toString()), e);
    }

    private static final class Reader {
        private final Exchange exchange;
        private final Path content;
        private final Map<String, String> fields = new LinkedHashMap<>();
        private @Nullable String name;

        Reader(Exchange exchange, Path content) {
            this.exchange = exchange;
            this.content = content;
        }

        Upload read() {
            String type = exchange.header("Content-Type");
            if (type == null || !type.regionMatches(true, 0, "multipart/form-data", 0, 19)) {
                throw DalangException.invalidRequest("the body must be multipart/form-data", null);
            }
            String boundary = parameters(type).get("boundary");
            if (boundary == null) throw DalangException.invalidRequest("multipart/form-data names no boundary", null);
            try {
                MultipartInput parts = MultipartInput.builder()
                        .setInputStream(exchange.body())
                        .setBoundary(boundary.getBytes(StandardCharsets.ISO_8859_1))
                        .setBufferSize(BUFFER)
                        .setMaxPartHeaderSize(LONGEST_HEADER)
                        .get();
                parts.setHeaderCharset(StandardCharsets.UTF_8);
                boolean more = parts.skipPreamble();
                while (more) {
                    part(parts);
                    more = parts.readBoundary();
                }
            } catch (IOException | IllegalArgumentException e) {
                throw DalangException.invalidRequest("the form is broken: " + e.getMessage(), null);
            } catch (UncheckedIOException e) {
                throw DalangException.invalidRequest("the form was cut off", null);
            }
            if (name == null) throw DalangException.invalidRequest("file is required", "file");
            return new Upload(fields, name, content);
        }

        private void part(MultipartInput parts) throws IOException {
            Map<String, String> disposition = Map.of();
            for (String line : parts.readHeaders().split("\r\n")) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase("Content-Disposition")) {
                    disposition = parameters(line.substring(colon + 1));
                }
            }
            String field = disposition.get("name");
            if (field == null) throw DalangException.invalidRequest("a part of the form has no name", null);
            if (field.equals("file")) {
                if (name != null) throw DalangException.invalidRequest("one file at a time", "file");
                String given = disposition.get("filename");
                name = clean(given == null || given.isBlank() ? "file" : given);
                try (OutputStream out = Files.newOutputStream(content)) {
                    parts.readBodyData(out);
                }
                return;
            }
            if (fields.size() >= MOST_FIELDS)
                throw DalangException.invalidRequest("the form has too many fields", null);
            ByteArrayOutputStream value = new Bounded(field);
            parts.readBodyData(value);
            if (fields.put(field, value.toString(StandardCharsets.UTF_8)) != null) {
                throw DalangException.invalidRequest(field + " is given twice", field);
            }
        }

        private static Map<String, String> parameters(String header) {
            ParameterParser parser = new ParameterParser();
            parser.setLowerCaseNames(true);
            return parser.parse(header, ';');
        }

        /** Only shown, never part of a path; without what would break a line or hide a name. */
        private static String clean(String name) {
            String plain = name.replaceAll("\\p{Cntrl}", "");
            return plain.length() > LONGEST_NAME ? plain.substring(0, LONGEST_NAME) : plain;
        }
    }

    /** A field's value, which must not fill the memory. */
    private static final class Bounded extends ByteArrayOutputStream {
        private final String field;

        Bounded(String field) {
            this.field = field;
        }

        @Override
        public synchronized void write(byte[] b, int off, int len) {
            if (size() + len > LONGEST_FIELD) throw DalangException.invalidRequest(field + " is too long", field);
            super.write(b, off, len);
        }
    }
}
