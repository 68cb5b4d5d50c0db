package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The bounded queries of a log table that the connector hands to the server: a limit, and a count. */
class BatchQueryTest extends FlinkTest {
    @BeforeAll
    void fillTables() throws Exception {
        sql("CREATE TABLE five (id INT, name STRING)");
        insert("INSERT INTO five VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')");
        sql("CREATE TABLE spread (id INT, name STRING) WITH ('bucket.num' = '3', 'bucket.key' = 'id')");
        insert("INSERT INTO spread SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e'))");
        sql("CREATE TABLE nothing (id INT)");
        sql("CREATE TABLE parted (id INT, region STRING) PARTITIONED BY (region)");
        insert("INSERT INTO parted VALUES (1, 'eu'), (2, 'us'), (3, 'eu')");
    }

    private List<Row> query(String query) throws Exception {
        return all(batch.executeSql(query));
    }

    @Test
    void counts() throws Exception {
        assertEquals(List.of(Row.of(5L)), query("SELECT COUNT(*) FROM five"));
        assertEquals(List.of(Row.of(5L)), query("SELECT COUNT(1) FROM spread"));
        assertEquals(List.of(Row.of(0L)), query("SELECT COUNT(*) FROM nothing"));
        assertEquals(List.of(Row.of(3L)), query("SELECT COUNT(*) FROM parted"));
    }

    @Test
    void limitsReturnTheLastRowsOfALog() throws Exception {
        assertEquals(List.of(Row.of(4, "d"), Row.of(5, "e")), query("SELECT * FROM five LIMIT 2"));
        assertEquals(List.of(Row.of("e")), query("SELECT name FROM five LIMIT 1"));
        assertEquals(5, query("SELECT * FROM five LIMIT 100").size());
        assertEquals(List.of(), query("SELECT * FROM nothing LIMIT 3"));
    }

    @Test
    void limitsOverSeveralBucketsAndPartitions() throws Exception {
        List<Row> rows = query("SELECT * FROM spread LIMIT 3");
        assertEquals(3, rows.stream().distinct().count());
        rows.forEach(row -> assertTrue(row.getFieldAs(1).equals("" + (char) ('a' + row.<Integer>getFieldAs(0) - 1))));
        assertSameRows(List.of(Row.of(1, "eu"), Row.of(2, "us"), Row.of(3, "eu")),
                query("SELECT * FROM parted LIMIT 10"));
    }
}
