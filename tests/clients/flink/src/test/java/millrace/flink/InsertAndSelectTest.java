package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.LongStream;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

class InsertAndSelectTest extends FlinkTest {
    @Test
    void insertedValuesAreSelectedInOrder() throws Exception {
        sql("CREATE TABLE people (id INT, name STRING)");
        insert("INSERT INTO people VALUES (1, 'ann'), (2, 'joe'), (3, CAST(NULL AS STRING))");
        assertEquals(List.of(Row.of(1, "ann"), Row.of(2, "joe"), Row.of(3, null)), first(3, "SELECT * FROM people"));
    }

    @Test
    void columnsAreProjectedAndReordered() throws Exception {
        sql("CREATE TABLE wide (a INT, b STRING, c DOUBLE, d BOOLEAN)");
        insert("INSERT INTO wide VALUES (1, 'x', 0.5, true), (2, 'y', 1.5, false)");
        assertEquals(List.of(Row.of("x"), Row.of("y")), first(2, "SELECT b FROM wide"));
        assertEquals(List.of(Row.of(true, 1), Row.of(false, 2)), first(2, "SELECT d, a FROM wide"));
        assertEquals(List.of(Row.of(2.5, "y")), first(1, "SELECT c + 1, b FROM wide WHERE a > 1"));
    }

    @Test
    void aBoundedSourceFillsSeveralBuckets() throws Exception {
        sql("CREATE TABLE numbers (n BIGINT, text STRING) WITH ('bucket.num' = '3', 'bucket.key' = 'n')");
        sql("""
                CREATE TEMPORARY TABLE source (n BIGINT) WITH (
                  'connector' = 'datagen', 'number-of-rows' = '10000',
                  'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '9999')
                """);
        insert("INSERT INTO numbers SELECT n, CONCAT('number ', CAST(n AS STRING)) FROM source");

        List<Row> expected = LongStream.range(0, 10_000).mapToObj(n -> Row.of(n, "number " + n)).toList();
        assertSameRows(expected, first(10_000, "SELECT * FROM numbers"));
        assertEquals(List.of(Row.of(10_000L)), all(batch.executeSql("SELECT COUNT(*) FROM numbers")));
    }

    @Test
    void aRunningQuerySeesWhatIsInsertedLater() throws Exception {
        sql("CREATE TABLE tail (a INT)");
        insert("INSERT INTO tail VALUES (1)");
        try (CloseableIterator<Row> rows = sql("SELECT * FROM tail").collect()) {
            assertEquals(Row.of(1), rows.next());
            insert("INSERT INTO tail VALUES (2)");
            assertEquals(Row.of(2), rows.next());
        }
    }

    @Test
    void aQueryOfOneTableFillsAnother() throws Exception {
        sql("CREATE TABLE source_table (a INT)");
        sql("CREATE TABLE sink_table (a INT, doubled INT)");
        insert("INSERT INTO source_table VALUES (1), (2), (3)");
        TableResult job = sql("INSERT INTO sink_table SELECT a, 2 * a FROM source_table");
        try {
            assertEquals(List.of(Row.of(1, 2), Row.of(2, 4), Row.of(3, 6)), first(3, "SELECT * FROM sink_table"));
        } finally {
            job.getJobClient().orElseThrow().cancel().get();
        }
    }

    @Test
    void scansStartEarliestOrAtATimestamp() throws Exception {
        sql("CREATE TABLE started (a INT)");
        insert("INSERT INTO started VALUES (1), (2)");
        long betweenMs = System.currentTimeMillis() + 1;
        while (System.currentTimeMillis() <= betweenMs) {
            Thread.onSpinWait();
        }
        insert("INSERT INTO started VALUES (3)");

        assertEquals(List.of(Row.of(1), Row.of(2), Row.of(3)),
                first(3, "SELECT * FROM started /*+ OPTIONS('scan.startup.mode' = 'earliest') */"));
        assertEquals(List.of(Row.of(3)),
                first(1, "SELECT * FROM started /*+ OPTIONS('scan.startup.mode' = 'timestamp', "
                        + "'scan.startup.timestamp' = '" + betweenMs + "') */"));
    }

    @Test
    void everyLogFormatIsWrittenAndRead() throws Exception {
        for (String format : List.of("ARROW", "INDEXED", "COMPACTED")) {
            String table = "log_" + format.toLowerCase();
            sql("CREATE TABLE " + table + " (a INT, b STRING) WITH ('table.log.format' = '" + format + "')");
            insert("INSERT INTO " + table + " VALUES (1, 'x'), (2, 'y')");
            assertEquals(List.of(Row.of(1, "x"), Row.of(2, "y")), first(2, "SELECT * FROM " + table));
        }
    }
}
