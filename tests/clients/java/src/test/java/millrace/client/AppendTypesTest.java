package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.LogFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.record.ChangeType;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.row.Decimal;
import org.apache.fluss.row.GenericArray;
import org.apache.fluss.row.GenericMap;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.row.TimestampLtz;
import org.apache.fluss.row.TimestampNtz;
import org.apache.fluss.types.DataType;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every data type, in every log format and compression, comes back as it was appended. */
class AppendTypesTest extends ClientTest {
    /** How the log is encoded. */
    enum Encoding {
        ARROW_NONE, ARROW_LZ4_FRAME, ARROW_ZSTD, INDEXED, COMPACTED;

        TableDescriptor.Builder apply(TableDescriptor.Builder table) {
            return switch (this) {
                case INDEXED -> table.logFormat(LogFormat.INDEXED);
                case COMPACTED -> table.logFormat(LogFormat.COMPACTED);
                default -> table.logFormat(LogFormat.ARROW)
                        .property("table.log.arrow.compression.type", name().substring("ARROW_".length()));
            };
        }
    }

    /** A column, a value to append to it, and the plain value to read back. */
    record Sample(DataType type, Object appended, Object read) {
        static Sample same(DataType type, Object value) {
            return new Sample(type, value, value);
        }

        static Sample text(DataType type, String value) {
            return new Sample(type, BinaryString.fromString(value), value);
        }

        static Sample bytes(DataType type, int... values) {
            byte[] bytes = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                bytes[i] = (byte) values[i];
            }
            return new Sample(type, bytes, ByteBuffer.wrap(bytes));
        }

        static Sample decimal(int precision, int scale, String value) {
            return same(DataTypes.DECIMAL(precision, scale),
                    Decimal.fromBigDecimal(new BigDecimal(value), precision, scale));
        }
    }

    static final List<Sample> SIMPLE = List.of(
            Sample.same(DataTypes.BOOLEAN(), true),
            Sample.same(DataTypes.TINYINT(), Byte.MIN_VALUE),
            Sample.same(DataTypes.SMALLINT(), Short.MIN_VALUE),
            Sample.same(DataTypes.INT(), Integer.MIN_VALUE),
            Sample.same(DataTypes.BIGINT(), Long.MAX_VALUE),
            Sample.same(DataTypes.FLOAT(), -1.5f),
            Sample.same(DataTypes.DOUBLE(), Double.MIN_VALUE),
            Sample.text(DataTypes.CHAR(5), "abcde"),
            Sample.text(DataTypes.STRING(), "Mühlgraben \uD83D\uDCA7"),
            Sample.text(DataTypes.STRING(), ""),
            Sample.bytes(DataTypes.BINARY(3), 1, 0xff, 2),
            Sample.bytes(DataTypes.BYTES(), 0, 0xff),
            Sample.decimal(9, 2, "-1234567.89"),
            Sample.decimal(38, 10, "1234567890123456789012345678.0123456789"),
            Sample.same(DataTypes.DATE(), -719_162),
            Sample.same(DataTypes.TIME(0), 86_399_000),
            Sample.same(DataTypes.TIME(3), 86_399_999),
            Sample.same(DataTypes.TIMESTAMP(0), TimestampNtz.fromMillis(1_700_000_000_000L)),
            Sample.same(DataTypes.TIMESTAMP(3), TimestampNtz.fromMillis(-1L)),
            Sample.same(DataTypes.TIMESTAMP(6), TimestampNtz.fromMillis(1_700_000_000_123L, 456_000)),
            Sample.same(DataTypes.TIMESTAMP(9), TimestampNtz.fromMillis(1_700_000_000_123L, 456_789)),
            Sample.same(DataTypes.TIMESTAMP_LTZ(3), TimestampLtz.fromEpochMillis(1_700_000_000_123L)),
            Sample.same(DataTypes.TIMESTAMP_LTZ(9), TimestampLtz.fromEpochMillis(1_700_000_000_123L, 456_789)));

    static final List<Sample> NESTED = List.of(
            new Sample(DataTypes.ARRAY(DataTypes.INT()), GenericArray.of(1, null, 3), Arrays.asList(1, null, 3)),
            new Sample(DataTypes.ARRAY(DataTypes.STRING()), GenericArray.of(), List.of()),
            new Sample(DataTypes.MAP(DataTypes.STRING(), DataTypes.BIGINT()),
                    GenericMap.of(string("one"), 1L, string("none"), null), mapOf("one", 1L, "none", null)),
            new Sample(
                    DataTypes.ROW(
                            DataTypes.FIELD("x", DataTypes.INT()),
                            DataTypes.FIELD("y", DataTypes.STRING())),
                    row(7, "seven"), List.of(7, "seven")),
            new Sample(DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.STRING())),
                    GenericArray.of(GenericArray.of(string("a"), null), GenericArray.of()),
                    List.of(Arrays.asList("a", null), List.of())),
            new Sample(
                    DataTypes.ARRAY(DataTypes.ROW(
                            DataTypes.FIELD("at", DataTypes.TIMESTAMP(3)),
                            DataTypes.FIELD("price", DataTypes.DECIMAL(10, 2)))),
                    GenericArray.of(row(TimestampNtz.fromMillis(5), Decimal.fromUnscaledLong(199, 10, 2))),
                    List.of(List.of(TimestampNtz.fromMillis(5), Decimal.fromUnscaledLong(199, 10, 2)))),
            new Sample(DataTypes.MAP(DataTypes.INT(), DataTypes.ARRAY(DataTypes.DOUBLE())),
                    GenericMap.of(1, GenericArray.of(0.5, 1.5)), Map.of(1, List.of(0.5, 1.5))),
            new Sample(
                    DataTypes.ROW(
                            DataTypes.FIELD("tags", DataTypes.MAP(DataTypes.STRING(), DataTypes.STRING())),
                            DataTypes.FIELD("inner", DataTypes.ROW(DataTypes.FIELD("z", DataTypes.BOOLEAN())))),
                    row(GenericMap.of(string("k"), string("v")), row(false)),
                    List.of(Map.of("k", "v"), List.of(false))));

    @ParameterizedTest
    @EnumSource
    void simpleTypes(Encoding encoding) throws Exception {
        roundTrip("simple_" + encoding.name().toLowerCase(), encoding, SIMPLE);
    }

    @ParameterizedTest
    @EnumSource
    void nestedTypes(Encoding encoding) throws Exception {
        roundTrip("nested_" + encoding.name().toLowerCase(), encoding, NESTED);
    }

    @ParameterizedTest
    @EnumSource
    void megabyteStrings(Encoding encoding) throws Exception {
        String[] texts = {"a".repeat(1 << 20), "", "\u00fc".repeat(1 << 19)};
        List<Sample> samples = new ArrayList<>();
        for (String text : texts) {
            samples.add(Sample.text(DataTypes.STRING(), text));
        }
        roundTrip("megabyte_" + encoding.name().toLowerCase(), encoding, samples);
    }

    /** Appends a row of the samples, a row of nulls, and the first row again, and reads all three. */
    private void roundTrip(String name, Encoding encoding, List<Sample> samples) throws Exception {
        Schema.Builder schema = Schema.newBuilder();
        for (int i = 0; i < samples.size(); i++) {
            schema.column("c" + i, samples.get(i).type());
        }
        Table table = connection.getTable(createTable(name, encoding.apply(oneBucket(schema.build())).build()));
        GenericRow full = row(samples.stream().map(Sample::appended).toArray());
        GenericRow empty = new GenericRow(samples.size());
        append(table, full, empty, full);

        List<Object> expected = samples.stream().map(Sample::read).toList();
        List<Object> nulls = Collections.nCopies(samples.size(), null);
        try (LogReader reader = LogReader.fromBeginning(table)) {
            List<LogReader.Read> read = reader.read(3);
            assertEquals(List.of(expected, nulls, expected), LogReader.valuesOf(read));
            assertEquals(List.of(0L, 1L, 2L), LogReader.offsetsOf(read));
            assertEquals(Collections.nCopies(3, ChangeType.APPEND_ONLY),
                    read.stream().map(LogReader.Read::changeType).toList());
        }
    }

    private static BinaryString string(String text) {
        return BinaryString.fromString(text);
    }

    private static Map<Object, Object> mapOf(Object key1, Object value1, Object key2, Object value2) {
        Map<Object, Object> map = new HashMap<>();
        map.put(key1, value1);
        map.put(key2, value2);
        return map;
    }
}
