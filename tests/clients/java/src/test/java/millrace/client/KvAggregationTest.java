package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.AggFunction;
import org.apache.fluss.metadata.AggFunctions;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableChange;
import org.apache.fluss.metadata.TableChange.ColumnPosition;
import org.apache.fluss.row.Decimal;
import org.apache.fluss.row.GenericArray;
import org.apache.fluss.row.TimestampLtz;
import org.apache.fluss.row.TimestampNtz;
import org.apache.fluss.rpc.protocol.MergeMode;
import org.apache.fluss.types.DataType;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of one key are aggregated, each column by its function. */
class KvAggregationTest extends KvTest {
    private static final int WRITES = 4;

    /** A column, what is written to it one after the other, and what it holds after each. */
    record Case(AggFunction function, DataType type, List<Object> written, List<Object> held) {
        @Override
        public String toString() {
            return function + " of " + type + ": " + written;
        }
    }

    /** Pairs of a value to write and the value that the column holds then. */
    private static Case of(AggFunction function, DataType type, Object... pairs) {
        return new Case(function, type,
                IntStream.range(0, WRITES).mapToObj(i -> pairs[2 * i]).collect(ArrayList::new, List::add, List::addAll),
                IntStream.range(0, WRITES).mapToObj(i -> pairs[2 * i + 1])
                        .collect(ArrayList::new, List::add, List::addAll));
    }

    private static Decimal decimal(String value, int precision, int scale) {
        return Decimal.fromBigDecimal(new BigDecimal(value), precision, scale);
    }

    private static Decimal money(String value) {
        return decimal(value, 5, 2);
    }

    private static TimestampNtz ntz(long millis, int nanos) {
        return TimestampNtz.fromMillis(millis, nanos);
    }

    private static TimestampLtz ltz(long millis, int nanos) {
        return TimestampLtz.fromEpochMillis(millis, nanos);
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    private static final AggFunction SUM = AggFunctions.SUM();
    private static final AggFunction PRODUCT = AggFunctions.PRODUCT();
    private static final AggFunction MAX = AggFunctions.MAX();
    private static final AggFunction MIN = AggFunctions.MIN();

    private static final List<Case> NUMBERS = List.of(
            of(SUM, DataTypes.TINYINT(), (byte) 100, (byte) 100, (byte) 27, (byte) 127, null, (byte) 127, (byte) 1,
                    (byte) -128),
            of(SUM, DataTypes.SMALLINT(), Short.MAX_VALUE, Short.MAX_VALUE, (short) 1, Short.MIN_VALUE, null,
                    Short.MIN_VALUE, (short) -1, Short.MAX_VALUE),
            of(SUM, DataTypes.INT(), Integer.MAX_VALUE, Integer.MAX_VALUE, 1, Integer.MIN_VALUE, null,
                    Integer.MIN_VALUE, -1, Integer.MAX_VALUE),
            of(SUM, DataTypes.BIGINT(), Long.MAX_VALUE, Long.MAX_VALUE, 1L, Long.MIN_VALUE, null, Long.MIN_VALUE, -1L,
                    Long.MAX_VALUE),
            of(SUM, DataTypes.FLOAT(), 0.5f, 0.5f, 0.25f, 0.75f, null, 0.75f, 1f, 1.75f),
            of(SUM, DataTypes.DOUBLE(), 0.1, 0.1, 0.2, 0.1 + 0.2, null, 0.1 + 0.2, 0.3, 0.1 + 0.2 + 0.3),
            of(SUM, DataTypes.DECIMAL(5, 2), money("999.00"), money("999.00"), money("0.99"), money("999.99"), null,
                    money("999.99"), money("-999.00"), money("0.99")),
            of(SUM, DataTypes.DECIMAL(30, 5), decimal("1234567890123456789012345.12345", 30, 5),
                    decimal("1234567890123456789012345.12345", 30, 5), decimal("0.00001", 30, 5),
                    decimal("1234567890123456789012345.12346", 30, 5), null,
                    decimal("1234567890123456789012345.12346", 30, 5), decimal("-1234567890123456789012345", 30, 5),
                    decimal("0.12346", 30, 5)),
            of(SUM, DataTypes.DECIMAL(20, 2), decimal("999999999999999999.99", 20, 2),
                    decimal("999999999999999999.99", 20, 2), decimal("0.01", 20, 2), null, null, null,
                    decimal("5", 20, 2), decimal("5", 20, 2)),
            of(SUM, DataTypes.INT(), null, null, 5, 5, null, 5, 3, 8),
            of(PRODUCT, DataTypes.TINYINT(), (byte) 50, (byte) 50, (byte) 3, (byte) -106, null, (byte) -106, (byte) 2,
                    (byte) 44),
            of(PRODUCT, DataTypes.SMALLINT(), (short) 300, (short) 300, (short) 200, (short) -5536, null,
                    (short) -5536, (short) 0, (short) 0),
            of(PRODUCT, DataTypes.INT(), 3, 3, -7, -21, null, -21, 1 << 30, (1 << 30) * -21),
            of(PRODUCT, DataTypes.BIGINT(), 1L << 40, 1L << 40, 1L << 20, 1L << 60, null, 1L << 60, 16L, 0L),
            of(PRODUCT, DataTypes.FLOAT(), 1.5f, 1.5f, 2f, 3f, null, 3f, -1f, -3f),
            of(PRODUCT, DataTypes.DOUBLE(), 0.1, 0.1, 0.2, 0.1 * 0.2, null, 0.1 * 0.2, 3.0, 0.1 * 0.2 * 3.0),
            of(PRODUCT, DataTypes.DECIMAL(5, 2), money("1.05"), money("1.05"), money("0.50"), money("0.53"), null,
                    money("0.53"), money("-1.50"), money("-0.80")),
            of(PRODUCT, DataTypes.DECIMAL(5, 2), money("100"), money("100"), money("10"), null, null, null, money("3"),
                    money("3")),
            of(MAX, DataTypes.TINYINT(), (byte) 2, (byte) 2, (byte) -3, (byte) 2, null, (byte) 2, (byte) 3, (byte) 3),
            of(MIN, DataTypes.TINYINT(), (byte) 2, (byte) 2, (byte) 3, (byte) 2, null, (byte) 2, (byte) -3, (byte) -3),
            of(MAX, DataTypes.SMALLINT(), (short) 2, (short) 2, (short) -3, (short) 2, null, (short) 2, (short) 300,
                    (short) 300),
            of(MIN, DataTypes.SMALLINT(), (short) 2, (short) 2, (short) 3, (short) 2, null, (short) 2, (short) -300,
                    (short) -300),
            of(MAX, DataTypes.INT(), null, null, Integer.MIN_VALUE, Integer.MIN_VALUE, null, Integer.MIN_VALUE, 3, 3),
            of(MIN, DataTypes.INT(), null, null, Integer.MAX_VALUE, Integer.MAX_VALUE, null, Integer.MAX_VALUE, 3, 3),
            of(MAX, DataTypes.BIGINT(), 2L, 2L, -1L, 2L, null, 2L, 1L << 40, 1L << 40),
            of(MIN, DataTypes.BIGINT(), 2L, 2L, 1L << 40, 2L, null, 2L, -1L, -1L),
            of(MAX, DataTypes.FLOAT(), 0.5f, 0.5f, -1f, 0.5f, null, 0.5f, 1e30f, 1e30f),
            of(MIN, DataTypes.FLOAT(), 0.5f, 0.5f, 1f, 0.5f, null, 0.5f, -1e30f, -1e30f),
            of(MAX, DataTypes.DOUBLE(), 0.5, 0.5, -1.0, 0.5, null, 0.5, 1e300, 1e300),
            of(MIN, DataTypes.DOUBLE(), 0.5, 0.5, 1.0, 0.5, null, 0.5, -1e300, -1e300),
            of(MAX, DataTypes.DECIMAL(5, 2), money("1.00"), money("1.00"), money("-2"), money("1.00"), null,
                    money("1.00"), money("1.01"), money("1.01")),
            of(MIN, DataTypes.DECIMAL(30, 5), decimal("1", 30, 5), decimal("1", 30, 5), decimal("2", 30, 5),
                    decimal("1", 30, 5), null, decimal("1", 30, 5), decimal("-1", 30, 5), decimal("-1", 30, 5)));

    private static final List<Case> OTHERS = List.of(
            of(MAX, DataTypes.STRING(), "b", "b", "a", "b", null, "b", "\u00e4", "\u00e4"),
            of(MIN, DataTypes.STRING(), "b", "b", "ba", "b", null, "b", "", ""),
            of(MAX, DataTypes.CHAR(2), "bb", "bb", "ab", "bb", null, "bb", "bc", "bc"),
            of(MIN, DataTypes.CHAR(2), "bb", "bb", "bc", "bb", null, "bb", "ab", "ab"),
            of(MAX, DataTypes.DATE(), 5, 5, -1, 5, null, 5, 6, 6),
            of(MIN, DataTypes.DATE(), 5, 5, 6, 5, null, 5, -1, -1),
            of(MAX, DataTypes.TIME(3), 5, 5, 1, 5, null, 5, 6, 6),
            of(MIN, DataTypes.TIME(3), 5, 5, 6, 5, null, 5, 1, 1),
            of(MAX, DataTypes.TIMESTAMP(9), ntz(1, 5), ntz(1, 5), ntz(1, 4), ntz(1, 5), null, ntz(1, 5), ntz(2, 0),
                    ntz(2, 0)),
            of(MIN, DataTypes.TIMESTAMP(3), ntz(1, 0), ntz(1, 0), ntz(2, 0), ntz(1, 0), null, ntz(1, 0), ntz(-1, 0),
                    ntz(-1, 0)),
            of(MAX, DataTypes.TIMESTAMP_LTZ(3), ltz(1, 0), ltz(1, 0), ltz(-1, 0), ltz(1, 0), null, ltz(1, 0),
                    ltz(2, 0), ltz(2, 0)),
            of(MIN, DataTypes.TIMESTAMP_LTZ(9), ltz(1, 5), ltz(1, 5), ltz(1, 6), ltz(1, 5), null, ltz(1, 5), ltz(1, 4),
                    ltz(1, 4)),
            of(AggFunctions.LAST_VALUE(), DataTypes.STRING(), "a", "a", "b", "b", null, null, "c", "c"),
            of(AggFunctions.LAST_VALUE_IGNORE_NULLS(), DataTypes.STRING(), "a", "a", "b", "b", null, "b", "c", "c"),
            of(AggFunctions.FIRST_VALUE(), DataTypes.STRING(), "a", "a", "b", "a", null, "a", "c", "a"),
            of(AggFunctions.FIRST_VALUE(), DataTypes.INT(), null, null, 2, 2, null, 2, 3, 2),
            of(AggFunctions.FIRST_VALUE_IGNORE_NULLS(), DataTypes.INT(), null, null, 2, 2, null, 2, 3, 2),
            of(AggFunctions.LISTAGG(), DataTypes.STRING(), "a", "a", "b", "a,b", null, "a,b", "", "a,b,"),
            of(AggFunctions.LISTAGG("; "), DataTypes.STRING(), null, null, "a", "a", "a", "a; a", "b", "a; a; b"),
            of(AggFunctions.STRING_AGG(), DataTypes.STRING(), "", "", "b", ",b", null, ",b", "c", ",b,c"),
            of(AggFunctions.STRING_AGG("\u2192"), DataTypes.STRING(), "a", "a", "b", "a\u2192b", null, "a\u2192b",
                    "\u00e4", "a\u2192b\u2192\u00e4"),
            of(AggFunctions.BOOL_AND(), DataTypes.BOOLEAN(), true, true, true, true, null, true, false, false),
            of(AggFunctions.BOOL_AND(), DataTypes.BOOLEAN(), null, null, false, false, null, false, true, false),
            of(AggFunctions.BOOL_OR(), DataTypes.BOOLEAN(), false, false, null, false, true, true, false, true),
            of(null, DataTypes.BYTES(), hex("01"), hex("01"), null, hex("01"), hex(""), hex(""), null, hex("")),
            of(AggFunctions.LAST_VALUE(), DataTypes.ARRAY(DataTypes.INT()), GenericArray.of(1, null),
                    Arrays.asList(1, null), null, null, GenericArray.of(), List.of(), GenericArray.of(2), List.of(2)),
            of(AggFunctions.FIRST_VALUE(), DataTypes.ROW(DataTypes.FIELD("x", DataTypes.STRING())), row("a"),
                    List.of("a"), row("b"), List.of("a"), null, List.of("a"), row("c"), List.of("a")),
            of(null, DataTypes.DECIMAL(30, 5), decimal("1", 30, 5), decimal("1", 30, 5), null, decimal("1", 30, 5),
                    decimal("2", 30, 5), decimal("2", 30, 5), null, decimal("2", 30, 5)));

    /** Sets of numbers as serialized bitmaps: {1, 2}, {3, 1000}, nothing, and {1}. */
    private static final List<Case> BITMAPS = List.of(
            of(AggFunctions.RBM32(), DataTypes.BYTES(),
                    hex("3a300000 01000000 00000100 10000000 01000200"),
                    hex("3a300000 01000000 00000100 10000000 01000200"),
                    hex("3a300000 01000000 00000100 10000000 0300e803"),
                    hex("3a300000 01000000 00000300 10000000 010002000300e803"),
                    null,
                    hex("3a300000 01000000 00000300 10000000 010002000300e803"),
                    hex("3a300000 01000000 00000000 10000000 0100"),
                    hex("3a300000 01000000 00000300 10000000 010002000300e803")),
            of(AggFunctions.RBM32(), DataTypes.BYTES(),
                    null, null,
                    hex("3b300000 01 00006300 0100 01006300"), hex("3b300000 01 00006300 0100 01006300"),
                    hex("3a300000 01000000 00000000 10000000 6500"), hex("3b300000 01 00006400 0100 01006400"),
                    hex("3a300000 00000000"), hex("3b300000 01 00006400 0100 01006400")),
            of(AggFunctions.RBM64(), DataTypes.BYTES(),
                    hex("01 0100000000000000 04000000 000000000000 0000000000000000 01000000 fe01000000 0102 01000000"
                            + "0100 0100000000000000 00000000 00000000"),
                    hex("01 0100000000000000 04000000 000000000000 0000000000000000 01000000 fe01000000 0102 01000000"
                            + "0100 0100000000000000 00000000 00000000"),
                    hex("00"),
                    hex("01 0100000000000000 04000000 000000000000 0000000000000000 01000000 fe01000000 0102 01000000"
                            + "0100 0100000000000000 00000000 00000000"),
                    null,
                    hex("01 0100000000000000 04000000 000000000000 0000000000000000 01000000 fe01000000 0102 01000000"
                            + "0100 0100000000000000 00000000 00000000"),
                    hex("01 0100000000000000 04000000 000000000000 0000000000000000 01000000 fe01000000 0102 01000000"
                            + "0300 0100000000000000 00000000 00000000"),
                    hex("01 0100000000000000 04000000 000000000000 0000000000000000 01000000 fe01000000 0102 02000000"
                            + "01000300 0100000000000000 00000000 00000000")));

    @ParameterizedTest
    @EnumSource
    void numbers(KvFormat format) throws Exception {
        check("numbers_" + format.name().toLowerCase(), format, NUMBERS);
    }

    @ParameterizedTest
    @EnumSource
    void otherTypes(KvFormat format) throws Exception {
        check("others_" + format.name().toLowerCase(), format, OTHERS);
    }

    @Test
    void bitmaps() throws Exception {
        check("bitmaps", KvFormat.COMPACTED, BITMAPS);
    }

    /** The sum of the first two has too many digits for the column. Java servers refuse it, but not in wider columns. */
    @Test
    @NeedsMillrace
    void sumsThatDoNotFit() throws Exception {
        check("too_large", KvFormat.COMPACTED, List.of(
                of(SUM, DataTypes.DECIMAL(5, 2), money("999.00"), money("999.00"), money("1.00"), null, null, null,
                        money("5.00"), money("5.00"))));
    }

    /** One table for all cases, a column for each. */
    private void check(String name, KvFormat format, List<Case> cases) throws Exception {
        Schema.Builder schema = Schema.newBuilder().column("id", DataTypes.INT());
        for (int i = 0; i < cases.size(); i++) {
            addColumn(schema, "c" + i, cases.get(i).type(), cases.get(i).function());
        }
        Table table = openKvTable(name, schema.primaryKey("id").build(),
                options -> options.kvFormat(format).property("table.merge-engine", "aggregation"));
        for (int i = 0; i < WRITES; i++) {
            Object[] values = new Object[cases.size() + 1];
            values[0] = 1;
            for (int j = 0; j < cases.size(); j++) {
                values[j + 1] = cases.get(j).written().get(i);
            }
            upsert(table, row(values));
        }

        List<Change> changes = changelog(table, 2 * WRITES - 1);
        assertEquals(List.of("+I", "-U", "+U", "-U", "+U", "-U", "+U"), changes.stream().map(Change::type).toList());
        assertAll(IntStream.range(0, cases.size()).mapToObj(i -> () -> {
            List<Object> held = IntStream.range(0, WRITES).mapToObj(write -> changes.get(2 * write).values().get(i + 1))
                    .collect(ArrayList::new, List::add, List::addAll);
            assertEquals(plainBytes(cases.get(i).held()), held, cases.get(i).toString());
        }));
        assertEquals(List.of(changes.get(2 * WRITES - 2).values()), lookup(table, row(1)));
        for (int i = 1; i < changes.size(); i += 2) {
            assertEquals(changes.get(i - 1).values(), changes.get(i).values(), "-U is what +U was before");
        }
    }

    private static void addColumn(Schema.Builder schema, String name, DataType type, AggFunction function) {
        if (function == null) {
            schema.column(name, type);
        } else {
            schema.column(name, type, function);
        }
    }

    private static List<Object> plainBytes(List<Object> values) {
        List<Object> plain = new ArrayList<>(values);
        plain.replaceAll(value -> value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value);
        return plain;
    }

    private static final Schema SALES = Schema.newBuilder()
            .column("shop", DataTypes.STRING())
            .column("total", DataTypes.BIGINT(), AggFunctions.SUM())
            .column("best", DataTypes.INT(), AggFunctions.MAX())
            .column("names", DataTypes.STRING(), AggFunctions.LISTAGG("|"))
            .primaryKey("shop")
            .build();

    private Table openSales(String name, String deleteBehavior) throws Exception {
        return openKvTable(name, SALES, options -> options
                .property("table.merge-engine", "aggregation")
                .property("table.delete.behavior", deleteBehavior));
    }

    @Test
    void theFunctionsAreKnownToReaders() throws Exception {
        openSales("known_functions", "ignore");
        assertEquals(SALES, await(admin.getTableInfo(path("known_functions"))).getSchema());
    }

    @Test
    void rowsOfOneBatch() throws Exception {
        Table table = openSales("one_batch", "ignore");
        upsert(table, row("ulm", 1L, 5, "a"), row("ulm", 2L, 3, "b"), row("bonn", 7L, 7, null), row("ulm", 3L, 9, "c"));
        delete(table, row("ulm", null, null, null));
        assertEquals(List.of(plain("ulm", 6L, 9, "a|b|c"), plain("bonn", 7L, 7, null)),
                lookup(table, row("ulm"), row("bonn")));
        assertEquals(
                List.of(
                        change(0, "+I", "ulm", 1L, 5, "a"),
                        change(1, "-U", "ulm", 1L, 5, "a"), change(2, "+U", "ulm", 3L, 5, "a|b"),
                        change(3, "+I", "bonn", 7L, 7, null),
                        change(4, "-U", "ulm", 3L, 5, "a|b"), change(5, "+U", "ulm", 6L, 9, "a|b|c")),
                changelog(table, 6));
        assertEquals(7, endOffset(table, 0));
    }

    @Test
    void deletesWhereTheyAreAllowed() throws Exception {
        Table table = openSales("allowed_deletes", "allow");
        upsert(table, row("ulm", 1L, 5, "a"), row("ulm", 2L, 3, "b"));
        delete(table, row("ulm", null, null, null));
        upsert(table, row("ulm", 10L, 1, "c"));
        assertChangelog(table,
                change(0, "+I", "ulm", 1L, 5, "a"),
                change(1, "-U", "ulm", 1L, 5, "a"), change(2, "+U", "ulm", 3L, 5, "a|b"),
                change(3, "-D", "ulm", 3L, 5, "a|b"),
                change(4, "+I", "ulm", 10L, 1, "c"));
    }

    @Test
    void partialUpdates() throws Exception {
        Table table = openSales("partial_updates", "ignore");
        upsert(table.newUpsert().partialUpdate("shop", "total"), row("ulm", 1L, null, null));
        upsert(table.newUpsert().partialUpdate("shop", "best", "names"), row("ulm", null, 4, "a"));
        upsert(table.newUpsert().partialUpdate("shop", "total"), row("ulm", 2L, null, null));
        upsert(table.newUpsert().partialUpdate("names", "shop"), row("ulm", null, null, "b"));
        assertChangelog(table,
                change(0, "+I", "ulm", 1L, null, null),
                change(1, "-U", "ulm", 1L, null, null), change(2, "+U", "ulm", 1L, 4, "a"),
                change(3, "-U", "ulm", 1L, 4, "a"), change(4, "+U", "ulm", 3L, 4, "a"),
                change(5, "-U", "ulm", 3L, 4, "a"), change(6, "+U", "ulm", 3L, 4, "a|b"));
    }

    @Test
    void overwriting() throws Exception {
        Table table = openSales("overwriting", "ignore");
        upsert(table, row("ulm", 1L, 5, "a"));
        upsert(table.newUpsert().mergeMode(MergeMode.OVERWRITE), row("ulm", 100L, 1, null));
        upsert(table, row("ulm", 1L, 0, "b"));
        upsert(table.newUpsert().mergeMode(MergeMode.OVERWRITE).partialUpdate("shop", "total"),
                row("ulm", -1L, null, null));
        delete(table.newUpsert().mergeMode(MergeMode.OVERWRITE), row("ulm", null, null, null));
        assertChangelog(table,
                change(0, "+I", "ulm", 1L, 5, "a"),
                change(1, "-U", "ulm", 1L, 5, "a"), change(2, "+U", "ulm", 100L, 1, null),
                change(3, "-U", "ulm", 100L, 1, null), change(4, "+U", "ulm", 101L, 1, "b"),
                change(5, "-U", "ulm", 101L, 1, "b"), change(6, "+U", "ulm", -1L, 1, "b"),
                change(7, "-D", "ulm", -1L, 1, "b"));
    }

    @Test
    void aColumnIsAdded() throws Exception {
        Table old = openSales("grown", "ignore");
        upsert(old, row("ulm", 1L, 5, "a"));
        await(admin.alterTable(path("grown"),
                List.of(TableChange.addColumn("note", DataTypes.STRING(), null, ColumnPosition.last())), false));
        Table grown = connection.getTable(path("grown"));
        upsert(grown, row("ulm", 2L, 1, "b", "first"));
        upsert(grown, row("ulm", 3L, 9, null, null));
        assertEquals(List.of(plain("ulm", 6L, 9, "a|b", "first")), lookup(grown, row("ulm")));
        assertEquals(
                List.of(
                        change(0, "+I", "ulm", 1L, 5, "a", null),
                        change(1, "-U", "ulm", 1L, 5, "a", null), change(2, "+U", "ulm", 3L, 5, "a|b", "first"),
                        change(3, "-U", "ulm", 3L, 5, "a|b", "first"), change(4, "+U", "ulm", 6L, 9, "a|b", "first")),
                changelog(grown, 5));
    }
}
