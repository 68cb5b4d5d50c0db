package millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.fluss.exception.InvalidAlterTableException;
import org.apache.fluss.exception.TableNotExistException;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableChange;
import org.apache.fluss.metadata.TableChange.ColumnPosition;
import org.apache.fluss.metadata.TableInfo;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

class AlterTableTest extends ClientTest {
    private static final Schema SCHEMA =
            Schema.newBuilder().column("a", DataTypes.INT()).column("b", DataTypes.STRING()).build();

    private void alter(TablePath path, TableChange... changes) throws Exception {
        await(admin.alterTable(path, List.of(changes), false));
    }

    private static TableChange addColumn(String name) {
        return TableChange.addColumn(name, DataTypes.DOUBLE(), "added " + name, ColumnPosition.last());
    }

    @Test
    void addedColumnsMakeANewSchemaAndTheOldOneStays() throws Exception {
        TablePath path = createTable("grown", oneBucket(SCHEMA).build());
        alter(path, addColumn("c"), addColumn("d"));

        Schema grown = await(admin.getTableInfo(path)).getSchema();
        assertEquals(List.of("a", "b", "c", "d"), grown.getColumnNames());
        assertEquals(List.of(0, 1, 2, 3), grown.getColumnIds());
        assertEquals(DataTypes.DOUBLE(), grown.getColumn("d").getDataType());
        assertEquals(Optional.of("added d"), grown.getColumn("d").getComment());

        assertEquals(2, await(admin.getTableInfo(path)).getSchemaId());
        assertEquals(grown, await(admin.getTableSchema(path, 2)).getSchema());
        assertEquals(SCHEMA, await(admin.getTableSchema(path, 1)).getSchema());
    }

    @Test
    void aColumnOfAnyNestedTypeMayBeAdded() throws Exception {
        TablePath path = createTable("grown_nested", oneBucket(SCHEMA).build());
        alter(path, TableChange.addColumn("c",
                DataTypes.ARRAY(DataTypes.ROW(DataTypes.FIELD("x", DataTypes.INT()))), null, ColumnPosition.last()));
        assertEquals("ARRAY<ROW<`x` INT>>",
                await(admin.getTableInfo(path)).getSchema().getColumn("c").getDataType().asSummaryString());
    }

    @Test
    void impossibleColumnsAreRefused() throws Exception {
        TablePath path = createTable("not_grown", oneBucket(SCHEMA).build());
        assertFails(InvalidAlterTableException.class, admin.alterTable(path, List.of(addColumn("b")), false));
        assertTrue(assertFails(Exception.class, admin.alterTable(path,
                List.of(TableChange.addColumn("c", DataTypes.INT().copy(false), null, ColumnPosition.last())), false))
                .getMessage().contains("nullable"));
        assertEquals(1, await(admin.getTableInfo(path)).getSchemaId());
    }

    @Test
    void tableOptionsAreSetAndReset() throws Exception {
        TablePath path = createTable("retained", oneBucket(SCHEMA).build());

        alter(path, TableChange.set("table.log.tiered.local-segments", "5"));
        assertEquals("5", properties(path).get("table.log.tiered.local-segments"));

        alter(path, TableChange.set("table.log.tiered.local-segments", "6"));
        assertEquals("6", properties(path).get("table.log.tiered.local-segments"));

        alter(path, TableChange.reset("table.log.tiered.local-segments"));
        assertFalse(properties(path).containsKey("table.log.tiered.local-segments"));
    }

    @Test
    void customPropertiesAreSetAndReset() throws Exception {
        TablePath path = createTable("labelled", oneBucket(SCHEMA).customProperty("team", "red").build());

        alter(path, TableChange.set("owner", "sales"), TableChange.set("team", "blue"));
        assertEquals(Map.of("owner", "sales", "team", "blue"), customProperties(path));

        alter(path, TableChange.reset("team"));
        assertEquals(Map.of("owner", "sales"), customProperties(path));

        TableInfo info = await(admin.getTableInfo(path));
        assertEquals(1, info.getSchemaId());
        assertTrue(info.getModifiedTime() >= info.getCreatedTime());
    }

    @Test
    void optionsFixedAtCreationAreRefused() throws Exception {
        TablePath path = createTable("fixed", oneBucket(SCHEMA).build());
        for (TableChange change : List.of(
                TableChange.set("table.replication.factor", "3"),
                TableChange.set("table.log.format", "INDEXED"),
                TableChange.set("table.no.such.option", "1"))) {
            assertFails(InvalidAlterTableException.class, admin.alterTable(path, List.of(change), false));
        }
    }

    @Test
    void columnsAndOptionsDoNotChangeTogether() throws Exception {
        TablePath path = createTable("mixed", oneBucket(SCHEMA).build());
        assertFails(InvalidAlterTableException.class,
                admin.alterTable(path, List.of(addColumn("c"), TableChange.set("owner", "sales")), false));
    }

    @Test
    void aMissingTableIsNamedAsTheReasonUnlessIgnored() throws Exception {
        assertFails(TableNotExistException.class, admin.alterTable(path("missing"), List.of(addColumn("c")), false));
        await(admin.alterTable(path("missing"), List.of(addColumn("c")), true));
    }

    private Map<String, String> properties(TablePath path) throws Exception {
        return await(admin.getTableInfo(path)).getProperties().toMap();
    }

    private Map<String, String> customProperties(TablePath path) throws Exception {
        return await(admin.getTableInfo(path)).getCustomProperties().toMap();
    }
}
