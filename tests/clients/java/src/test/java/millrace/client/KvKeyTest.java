package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import millrace.client.AppendTypesTest.Sample;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.row.TimestampNtz;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys of every type, of one column and of several. */
class KvKeyTest extends KvTest {
    static List<Sample> types() {
        return AppendTypesTest.SIMPLE;
    }

    @ParameterizedTest
    @MethodSource("types")
    void aKeyOfOneColumn(Sample sample) throws Exception {
        Schema schema = Schema.newBuilder()
                .column("v", DataTypes.STRING())
                .column("k", sample.type())
                .primaryKey("k")
                .build();
        Table table = openKvTable(uniqueName("one"), schema, options -> options.distributedBy(3));
        upsert(table, row("a", sample.appended()));
        upsert(table, row("b", sample.appended()));
        assertEquals(List.of(plain("b", sample.read())), lookup(table, row(sample.appended())));
        try (LogReader reader = LogReader.fromBeginning(table)) {
            assertEquals(
                    List.of(
                            change(0, "+I", "a", sample.read()), change(1, "-U", "a", sample.read()),
                            change(2, "+U", "b", sample.read())),
                    changes(reader, 3));
        }
        delete(table, row(null, sample.appended()));
        assertEquals(Arrays.asList((Object) null), lookup(table, row(sample.appended())));
    }

    @ParameterizedTest
    @EnumSource
    void aKeyOfAllTypes(KvFormat format) throws Exception {
        Schema.Builder schema = Schema.newBuilder();
        List<String> key = new ArrayList<>();
        for (Sample sample : types()) {
            key.add("k" + key.size());
            schema.column(key.get(key.size() - 1), sample.type());
        }
        schema.column("v", DataTypes.INT()).primaryKey(key);
        Table table = openKvTable("all_types_" + format.name().toLowerCase(), schema.build(),
                options -> options.kvFormat(format));
        Object[] appended = types().stream().map(Sample::appended).toArray();
        Object[] read = types().stream().map(Sample::read).toArray();
        upsert(table, row(append(appended, 1)));
        upsert(table, row(append(appended, 2)));
        assertEquals(List.of(plain(append(read, 2))), lookup(table, row(appended)));
        assertChangelog(table, change(0, "+I", append(read, 1)), change(1, "-U", append(read, 1)),
                change(2, "+U", append(read, 2)));
    }

    private static Object[] append(Object[] values, Object last) {
        return Stream.concat(Arrays.stream(values), Stream.of(last)).toArray();
    }

    private static final Schema MIXED = Schema.newBuilder()
            .column("v", DataTypes.STRING())
            .column("b", DataTypes.INT())
            .column("w", DataTypes.DOUBLE())
            .column("a", DataTypes.STRING())
            .primaryKey("a", "b")
            .build();

    @Test
    void keyColumnsInAnotherOrderThanInTheTable() throws Exception {
        Table table = openKvTable("other_order", MIXED, options -> options.distributedBy(3));
        assertEquals(List.of("a", "b"), table.getTableInfo().getPhysicalPrimaryKeys());
        upsert(table, row("one", 1, 0.5, "x"), row("two", 1, 1.5, "y"), row(null, 2, null, "x"));
        upsert(table, row("changed", 1, 2.5, "x"));
        delete(table, row(null, 1, null, "y"));
        assertEquals(
                Arrays.asList(plain("changed", 1, 2.5, "x"), null, plain(null, 2, null, "x")),
                lookup(table, row("x", 1), row("y", 1), row("x", 2)));
    }

    /** The bytes of the columns, one after the other, must not be taken for those of other columns. */
    @Test
    void keysThatDifferByOneColumn() throws Exception {
        Schema schema = Schema.newBuilder()
                .column("a", DataTypes.STRING())
                .column("b", DataTypes.BYTES())
                .column("n", DataTypes.BIGINT())
                .primaryKey("a", "b", "n")
                .build();
        Table table = openKvTable("alike", schema);
        byte[] c = {'c'};
        byte[] bc = {'b', 'c'};
        upsert(table, row("ab", c, 1L), row("a", bc, 1L), row("abc", new byte[0], 1L), row("ab", c, -1L));
        assertEquals(4, endOffset(table, 0));
        delete(table, row("a", bc, 1L));
        assertEquals(3, await(admin.getTableStats(table.getTableInfo().getTablePath())).getRowCount());
        List<List<Object>> found = lookup(table, row("ab", c, 1L), row("a", bc, 1L), row("ab", c, -1L));
        assertEquals(Arrays.asList(1L, null, -1L), found.stream().map(row -> row == null ? null : row.get(2)).toList());
    }

    // --- prefixes ---

    private static final Schema ORDERS = Schema.newBuilder()
            .column("customer", DataTypes.STRING())
            .column("at", DataTypes.TIMESTAMP(6))
            .column("number", DataTypes.INT())
            .column("item", DataTypes.STRING())
            .primaryKey("customer", "at", "number")
            .build();

    private static TimestampNtz at(int micros) {
        return TimestampNtz.fromMillis(1_700_000_000_123L, micros * 1000);
    }

    /** The rows come in the order of their keys' bytes, in which the second microsecond is before the first. */
    @ParameterizedTest
    @EnumSource
    void prefixes(KvFormat format) throws Exception {
        Table table = openKvTable("prefixes_" + format.name().toLowerCase(), ORDERS,
                options -> options.kvFormat(format).distributedBy(3, "customer"));
        upsert(table,
                row("bob", at(1), 2, "milk"), row("bob", at(1), 1, "tea"), row("bob", at(2), 3, null),
                row("bo", at(1), 1, "bread"), row("", at(1), 1, "salt"), row("b", at(1), 1, "gone"));
        delete(table, row("b", at(1), 1, null));
        assertEquals(
                List.of(plain("bob", at(2), 3, null), plain("bob", at(1), 1, "tea"), plain("bob", at(1), 2, "milk")),
                prefixLookup(table, List.of("customer"), "bob"));
        assertEquals(List.of(plain("bo", at(1), 1, "bread")), prefixLookup(table, List.of("customer"), "bo"));
        assertEquals(List.of(plain("", at(1), 1, "salt")), prefixLookup(table, List.of("customer"), ""));
        assertEquals(List.of(), prefixLookup(table, List.of("customer"), "b"));
    }

    @Test
    void prefixesOfTwoColumns() throws Exception {
        Table table = openKvTable("two_columns", ORDERS, options -> options.distributedBy(2, "customer", "at"));
        upsert(table, row("bob", at(1), 2, "milk"), row("bob", at(1), 300, "tea"), row("bob", at(2), 3, null));
        assertEquals(
                List.of(plain("bob", at(1), 2, "milk"), plain("bob", at(1), 300, "tea")),
                prefixLookup(table, List.of("customer", "at"), "bob", at(1)));
    }
}
