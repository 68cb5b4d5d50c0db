package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.exception.InvalidAlterTableException;
import org.apache.fluss.exception.InvalidConfigException;
import org.apache.fluss.exception.InvalidTableException;
import org.apache.fluss.metadata.LogFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableChange;
import org.apache.fluss.metadata.TableChange.ColumnPosition;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused about primary-key tables, and the error that a client sees. */
class KvRefusalTest extends KvTest {
    private void assertRefused(Class<? extends Throwable> error, TableDescriptor descriptor) throws Exception {
        TablePath path = path("refused");
        assertFails(error, admin.createTable(path, descriptor, false));
        assertFalse(await(admin.tableExists(path)));
    }

    static List<Map<String, String>> properties() {
        return List.of(
                Map.of("table.merge-engine", "versioned"),
                Map.of("table.merge-engine", "versioned", "table.merge-engine.versioned.ver-column", "name"),
                Map.of("table.merge-engine", "versioned", "table.merge-engine.versioned.ver-column", "missing"),
                Map.of("table.merge-engine", "first_row", "table.delete.behavior", "allow"),
                Map.of("table.merge-engine", "versioned", "table.merge-engine.versioned.ver-column", "score",
                        "table.delete.behavior", "allow"),
                Map.of("table.merge-engine", "aggregation", "table.changelog.image", "WAL"),
                Map.of("table.changelog.image", "sometimes"),
                Map.of("table.delete.behavior", "perhaps"),
                Map.of("table.kv.format-version", "3"),
                Map.of("table.kv.unheard-of", "1"));
    }

    @ParameterizedTest
    @MethodSource("properties")
    void properties(Map<String, String> properties) throws Exception {
        assertRefused(InvalidConfigException.class, oneBucket(PEOPLE).properties(properties).build());
    }

    @Test
    void keysOfNestedTypes() throws Exception {
        for (var type : List.of(DataTypes.ARRAY(DataTypes.INT()), DataTypes.MAP(DataTypes.INT(), DataTypes.INT()),
                DataTypes.ROW(DataTypes.FIELD("x", DataTypes.INT())))) {
            Schema schema = Schema.newBuilder().column("k", type).column("v", DataTypes.INT()).primaryKey("k").build();
            assertRefused(InvalidTableException.class, oneBucket(schema).build());
        }
    }

    @Test
    void keysAndPartitionsThatDoNotFit() {
        assertThrows(RuntimeException.class, () -> oneBucket(PEOPLE).partitionedBy("name").build());
        assertThrows(RuntimeException.class, () -> oneBucket(PEOPLE).distributedBy(1, "name").build());
        assertThrows(RuntimeException.class, () -> Schema.newBuilder().column("a", DataTypes.INT()).primaryKey("b")
                .build());
    }

    @Test
    void anIndexedLogOfCompactedRows() throws Exception {
        assertRefused(InvalidConfigException.class, oneBucket(PEOPLE).logFormat(LogFormat.INDEXED).build());
    }

    @Test
    void propertiesThatStay() throws Exception {
        TablePath path = createTable("altered", oneBucket(PEOPLE).build());
        for (String key : List.of("table.merge-engine", "table.kv.format", "table.changelog.image",
                "table.delete.behavior")) {
            assertFails(InvalidAlterTableException.class,
                    admin.alterTable(path, List.of(TableChange.set(key, "first_row")), false));
        }
    }

    @Test
    void aColumnThatIsNeverNull() throws Exception {
        TablePath path = createTable("added", oneBucket(PEOPLE).build());
        assertThrows(Exception.class, () -> await(admin.alterTable(path,
                List.of(TableChange.addColumn("n", DataTypes.INT().copy(false), null, ColumnPosition.last())), false)));
        assertEquals(PEOPLE, await(admin.getTableInfo(path)).getSchema());
    }

    @Test
    void logTablesAreNotUpsertedAndOthersNotAppended() throws Exception {
        Schema schema = Schema.newBuilder().column("id", DataTypes.INT()).build();
        Table log = openLogTable("log", schema);
        assertThrows(RuntimeException.class, () -> log.newUpsert().createWriter());
        assertThrows(RuntimeException.class, () -> log.newLookup().createLookuper());
        Table table = openKvTable("kv", PEOPLE);
        assertThrows(RuntimeException.class, () -> table.newAppend().createWriter());
        upsert(table, row(1, "a", 1L));
    }

    @Test
    void keysThatAreNull() throws Exception {
        Table table = openKvTable("null_keys", PEOPLE);
        assertThrows(RuntimeException.class, () -> table.newUpsert().createWriter().upsert(row(null, "a", 1L)));
        assertEquals(0, endOffset(table, 0));
    }

    @Test
    void prefixesThatAreNone() throws Exception {
        Table table = openKvTable("no_prefix", PEOPLE);
        assertThrows(RuntimeException.class, () -> table.newLookup().lookupBy("id").createLookuper());
        assertThrows(RuntimeException.class, () -> table.newLookup().lookupBy("name").createLookuper());
    }

    @Test
    void rowsOfTheWalImageAreNotCounted() throws Exception {
        TablePath path = createTable("uncounted",
                oneBucket(PEOPLE).property("table.changelog.image", "WAL").build());
        assertFails(InvalidTableException.class, admin.getTableStats(path));
    }
}
