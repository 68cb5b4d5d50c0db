package millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.apache.fluss.exception.DatabaseAlreadyExistException;
import org.apache.fluss.exception.DatabaseNotEmptyException;
import org.apache.fluss.exception.DatabaseNotExistException;
import org.apache.fluss.exception.InvalidDatabaseException;
import org.apache.fluss.metadata.DatabaseDescriptor;
import org.apache.fluss.metadata.DatabaseInfo;
import org.apache.fluss.metadata.DatabaseSummary;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

class DatabaseTest extends ClientTest {
    private static final Schema SCHEMA = Schema.newBuilder().column("a", DataTypes.INT()).build();

    @Test
    void createdDatabaseShowsWhatItWasCreatedWith() throws Exception {
        String name = uniqueName("described");
        DatabaseDescriptor descriptor = DatabaseDescriptor.builder()
                .comment("orders of the day")
                .customProperty("owner", "sales")
                .build();
        long before = System.currentTimeMillis();
        await(admin.createDatabase(name, descriptor, false));

        DatabaseInfo info = await(admin.getDatabaseInfo(name));
        assertEquals(name, info.getDatabaseName());
        assertEquals(Optional.of("orders of the day"), info.getDatabaseDescriptor().getComment());
        assertEquals(Map.of("owner", "sales"), info.getDatabaseDescriptor().getCustomProperties());
        assertTrue(info.getCreatedTime() >= before && info.getCreatedTime() <= System.currentTimeMillis());
        assertEquals(info.getCreatedTime(), info.getModifiedTime());

        await(admin.dropDatabase(name, false, false));
    }

    @Test
    void existsFromCreateToDrop() throws Exception {
        String name = uniqueName("brief");
        assertFalse(await(admin.databaseExists(name)));

        await(admin.createDatabase(name, DatabaseDescriptor.EMPTY, false));
        assertTrue(await(admin.databaseExists(name)));
        assertTrue(await(admin.listDatabases()).contains(name));

        await(admin.dropDatabase(name, false, false));
        assertFalse(await(admin.databaseExists(name)));
        assertFalse(await(admin.listDatabases()).contains(name));
    }

    @Test
    void summariesCountTheTables() throws Exception {
        String name = uniqueName("counted");
        long before = System.currentTimeMillis();
        await(admin.createDatabase(name, DatabaseDescriptor.EMPTY, false));
        await(admin.createTable(TablePath.of(name, "one"), oneBucket(SCHEMA).build(), false));
        await(admin.createTable(TablePath.of(name, "two"), oneBucket(SCHEMA).build(), false));

        DatabaseSummary summary = await(admin.listDatabaseSummaries()).stream()
                .filter(candidate -> candidate.getDatabaseName().equals(name))
                .findFirst()
                .orElseThrow();
        assertEquals(2, summary.getTableCount());
        assertTrue(summary.getCreatedTime() >= before && summary.getCreatedTime() <= System.currentTimeMillis());

        await(admin.dropDatabase(name, false, true));
    }

    @Test
    void creatingAgainFailsUnlessIgnored() throws Exception {
        assertFails(DatabaseAlreadyExistException.class,
                admin.createDatabase(database, DatabaseDescriptor.EMPTY, false));
        await(admin.createDatabase(database, DatabaseDescriptor.EMPTY, true));
    }

    @Test
    void onlyCascadeDropsADatabaseWithTables() throws Exception {
        String name = uniqueName("full");
        await(admin.createDatabase(name, DatabaseDescriptor.EMPTY, false));
        TablePath table = TablePath.of(name, "t");
        await(admin.createTable(table, oneBucket(SCHEMA).build(), false));

        assertFails(DatabaseNotEmptyException.class, admin.dropDatabase(name, false, false));
        assertTrue(await(admin.tableExists(table)));

        await(admin.dropDatabase(name, false, true));
        assertFalse(await(admin.databaseExists(name)));
        assertFalse(await(admin.tableExists(table)));
    }

    @Test
    void aMissingDatabaseIsNamedAsTheReason() throws Exception {
        String missing = uniqueName("missing");
        assertFails(DatabaseNotExistException.class, admin.getDatabaseInfo(missing));
        assertFails(DatabaseNotExistException.class, admin.listTables(missing));
        assertFails(DatabaseNotExistException.class, admin.dropDatabase(missing, false, false));
        assertFails(DatabaseNotExistException.class,
                admin.createTable(TablePath.of(missing, "t"), oneBucket(SCHEMA).build(), false));
        await(admin.dropDatabase(missing, true, false));
    }

    @Test
    void namesAreChecked() {
        for (String bad : new String[] {"with space", "__reserved", "a".repeat(201), "..", ""}) {
            InvalidDatabaseException error = assertFailsAnywhere(InvalidDatabaseException.class,
                    () -> admin.createDatabase(bad, DatabaseDescriptor.EMPTY, false));
            assertTrue(error.getMessage().contains("invalid"), error.getMessage());
        }
    }
}
