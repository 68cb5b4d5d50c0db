package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.CatalogDatabase;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

/** Databases and tables as a catalog of Flink. */
class CatalogTest extends FlinkTest {
    private static List<Object> firstColumn(TableResult result) throws Exception {
        return all(result).stream().map(row -> row.getField(0)).toList();
    }

    private String showCreate(String table) throws Exception {
        return (String) firstColumn(sql("SHOW CREATE TABLE " + table)).get(0);
    }

    @Test
    void databasesAreCreatedListedAndDropped() throws Exception {
        String name = uniqueName("brief");
        sql("CREATE DATABASE " + name + " COMMENT 'for a moment' WITH ('owner' = 'sales')");
        assertTrue(firstColumn(sql("SHOW DATABASES")).contains(name));
        CatalogDatabase described = streaming.getCatalog("millrace").orElseThrow().getDatabase(name);
        assertEquals("for a moment", described.getComment());
        assertEquals(Map.of("owner", "sales"), described.getProperties());

        assertThrows(ValidationException.class, () -> sql("CREATE DATABASE " + name));
        sql("CREATE DATABASE IF NOT EXISTS " + name);

        sql("DROP DATABASE " + name);
        assertFalse(firstColumn(sql("SHOW DATABASES")).contains(name));
        assertThrows(ValidationException.class, () -> sql("DROP DATABASE " + name));
        sql("DROP DATABASE IF EXISTS " + name);
    }

    @Test
    void tablesAreCreatedListedAndDropped() throws Exception {
        sql("CREATE TABLE brief (a INT)");
        assertTrue(firstColumn(sql("SHOW TABLES")).contains("brief"));
        assertThrows(ValidationException.class, () -> sql("CREATE TABLE brief (a INT)"));
        sql("CREATE TABLE IF NOT EXISTS brief (a INT)");

        sql("DROP TABLE brief");
        assertFalse(firstColumn(sql("SHOW TABLES")).contains("brief"));
        assertThrows(ValidationException.class, () -> sql("DROP TABLE brief"));
        sql("DROP TABLE IF EXISTS brief");
    }

    @Test
    void aTableShowsWhatItWasCreatedWith() throws Exception {
        sql("""
                CREATE TABLE described (
                  id BIGINT NOT NULL COMMENT 'never null',
                  name STRING,
                  tags ARRAY<STRING>,
                  place ROW<lat DOUBLE, lon DOUBLE>
                ) COMMENT 'people' WITH (
                  'bucket.num' = '3', 'bucket.key' = 'id', 'table.log.ttl' = '3 d', 'owner' = 'sales')
                """);
        assertEquals(
                List.of(
                        Row.of("id", "BIGINT", false, null, null, null, "never null"),
                        Row.of("name", "STRING", true, null, null, null, null),
                        Row.of("tags", "ARRAY<STRING>", true, null, null, null, null),
                        Row.of("place", "ROW<`lat` DOUBLE, `lon` DOUBLE>", true, null, null, null, null)),
                all(sql("DESCRIBE described")));

        String shown = showCreate("described");
        for (String part : List.of("COMMENT 'people'", "'bucket.num' = '3'", "'bucket.key' = 'id'",
                "'table.log.ttl' = '3 d'", "'owner' = 'sales'")) {
            assertTrue(shown.contains(part), part + " is missing in " + shown);
        }
    }

    @Test
    void optionsAreSetAndReset() throws Exception {
        sql("CREATE TABLE altered (a INT) WITH ('owner' = 'sales')");
        sql("ALTER TABLE altered SET ('table.log.tiered.local-segments' = '5', 'team' = 'red')");
        assertTrue(showCreate("altered").contains("'table.log.tiered.local-segments' = '5'"));
        assertTrue(showCreate("altered").contains("'team' = 'red'"));

        sql("ALTER TABLE altered RESET ('table.log.tiered.local-segments', 'owner')");
        assertFalse(showCreate("altered").contains("local-segments"));
        assertFalse(showCreate("altered").contains("owner"));
        assertTrue(showCreate("altered").contains("'team' = 'red'"));
    }

    @Test
    void columnsAreAdded() throws Exception {
        sql("CREATE TABLE grown (a INT)");
        sql("ALTER TABLE grown ADD (b STRING COMMENT 'second', c ARRAY<INT>)");
        assertEquals(
                List.of(
                        Row.of("a", "INT", true, null, null, null, null),
                        Row.of("b", "STRING", true, null, null, null, "second"),
                        Row.of("c", "ARRAY<INT>", true, null, null, null, null)),
                all(sql("DESCRIBE grown")));
    }
}
