package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import millrace.client.AppendTypesTest.Sample;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.LogFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every data type, in every encoding of rows and changelog, comes back as it was upserted. */
class KvTypesTest extends KvTest {
    /** How the rows and the changelog are encoded. */
    enum Encoding {
        COMPACTED_ARROW, COMPACTED_COMPACTED, INDEXED_ARROW, COMPACTED_LZ4;

        TableDescriptor.Builder apply(TableDescriptor.Builder table) {
            return switch (this) {
                case COMPACTED_ARROW -> table.kvFormat(KvFormat.COMPACTED);
                case COMPACTED_COMPACTED -> table.kvFormat(KvFormat.COMPACTED).logFormat(LogFormat.COMPACTED);
                case INDEXED_ARROW -> table.kvFormat(KvFormat.INDEXED);
                case COMPACTED_LZ4 -> table.property("table.log.arrow.compression.type", "LZ4_FRAME");
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void simpleTypes(Encoding encoding) throws Exception {
        roundTrip("simple_" + encoding.name().toLowerCase(), encoding, AppendTypesTest.SIMPLE);
    }

    @ParameterizedTest
    @EnumSource
    void nestedTypes(Encoding encoding) throws Exception {
        roundTrip("nested_" + encoding.name().toLowerCase(), encoding, AppendTypesTest.NESTED);
    }

    /** Without the compacted changelog: the 1.0.0 client lends its rows from a buffer that it may have filled anew. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "COMPACTED_COMPACTED")
    void megabyteStrings(Encoding encoding) throws Exception {
        roundTrip("megabyte_" + encoding.name().toLowerCase(), encoding,
                Stream.of("a".repeat(1 << 20), "", "\u00fc".repeat(1 << 19))
                        .map(text -> Sample.text(DataTypes.STRING(), text)).toList());
    }

    /** A row of the samples is inserted, made one of nulls, made whole again, and deleted. */
    private void roundTrip(String name, Encoding encoding, List<Sample> samples) throws Exception {
        Schema.Builder schema = Schema.newBuilder().column("id", DataTypes.INT());
        for (int i = 0; i < samples.size(); i++) {
            schema.column("c" + i, samples.get(i).type());
        }
        Table table = openKvTable(name, schema.primaryKey("id").build(), encoding::apply);
        GenericRow full = row(prepend(1, samples.stream().map(Sample::appended).toArray()));
        GenericRow empty = row(prepend(1, new Object[samples.size()]));
        List<Object> expected = Arrays.asList(prepend(1, samples.stream().map(Sample::read).toArray()));
        List<Object> nulls = Arrays.asList(prepend(1, new Object[samples.size()]));

        upsert(table, full);
        assertEquals(List.of(expected), lookup(table, row(1)));
        assertEquals(List.of(expected),
                scan(table.newScan().limit(9), bucket(table, 0), table.getTableInfo().getRowType()));
        upsert(table, empty);
        assertEquals(List.of(nulls), lookup(table, row(1)));
        upsert(table, full);
        delete(table, full);
        assertEquals(Collections.singletonList(null), lookup(table, row(1)));
        assertChangelog(table,
                new Change(0, "+I", expected), new Change(1, "-U", expected), new Change(2, "+U", nulls),
                new Change(3, "-U", nulls), new Change(4, "+U", expected), new Change(5, "-D", expected));

        if (encoding != Encoding.COMPACTED_COMPACTED) {
            int[] backwards = IntStream.rangeClosed(0, samples.size()).map(i -> samples.size() - i).toArray();
            List<Object> reversed = new ArrayList<>(expected);
            Collections.reverse(reversed);
            assertEquals(new Change(5, "-D", reversed), projectedChangelog(table, 6, backwards).get(5));
        }
    }

    private static Object[] prepend(Object first, Object[] others) {
        return Stream.concat(Stream.of(first), Arrays.stream(others)).toArray();
    }
}
