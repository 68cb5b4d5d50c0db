package millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.fluss.config.ConfigOptions;
import org.apache.fluss.exception.InvalidConfigException;
import org.apache.fluss.exception.InvalidReplicationFactorException;
import org.apache.fluss.exception.InvalidTableException;
import org.apache.fluss.exception.SchemaNotExistException;
import org.apache.fluss.exception.TableAlreadyExistException;
import org.apache.fluss.exception.TableNotExistException;
import org.apache.fluss.metadata.LogFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.SchemaInfo;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TableInfo;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

class TableTest extends ClientTest {
    private static final Schema SCHEMA = Schema.newBuilder()
            .column("id", DataTypes.BIGINT().copy(false)).withComment("never null")
            .column("name", DataTypes.STRING())
            .column("tags", DataTypes.ARRAY(DataTypes.STRING()))
            .build();

    @Test
    void createdTableShowsWhatItWasCreatedWith() throws Exception {
        TableDescriptor descriptor = TableDescriptor.builder()
                .schema(SCHEMA)
                .comment("people")
                .distributedBy(3, "id")
                .logFormat(LogFormat.INDEXED)
                .property(ConfigOptions.TABLE_LOG_TTL.key(), "3d")
                .customProperty("owner", "sales")
                .build();
        long before = System.currentTimeMillis();
        TablePath path = createTable("described", descriptor);

        TableInfo info = await(admin.getTableInfo(path));
        assertEquals(path, info.getTablePath());
        assertTrue(info.getTableId() >= 0);
        assertEquals(1, info.getSchemaId());
        assertEquals(SCHEMA, info.getSchema());
        assertEquals(Optional.of("never null"), info.getSchema().getColumns().get(0).getComment());
        assertEquals(Optional.of("people"), info.getComment());
        assertEquals(3, info.getNumBuckets());
        assertEquals(List.of("id"), info.getBucketKeys());
        assertFalse(info.hasPrimaryKey());
        assertFalse(info.isPartitioned());
        assertEquals(
                Map.of("table.log.format", "INDEXED", "table.log.ttl", "3d", "table.replication.factor", "1"),
                info.getProperties().toMap());
        assertEquals(Map.of("owner", "sales"), info.getCustomProperties().toMap());
        assertTrue(info.getCreatedTime() >= before && info.getCreatedTime() <= System.currentTimeMillis());
        assertEquals(info.getCreatedTime(), info.getModifiedTime());
    }

    @Test
    void aTableWithoutBucketsGetsTheDefaultNumber() throws Exception {
        TablePath path = createTable("default_buckets", TableDescriptor.builder().schema(SCHEMA).build());
        TableInfo info = await(admin.getTableInfo(path));
        assertTrue(info.getNumBuckets() >= 1);
        assertEquals(List.of(), info.getBucketKeys());
    }

    @Test
    void existsAndIsListedFromCreateToDrop() throws Exception {
        assertFalse(await(admin.tableExists(path("brief"))));

        TablePath path = createTable("brief", oneBucket(SCHEMA).build());
        assertTrue(await(admin.tableExists(path)));
        assertTrue(await(admin.listTables(database)).contains("brief"));

        await(admin.dropTable(path, false));
        assertFalse(await(admin.tableExists(path)));
        assertFalse(await(admin.listTables(database)).contains("brief"));
    }

    @Test
    void listsEveryTableOfTheDatabase() throws Exception {
        createTable("listed_1", oneBucket(SCHEMA).build());
        createTable("listed_2", oneBucket(SCHEMA).build());
        assertTrue(Set.copyOf(await(admin.listTables(database))).containsAll(Set.of("listed_1", "listed_2")));
    }

    @Test
    void aTableCreatedAgainIsANewOne() throws Exception {
        TablePath path = createTable("reborn", oneBucket(SCHEMA).build());
        long firstId = await(admin.getTableInfo(path)).getTableId();
        await(admin.dropTable(path, false));
        createTable("reborn", oneBucket(SCHEMA).build());
        assertNotEquals(firstId, await(admin.getTableInfo(path)).getTableId());
    }

    @Test
    void schemaIsFoundByIdAndAsTheLatest() throws Exception {
        TablePath path = createTable("with_schema", oneBucket(SCHEMA).build());

        SchemaInfo latest = await(admin.getTableSchema(path));
        assertEquals(1, latest.getSchemaId());
        assertEquals(SCHEMA, latest.getSchema());
        assertEquals(List.of(0, 1, 2), latest.getSchema().getColumnIds());
        assertEquals(latest, await(admin.getTableSchema(path, 1)));
        assertFails(SchemaNotExistException.class, admin.getTableSchema(path, 2));
    }

    @Test
    void creatingAgainFailsUnlessIgnored() throws Exception {
        TablePath path = createTable("twice", oneBucket(SCHEMA).build());
        assertFails(TableAlreadyExistException.class, admin.createTable(path, oneBucket(SCHEMA).build(), false));
        await(admin.createTable(path, oneBucket(SCHEMA).build(), true));
    }

    @Test
    void aMissingTableIsNamedAsTheReason() throws Exception {
        TablePath missing = path("missing");
        assertFails(TableNotExistException.class, admin.getTableInfo(missing));
        assertFails(TableNotExistException.class, admin.dropTable(missing, false));
        assertFails(TableNotExistException.class, admin.listPartitionInfos(missing));
        await(admin.dropTable(missing, true));
    }

    @Test
    void descriptorsAreChecked() {
        TablePath path = path("refused");
        assertFails(InvalidConfigException.class,
                admin.createTable(path, oneBucket(SCHEMA).property("table.no.such.option", "1").build(), false));
        assertFails(InvalidConfigException.class,
                admin.createTable(path, oneBucket(SCHEMA).property("table.log.ttl", "soon").build(), false));
        assertFails(InvalidReplicationFactorException.class,
                admin.createTable(path, oneBucket(SCHEMA).property("table.replication.factor", "99").build(), false));
        Schema withSystemColumn = Schema.newBuilder().column("__offset", DataTypes.BIGINT()).build();
        assertFails(InvalidTableException.class, admin.createTable(path, oneBucket(withSystemColumn).build(), false));
    }

    @Test
    void namesAreChecked() {
        for (String bad : new String[] {"with space", "__reserved", "a".repeat(201), ".."}) {
            assertFailsAnywhere(InvalidTableException.class,
                    () -> admin.createTable(path(bad), oneBucket(SCHEMA).build(), false));
        }
    }
}
