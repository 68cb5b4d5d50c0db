package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

/** Every data type of the connector comes back as it was inserted. */
class TypesTest extends FlinkTest {
    private static final LocalDateTime TIME = LocalDateTime.of(2024, 2, 29, 1, 2, 3);

    /** A column, an expression to insert into it, and the value to select. */
    record Sample(String type, String inserted, Object selected) {}

    static final List<Sample> SIMPLE = List.of(
            new Sample("BOOLEAN", "true", true),
            new Sample("TINYINT", "-128", Byte.MIN_VALUE),
            new Sample("SMALLINT", "-32768", Short.MIN_VALUE),
            new Sample("INT", "-2147483648", Integer.MIN_VALUE),
            new Sample("BIGINT", "9223372036854775807", Long.MAX_VALUE),
            new Sample("FLOAT", "-1.5", -1.5f),
            new Sample("DOUBLE", "2.5e10", 2.5e10),
            new Sample("CHAR(3)", "'abc'", "abc"),
            new Sample("STRING", "'Mühlgraben'", "Mühlgraben"),
            new Sample("BINARY(2)", "x'00ff'", new byte[] {0, (byte) 0xff}),
            new Sample("BYTES", "x'0102ff'", new byte[] {1, 2, (byte) 0xff}),
            new Sample("DECIMAL(9, 2)", "-1234567.89", new BigDecimal("-1234567.89")),
            new Sample("DECIMAL(38, 10)", "'1234567890123456789012345678.0123456789'",
                    new BigDecimal("1234567890123456789012345678.0123456789")),
            new Sample("DATE", "DATE '1969-12-31'", LocalDate.of(1969, 12, 31)),
            new Sample("TIME", "TIME '23:59:59'", LocalTime.of(23, 59, 59)),
            new Sample("TIMESTAMP(0)", "TIMESTAMP '2024-02-29 01:02:03'", TIME),
            new Sample("TIMESTAMP(3)", "TIMESTAMP '2024-02-29 01:02:03.004'", TIME.withNano(4_000_000)),
            new Sample("TIMESTAMP(6)", "TIMESTAMP '2024-02-29 01:02:03.004005'", TIME.withNano(4_005_000)),
            new Sample("TIMESTAMP(9)", "TIMESTAMP '2024-02-29 01:02:03.004005006'", TIME.withNano(4_005_006)),
            new Sample("TIMESTAMP_LTZ(3)", "TO_TIMESTAMP_LTZ(1700000000123, 3)",
                    Instant.ofEpochMilli(1_700_000_000_123L)),
            new Sample("TIMESTAMP_LTZ(9)", "TIMESTAMP '2024-02-29 01:02:03.004005006'",
                    TIME.withNano(4_005_006).toInstant(ZoneOffset.UTC)));

    static final List<Sample> NESTED = List.of(
            new Sample("ARRAY<INT>", "ARRAY[1, CAST(NULL AS INT), 3]", new Integer[] {1, null, 3}),
            new Sample("ARRAY<STRING>", "ARRAY['a', '']", new String[] {"a", ""}),
            new Sample("MAP<STRING, BIGINT>", "MAP['one', 1]", Map.of("one", 1L)),
            new Sample("ROW<x INT, y STRING>", "ROW(7, CAST(NULL AS STRING))", Row.of(7, null)),
            new Sample("ARRAY<ARRAY<STRING>>", "ARRAY[ARRAY['a', 'b'], ARRAY['c']]",
                    new String[][] {{"a", "b"}, {"c"}}),
            new Sample("ARRAY<ROW<price DECIMAL(10, 2)>>", "ARRAY[ROW(1.99)]",
                    new Row[] {Row.of(new BigDecimal("1.99"))}),
            new Sample("MAP<INT, ARRAY<DOUBLE>>", "MAP[1, ARRAY[0.5, 1.5]]", Map.of(1, new Double[] {0.5, 1.5})),
            new Sample("ROW<tags MAP<STRING, STRING>, inside ROW<z BOOLEAN>>", "ROW(MAP['k', 'v'], ROW(false))",
                    Row.of(Map.of("k", "v"), Row.of(false))));

    @Test
    void simpleTypes() throws Exception {
        streaming.getConfig().setLocalTimeZone(ZoneOffset.UTC);
        roundTrip("simple_types", SIMPLE);
    }

    @Test
    void nestedTypes() throws Exception {
        roundTrip("nested_types", NESTED);
    }

    /** Inserts a row of the samples and a row of nulls, and selects both. */
    private void roundTrip(String table, List<Sample> samples) throws Exception {
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        List<String> nulls = new ArrayList<>();
        for (Sample sample : samples) {
            columns.add("c" + columns.size() + " " + sample.type());
            values.add("CAST(" + sample.inserted() + " AS " + sample.type() + ")");
            nulls.add("CAST(NULL AS " + sample.type() + ")");
        }
        sql("CREATE TABLE " + table + " (" + String.join(", ", columns) + ")");
        insert("INSERT INTO " + table + " SELECT " + String.join(", ", values));
        insert("INSERT INTO " + table + " SELECT " + String.join(", ", nulls));

        assertEquals(
                List.of(
                        Row.of(samples.stream().map(Sample::selected).toArray()),
                        Row.of(new Object[samples.size()])),
                first(2, "SELECT * FROM " + table));
    }

    @Test
    void nestedFieldsAreSelected() throws Exception {
        sql("CREATE TABLE places (id INT, place ROW<city STRING, spot ROW<lat DOUBLE, lon DOUBLE>>)");
        insert("INSERT INTO places VALUES (1, ROW('Ulm', ROW(48.4e0, 9.98e0)))");
        assertEquals(List.of(Row.of("Ulm", 9.98)), first(1, "SELECT p.place.city, p.place.spot.lon FROM places AS p"));
    }

    @Test
    void megabyteStrings() throws Exception {
        sql("CREATE TABLE texts (id INT, content STRING)");
        insert("INSERT INTO texts VALUES (1, REPEAT('a', 1048576)), (2, ''), (3, REPEAT('bc', 524288))");
        assertSameRows(
                List.of(Row.of(1, "a".repeat(1 << 20)), Row.of(2, ""), Row.of(3, "bc".repeat(1 << 19))),
                first(3, "SELECT * FROM texts"));
    }
}
