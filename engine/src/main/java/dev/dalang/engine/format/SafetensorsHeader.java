package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * All of a safetensors file but its data.
 *
 * <p>Layout: u64 length of the header, little-endian; the header, a JSON object that begins with its brace and may end in
 * spaces; the data, which the tensors cover without gap or overlap.
 */
record SafetensorsHeader(Map<String, String> metadata, List<Safetensors.Tensor> tensors) {

    static final String METADATA = "__metadata__";

    /** Of the reference implementation. */
    private static final long MAX_HEADER_BYTES = 100_000_000;

    /** @param part the file's index in a sharded model, for {@link Safetensors.Tensor#part()} */
    static SafetensorsHeader parse(MemorySegment file, String name, int part) {
        return new Parser(file, name, part).parse();
    }

    private static final class Parser {
        private final MemorySegment file;
        private final String name;
        private final int part;
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private final List<Safetensors.Tensor> tensors = new ArrayList<>();
        private long dataOffset;

        Parser(MemorySegment file, String name, int part) {
            this.file = file;
            this.name = name;
            this.part = part;
        }

        SafetensorsHeader parse() {
            byte[] header = header();
            StrictJson.read(header, name, "the header", this::object);
            checkCoverage();
            return new SafetensorsHeader(metadata, List.copyOf(tensors));
        }

        private byte[] header() {
            if (file.byteSize() < 8) throw notSafetensors("the file ends inside the header's length");
            long length = file.get(LittleEndian.LONG, 0);
            long limit = Math.min(file.byteSize() - 8, MAX_HEADER_BYTES);
            if (length < 0 || length > limit) {
                String why = Long.compareUnsigned(length, MAX_HEADER_BYTES) > 0 ? "the limit" : "the file";
                throw notSafetensors(
                        "the header's length is " + Long.toUnsignedString(length) + ", more than " + why + " allows");
            }
            if (length == 0 || file.get(ValueLayout.JAVA_BYTE, 8) != '{') {
                throw notSafetensors("the header does not begin with a brace");
            }
            dataOffset = 8 + length;
            return file.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
        }

        private void object(JsonParser json) {
            StrictJson.members(json, key -> {
                if (key.equals(METADATA)) metadata(json);
                else tensor(key, json);
            });
        }

        private void metadata(JsonParser json) {
            if (json.currentToken() != JsonToken.START_OBJECT) throw bad(METADATA, METADATA + " is not an object");
            StrictJson.members(json, key -> {
                if (json.currentToken() != JsonToken.VALUE_STRING) {
                    throw bad(METADATA, METADATA + "." + key + " is not a string");
                }
                metadata.put(key, json.getString());
            });
        }

        private void tensor(String tensor, JsonParser json) {
            String field = "tensor '" + tensor + "'";
            if (json.currentToken() != JsonToken.START_OBJECT) throw bad(tensor, field + " is not an object");
            Fields fields = new Fields();
            StrictJson.members(json, key -> {
                switch (key) {
                    case "dtype" -> fields.dtype = dtype(tensor, json);
                    case "shape" -> fields.shape = numbers(tensor, "shape", json);
                    case "data_offsets" -> fields.offsets = numbers(tensor, "data_offsets", json);
                    default -> json.skipChildren();
                }
            });
            Dtype dtype = fields.dtype;
            long[] shape = fields.shape;
            long[] offsets = fields.offsets;
            if (dtype == null) throw bad(tensor, field + " has no dtype");
            if (shape == null) throw bad(tensor, field + " has no shape");
            if (offsets == null) throw bad(tensor, field + " has no data_offsets");
            if (offsets.length != 2 || offsets[0] > offsets[1]) {
                throw bad(tensor, field + ": data_offsets are not a start and an end");
            }
            if (offsets[1] > file.byteSize() - dataOffset) {
                throw bad(
                        tensor,
                        field + " ends at " + offsets[1] + ", past the " + (file.byteSize() - dataOffset)
                                + " bytes of data: the file is cut off or damaged");
            }
            long bytes = bytes(tensor, dtype, shape);
            if (bytes != offsets[1] - offsets[0]) {
                throw bad(
                        tensor,
                        field + " takes " + bytes + " bytes by its shape, but " + (offsets[1] - offsets[0])
                                + " by its data_offsets");
            }
            tensors.add(new Safetensors.Tensor(tensor, dtype, shape, part, dataOffset + offsets[0], bytes));
        }

        private Dtype dtype(String tensor, JsonParser json) {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw bad(tensor, "tensor '" + tensor + "': dtype is not a string");
            }
            Dtype dtype = Dtype.ofName(json.getString());
            if (dtype == null) {
                throw bad(tensor, "tensor '" + tensor + "': dtype '" + json.getString() + "' is not known here");
            }
            return dtype;
        }

        private long[] numbers(String tensor, String key, JsonParser json) {
            String field = "tensor '" + tensor + "': " + key;
            if (json.currentToken() != JsonToken.START_ARRAY) throw bad(tensor, field + " is not an array");
            List<Long> numbers = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
                        || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        || json.getLongValue() < 0) {
                    throw bad(tensor, field + " holds something other than a whole number of 0 to 2^63-1");
                }
                numbers.add(json.getLongValue());
            }
            return numbers.stream().mapToLong(n -> n).toArray();
        }

        private long bytes(String tensor, Dtype dtype, long[] shape) {
            try {
                long bytes = dtype.bytes();
                for (long length : shape) bytes = Math.multiplyExact(bytes, length);
                return bytes;
            } catch (ArithmeticException e) {
                throw bad(tensor, "tensor '" + tensor + "' has more elements than any file can hold");
            }
        }

        /** The tensors lie one after another from the first byte of data to the last. */
        private void checkCoverage() {
            List<Safetensors.Tensor> inOrder = new ArrayList<>(tensors);
            inOrder.sort(
                    Comparator.comparingLong(Safetensors.Tensor::offset).thenComparingLong(Safetensors.Tensor::bytes));
            long end = dataOffset;
            for (Safetensors.Tensor t : inOrder) {
                if (t.offset() != end) {
                    String problem = t.offset() < end ? " shares bytes with another tensor" : " follows unused bytes";
                    throw bad(t.name(), "tensor '" + t.name() + "'" + problem + " (at byte " + t.offset() + ")");
                }
                end += t.bytes();
            }
            if (end != file.byteSize()) {
                throw bad(null, (file.byteSize() - end) + " bytes after byte " + end + " belong to no tensor");
            }
        }

        private DalangException notSafetensors(String problem) {
            String other = ModelFile.guess(file);
            boolean known = other != null && !other.equals(ModelFile.SAFETENSORS);
            return bad("header", known ? "not a safetensors file but " + other : problem);
        }

        private DalangException bad(@Nullable String field, String problem) {
            return ModelFile.bad(name, field, problem);
        }
    }

    /** A tensor's members as they come. */
    private static final class Fields {
        private @Nullable Dtype dtype;
        private long @Nullable [] shape;
        private long @Nullable [] offsets;
    }
}
