package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import millrace.client.AppendTypesTest.Sample;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.types.DataType;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Keys are encoded as the table's lake wants them. Servers take most keys as bytes; a lookup that inserts makes them
 * decode one.
 */
class KvLakeKeyTest extends KvTest {
    private Table open(String name, String lake, Schema schema, String... bucketKey) throws Exception {
        return openKvTable(name + "_" + lake, schema, options -> {
            options.distributedBy(3, bucketKey);
            return lake.equals("none") ? options : options.property("table.datalake.format", lake);
        });
    }

    private static List<List<Object>> insertingLookup(Table table, GenericRow... keys) throws Exception {
        return lookup(table.newLookup().enableInsertIfNotExists().createLookuper(),
                table.getTableInfo().getRowType(), keys);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "paimon", "iceberg", "lance"})
    void integers(String lake) throws Exception {
        Table table = open("integers", lake, PEOPLE);
        upsert(table, IntStream.range(-20, 20).mapToObj(i -> row(i, "name " + i, 1L)).toArray(GenericRow[]::new));
        upsert(table, row(-1, "changed", 2L));
        delete(table, row(5, null, null));
        assertEquals(
                Arrays.asList(plain(-1, "changed", 2L), null, plain(19, "name 19", 1L)),
                lookup(table, row(-1), row(5), row(19)));
        assertEquals(List.of(plain(-300, null, null), plain(Integer.MAX_VALUE, null, null)),
                insertingLookup(table, row(-300), row(Integer.MAX_VALUE)));
        assertEquals(List.of(plain(-300, null, null)), lookup(table, row(-300)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "paimon", "iceberg", "lance"})
    void prefixes(String lake) throws Exception {
        Schema schema = Schema.newBuilder()
                .column("a", DataTypes.STRING())
                .column("v", DataTypes.INT())
                .column("b", DataTypes.BIGINT())
                .column("c", DataTypes.STRING())
                .primaryKey("a", "b", "c")
                .build();
        Table table = open("prefixes", lake, schema, "a");
        upsert(table, row("bob", 1, 7L, "x"), row("bob", 2, 7L, "a long name"), row("bo", 3, 7L, "x"));
        delete(table, row("bob", null, 7L, "x"));
        assertEquals(List.of(plain("bob", 2, 7L, "a long name")), prefixLookup(table, List.of("a"), "bob"));
        assertEquals(List.of(plain("bo", 3, 7L, "x")), prefixLookup(table, List.of("a"), "bo"));
        assertEquals(List.of(), prefixLookup(table, List.of("a"), "b"));
        assertEquals(List.of(plain("bob", null, -1L, "a new one")),
                insertingLookup(table, row("bob", -1L, "a new one")));
        assertEquals(2, prefixLookup(table, List.of("a"), "bob").size());
    }

    static final List<Sample> ICEBERG_TYPES = AppendTypesTest.SIMPLE.stream()
            .filter(sample -> switch (sample.type().getTypeRoot()) {
                case BOOLEAN, TINYINT, SMALLINT, FLOAT, DOUBLE, CHAR, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> false;
                case STRING -> !"".equals(sample.read());
                case TIMESTAMP_WITHOUT_TIME_ZONE -> !sample.type().toString().contains("9");
                default -> true;
            })
            .toList();

    /** Iceberg's encoding has no key of several columns. */
    @Test
    void typesOfIceberg() throws Exception {
        for (Sample sample : ICEBERG_TYPES) {
            DataType type = sample.type();
            Schema schema = Schema.newBuilder()
                    .column("k", type).column("v", DataTypes.INT()).primaryKey("k").build();
            Table table = open(uniqueName("type"), "iceberg", schema);
            assertEquals(List.of(plain(sample.read(), null)), insertingLookup(table, row(sample.appended())),
                    type.toString());
            upsert(table, row(sample.appended(), 1));
            assertEquals(List.of(plain(sample.read(), 1)), lookup(table, row(sample.appended())), type.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "paimon", "lance"})
    void allTypesInOneKey(String lake) throws Exception {
        Schema.Builder schema = Schema.newBuilder().column("v", DataTypes.INT());
        List<String> names = new ArrayList<>();
        List<Object> read = new ArrayList<>(Arrays.asList((Object) null));
        for (Sample sample : AppendTypesTest.SIMPLE) {
            names.add("k" + names.size());
            schema.column(names.get(names.size() - 1), sample.type());
            read.add(sample.read());
        }
        Table table = open("all_types", lake, schema.primaryKey(names).build());
        GenericRow key = row(AppendTypesTest.SIMPLE.stream().map(Sample::appended).toArray());
        assertEquals(List.of(read), insertingLookup(table, key));
        assertEquals(List.of(read), lookup(table, key));
    }
}
