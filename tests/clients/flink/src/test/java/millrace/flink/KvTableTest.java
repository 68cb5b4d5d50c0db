package millrace.flink;

import static org.apache.flink.types.RowKind.DELETE;
import static org.apache.flink.types.RowKind.INSERT;
import static org.apache.flink.types.RowKind.UPDATE_AFTER;
import static org.apache.flink.types.RowKind.UPDATE_BEFORE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

/** Primary-key tables: rows are upserted and deleted, queried by their keys, and read as a stream of changes. */
class KvTableTest extends KvFlinkTest {
    @Test
    void rowsAreChangedAndQueriedByTheirKey() throws Exception {
        createPeople("changed");
        insert("INSERT INTO changed VALUES (1, 'ann', 10), (2, 'joe', 2), (3, 'zoe', 30)");
        insert("INSERT INTO changed VALUES (1, 'anna', 11)");
        change("UPDATE changed SET score = 20 WHERE id = 2");
        change("DELETE FROM changed WHERE id = 3");
        assertEquals(List.of(Row.of(1, "anna", 11L)), query("SELECT * FROM changed WHERE id = 1"));
        assertEquals(List.of(Row.of(20L, "joe")), query("SELECT score, name FROM changed WHERE id = 2"));
        assertEquals(List.of(), query("SELECT * FROM changed WHERE id = 3"));
        assertEquals(
                List.of(
                        Row.ofKind(INSERT, 1, "ann", 10L), Row.ofKind(INSERT, 2, "joe", 2L),
                        Row.ofKind(INSERT, 3, "zoe", 30L),
                        Row.ofKind(UPDATE_BEFORE, 1, "ann", 10L), Row.ofKind(UPDATE_AFTER, 1, "anna", 11L),
                        Row.ofKind(UPDATE_BEFORE, 2, "joe", 2L), Row.ofKind(UPDATE_AFTER, 2, "joe", 20L),
                        Row.ofKind(DELETE, 3, "zoe", 30L)),
                first(8, "SELECT * FROM changed"));
        assertEquals(
                List.of(
                        Row.ofKind(INSERT, "ann"), Row.ofKind(INSERT, "joe"), Row.ofKind(INSERT, "zoe"),
                        Row.ofKind(UPDATE_BEFORE, "ann"), Row.ofKind(UPDATE_AFTER, "anna")),
                first(5, "SELECT name FROM changed"));
        assertEquals(List.of(Row.of(2L)), query("SELECT COUNT(*) FROM changed"));
        assertEquals(List.of(Row.of(1, "anna", 11L), Row.of(2, "joe", 20L)), query("SELECT * FROM changed LIMIT 10"));
        assertEquals(List.of(Row.of("anna")), query("SELECT name FROM changed LIMIT 1"));
    }

    @Test
    void indexedRows() throws Exception {
        createPeople("indexed", "'table.kv.format' = 'INDEXED'");
        insert("INSERT INTO indexed VALUES (1, 'ann', 10), (2, 'joe', 2)");
        insert("INSERT INTO indexed VALUES (1, CAST(NULL AS STRING), 11)");
        assertEquals(List.of(Row.of(1, null, 11L)), query("SELECT * FROM indexed WHERE id = 1"));
        assertEquals(List.of(Row.of(1, null, 11L), Row.of(2, "joe", 2L)), query("SELECT * FROM indexed LIMIT 2"));
        assertEquals(
                List.of(
                        Row.ofKind(INSERT, 1, "ann", 10L), Row.ofKind(INSERT, 2, "joe", 2L),
                        Row.ofKind(UPDATE_BEFORE, 1, "ann", 10L), Row.ofKind(UPDATE_AFTER, 1, null, 11L)),
                first(4, "SELECT * FROM indexed"));
    }

    /** The changelog has no images of before, and Flink makes up for them. */
    @Test
    void theWalImage() throws Exception {
        createPeople("wal", "'table.changelog.image' = 'WAL'");
        insert("INSERT INTO wal VALUES (1, 'ann', 10)");
        insert("INSERT INTO wal VALUES (1, 'ann', 11)");
        change("DELETE FROM wal WHERE id = 1");
        assertEquals(List.of(), query("SELECT * FROM wal WHERE id = 1"));
        assertEquals(
                List.of(
                        Row.ofKind(INSERT, 1, "ann", 10L),
                        Row.ofKind(UPDATE_BEFORE, 1, "ann", 10L), Row.ofKind(UPDATE_AFTER, 1, "ann", 11L),
                        Row.ofKind(DELETE, 1, "ann", 11L)),
                first(4, "SELECT * FROM wal"));
    }

    @Test
    void aRunningQuerySeesWhatChangesLater() throws Exception {
        createPeople("watched");
        insert("INSERT INTO watched VALUES (1, 'ann', 10)");
        try (CloseableIterator<Row> rows = sql("SELECT id, score FROM watched").collect()) {
            assertEquals(Row.ofKind(INSERT, 1, 10L), rows.next());
            insert("INSERT INTO watched VALUES (1, 'ann', 11)");
            assertEquals(Row.ofKind(UPDATE_BEFORE, 1, 10L), rows.next());
            assertEquals(Row.ofKind(UPDATE_AFTER, 1, 11L), rows.next());
            change("DELETE FROM watched WHERE id = 1");
            assertEquals(Row.ofKind(DELETE, 1, 11L), rows.next());
        }
    }

    @Test
    void changesFlowFromOneTableToAnother() throws Exception {
        createPeople("upstream");
        sql("CREATE TABLE totals (name STRING NOT NULL, total BIGINT, PRIMARY KEY (name) NOT ENFORCED)");
        insert("INSERT INTO upstream VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', 4)");
        var job = sql("INSERT INTO totals SELECT name, SUM(score) FROM upstream GROUP BY name");
        try (CloseableIterator<Row> rows = sql("SELECT * FROM totals WHERE name = 'a'").collect()) {
            awaitRow(rows, Row.of("a", 3L));
            insert("INSERT INTO upstream VALUES (1, 'a', 10)");
            awaitRow(rows, Row.of("a", 12L));
            change("DELETE FROM upstream WHERE id = 2");
            awaitRow(rows, Row.of("a", 10L));
        } finally {
            job.getJobClient().orElseThrow().cancel().get();
        }
        assertEquals(List.of(Row.of("b", 4L)), query("SELECT * FROM totals WHERE name = 'b'"));
    }

    /** Reads on until the row is there, by an insert or an update. */
    private static void awaitRow(CloseableIterator<Row> rows, Row expected) {
        List<Row> seen = new ArrayList<>();
        while (seen.isEmpty() || !Row.of(seen.get(seen.size() - 1).getField(0), seen.get(seen.size() - 1).getField(1))
                .equals(expected)) {
            seen.add(rows.next());
        }
    }

    @Test
    void scansStartAtTheLatestChangeOrAtATimestamp() throws Exception {
        createPeople("started");
        insert("INSERT INTO started VALUES (1, 'before', 1)");
        long betweenMs = System.currentTimeMillis() + 1;
        while (System.currentTimeMillis() <= betweenMs) {
            Thread.onSpinWait();
        }
        insert("INSERT INTO started VALUES (1, 'after', 2)");
        assertEquals(
                List.of(Row.ofKind(UPDATE_BEFORE, 1, "before", 1L), Row.ofKind(UPDATE_AFTER, 1, "after", 2L)),
                first(2, "SELECT * FROM started /*+ OPTIONS('scan.startup.mode' = 'timestamp', "
                        + "'scan.startup.timestamp' = '" + betweenMs + "') */"));
        assertEquals(
                List.of(Row.ofKind(INSERT, 1, "before", 1L), Row.ofKind(UPDATE_BEFORE, 1, "before", 1L)),
                first(2, "SELECT * FROM started /*+ OPTIONS('scan.startup.mode' = 'earliest') */"));
    }

    @Test
    void theChangelogAsATable() throws Exception {
        createPeople("audited");
        insert("INSERT INTO audited VALUES (1, 'ann', 10)");
        insert("INSERT INTO audited VALUES (1, 'ann', 11)");
        change("DELETE FROM audited WHERE id = 1");
        assertEquals(
                List.of(
                        Row.of("insert", 0L, 1, "ann", 10L), Row.of("update_before", 1L, 1, "ann", 10L),
                        Row.of("update_after", 2L, 1, "ann", 11L), Row.of("delete", 3L, 1, "ann", 11L)),
                first(4, "SELECT _change_type, _log_offset, id, name, score FROM audited$changelog"));
    }

    @Test
    void severalBuckets() throws Exception {
        sql("CREATE TABLE spread (n BIGINT NOT NULL, k STRING NOT NULL, text STRING, PRIMARY KEY (k, n) NOT ENFORCED)"
                + " WITH ('bucket.num' = '3')");
        sql("""
                CREATE TEMPORARY TABLE numbers (n BIGINT) WITH (
                  'connector' = 'datagen', 'number-of-rows' = '2000',
                  'fields.n.kind' = 'sequence', 'fields.n.start' = '0', 'fields.n.end' = '1999')
                """);
        insert("INSERT INTO spread SELECT n, 'k', CONCAT('number ', CAST(n AS STRING)) FROM numbers");
        assertEquals(List.of(Row.of(2000L)), query("SELECT COUNT(*) FROM spread"));
        assertSameRows(
                LongStream.range(0, 2000).mapToObj(n -> Row.of(n, "k", "number " + n)).toList(),
                first(2000, "SELECT * FROM spread"));
        assertEquals(List.of(Row.of("number 7")), query("SELECT text FROM spread WHERE k = 'k' AND n = 7"));
    }

    @Test
    void partitions() throws Exception {
        sql("""
                CREATE TABLE by_region (id INT NOT NULL, region STRING NOT NULL, name STRING,
                  PRIMARY KEY (id, region) NOT ENFORCED) PARTITIONED BY (region)
                """);
        insert("INSERT INTO by_region VALUES (1, 'eu', 'a'), (1, 'us', 'b'), (2, 'eu', 'c')");
        insert("INSERT INTO by_region VALUES (1, 'us', 'd')");
        change("DELETE FROM by_region WHERE id = 2 AND region = 'eu'");
        assertSameRows(List.of(Row.of("region=eu"), Row.of("region=us")), all(sql("SHOW PARTITIONS by_region")));
        assertEquals(List.of(Row.of("d")), query("SELECT name FROM by_region WHERE id = 1 AND region = 'us'"));
        assertEquals(
                List.of(Row.ofKind(INSERT, 1, "eu", "a"), Row.ofKind(INSERT, 2, "eu", "c"),
                        Row.ofKind(DELETE, 2, "eu", "c")),
                first(3, "SELECT * FROM by_region WHERE region = 'eu'"));
        assertEquals(List.of(Row.of(2L)), query("SELECT COUNT(*) FROM by_region"));
        assertSameRows(List.of(Row.of(1, "eu", "a"), Row.of(1, "us", "d")), query("SELECT * FROM by_region LIMIT 5"));
    }

    @Test
    void addedColumns() throws Exception {
        createPeople("grown");
        insert("INSERT INTO grown VALUES (1, 'old', 1), (2, 'old', 2)");
        sql("ALTER TABLE grown ADD extra DOUBLE");
        insert("INSERT INTO grown VALUES (2, 'new', 20, 0.5)");
        assertEquals(List.of(Row.of(1, "old", 1L, null)), query("SELECT * FROM grown WHERE id = 1"));
        assertEquals(List.of(Row.of(1, "old", 1L, null), Row.of(2, "new", 20L, 0.5)),
                query("SELECT * FROM grown LIMIT 2"));
        assertEquals(
                List.of(
                        Row.ofKind(INSERT, 1, "old", 1L, null), Row.ofKind(INSERT, 2, "old", 2L, null),
                        Row.ofKind(UPDATE_BEFORE, 2, "old", 2L, null), Row.ofKind(UPDATE_AFTER, 2, "new", 20L, 0.5)),
                first(4, "SELECT * FROM grown"));
    }

    @Test
    void simpleTypes() throws Exception {
        roundTrip("simple_types", TypesTest.SIMPLE);
    }

    @Test
    void nestedTypes() throws Exception {
        roundTrip("nested_types", TypesTest.NESTED);
    }

    /** Inserts a row of the samples, and makes it one of nulls. */
    private void roundTrip(String table, List<TypesTest.Sample> samples) throws Exception {
        List<String> columns = new ArrayList<>();
        List<String> values = new ArrayList<>();
        List<String> nulls = new ArrayList<>();
        List<Object> selected = new ArrayList<>(List.of(1));
        for (TypesTest.Sample sample : samples) {
            columns.add("c" + columns.size() + " " + sample.type());
            values.add("CAST(" + sample.inserted() + " AS " + sample.type() + ")");
            nulls.add("CAST(NULL AS " + sample.type() + ")");
            selected.add(sample.selected());
        }
        sql("CREATE TABLE " + table + " (id INT NOT NULL, " + String.join(", ", columns)
                + ", PRIMARY KEY (id) NOT ENFORCED)");
        insert("INSERT INTO " + table + " SELECT 1, " + String.join(", ", values));
        Row full = Row.of(selected.toArray());
        assertEquals(List.of(full), query("SELECT * FROM " + table + " WHERE id = 1"));
        assertEquals(List.of(full), query("SELECT * FROM " + table + " LIMIT 1"));
        insert("INSERT INTO " + table + " SELECT 1, " + String.join(", ", nulls));

        Object[] empty = new Object[samples.size() + 1];
        empty[0] = 1;
        assertEquals(
                List.of(full, Row.ofKind(UPDATE_BEFORE, selected.toArray()), Row.ofKind(UPDATE_AFTER, empty)),
                first(3, "SELECT * FROM " + table));
    }

    @Test
    void aKeyOfManyTypes() throws Exception {
        sql("""
                CREATE TABLE many_keys (a STRING NOT NULL, b DATE NOT NULL, c DECIMAL(20, 2) NOT NULL,
                  d TIMESTAMP(6) NOT NULL, e BOOLEAN NOT NULL, v INT, PRIMARY KEY (a, b, c, d, e) NOT ENFORCED)
                """);
        for (int v = 1; v <= 2; v++) {
            insert("INSERT INTO many_keys VALUES ('x', DATE '2024-02-29', 12.34, "
                    + "TIMESTAMP '2024-02-29 01:02:03.000004', true, " + v + ")");
        }
        assertEquals(List.of(Row.ofKind(INSERT, 1), Row.ofKind(UPDATE_BEFORE, 1), Row.ofKind(UPDATE_AFTER, 2)),
                first(3, "SELECT v FROM many_keys"));
        assertEquals(List.of(Row.of(2)), query("SELECT v FROM many_keys LIMIT 1"));
    }

    @Test
    void whatIsRefused() {
        createPeople("refused");
        assertThrows(Exception.class, () -> query("SELECT * FROM refused"), "a whole table needs a lake");
        assertThrows(Exception.class, () -> change("DELETE FROM refused WHERE name = 'ann'"));
        assertThrows(Exception.class, () -> change("UPDATE refused SET id = 2 WHERE id = 1"));
        assertThrows(Exception.class, () -> createPeople("never", "'table.merge-engine' = 'unheard-of'"));
    }
}
