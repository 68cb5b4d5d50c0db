package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.row.GenericArray;
import org.apache.fluss.row.GenericMap;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading some of the columns of an Arrow log: the server sends no others. */
class ProjectionTest extends ClientTest {
    private static final Schema SCHEMA = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("name", DataTypes.STRING())
            .column("tags", DataTypes.ARRAY(DataTypes.STRING()))
            .column("scores", DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()))
            .column("active", DataTypes.BOOLEAN())
            .build();

    private Table table;

    @BeforeAll
    void fillTable() throws Exception {
        table = openLogTable("people", SCHEMA);
        append(table, person(1, "ann", true), person(2, null, null));
        append(table, person(3, "joe", false));
    }

    private static GenericRow person(int id, String name, Boolean active) {
        BinaryString tag = BinaryString.fromString("tag " + id);
        return row(id, name, GenericArray.of(tag), GenericMap.of(tag, id), active);
    }

    private static LogReader project(Table table, int... columns) {
        LogReader reader = new LogReader(
                table.newScan().project(columns).createLogScanner(),
                table.getTableInfo().getRowType().project(columns));
        reader.scanner.subscribeFromBeginning(0);
        return reader;
    }

    @Test
    void oneColumn() throws Exception {
        try (LogReader reader = project(table, 1)) {
            assertEquals(List.of(List.of("ann"), Arrays.asList((Object) null), List.of("joe")),
                    reader.readValues(3));
        }
    }

    @Test
    void severalColumns() throws Exception {
        try (LogReader reader = project(table, 0, 2, 3)) {
            List<LogReader.Read> read = reader.read(3);
            assertEquals(
                    List.of(
                            List.of(1, List.of("tag 1"), Map.of("tag 1", 1)),
                            List.of(2, List.of("tag 2"), Map.of("tag 2", 2)),
                            List.of(3, List.of("tag 3"), Map.of("tag 3", 3))),
                    LogReader.valuesOf(read));
            assertEquals(List.of(0L, 1L, 2L), LogReader.offsetsOf(read));
        }
    }

    @Test
    void reorderedColumns() throws Exception {
        try (LogReader reader = project(table, 4, 0)) {
            assertEquals(List.of(List.of(true, 1), Arrays.asList(null, 2), List.of(false, 3)),
                    reader.readValues(3));
        }
    }

    @Test
    void columnsByName() throws Exception {
        LogReader reader = new LogReader(
                table.newScan().project(List.of("name", "id")).createLogScanner(),
                SCHEMA.getRowType().project(List.of("name", "id")));
        try (reader) {
            reader.scanner.subscribe(0, 2);
            assertEquals(List.of(List.of("joe", 3)), reader.readValues(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "LZ4_FRAME", "ZSTD"})
    void ofEveryCompression(String compression) throws Exception {
        Table compressed = connection.getTable(createTable("compressed_" + compression.toLowerCase(),
                oneBucket(SCHEMA).property("table.log.arrow.compression.type", compression).build()));
        String name = "long enough to be worth compressing ".repeat(20);
        append(compressed, person(1, name, true), person(2, "joe", false));
        try (LogReader reader = project(compressed, 1, 4)) {
            assertEquals(List.of(List.of(name, true), List.of("joe", false)), reader.readValues(2));
        }
    }
}
