package millrace.flink;

import static org.apache.flink.types.RowKind.INSERT;
import static org.apache.flink.types.RowKind.UPDATE_AFTER;
import static org.apache.flink.types.RowKind.UPDATE_BEFORE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

/** What becomes of a row that is written again: partial updates, merge engines, delete behaviours, row numbers. */
class KvMergeTest extends KvFlinkTest {
    @Test
    void twoJobsUpdateTheirColumns() throws Exception {
        sql("CREATE TABLE parts (id INT NOT NULL, a STRING, b BIGINT, c DOUBLE, PRIMARY KEY (id) NOT ENFORCED)");
        TableResult one = sql("INSERT INTO parts (id, a) VALUES (1, 'one'), (2, 'two')");
        TableResult two = sql("INSERT INTO parts (id, c, b) VALUES (1, 0.5, 10), (3, 1.5, 30)");
        one.await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        two.await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        assertEquals(
                List.of(Row.of(1, "one", 10L, 0.5), Row.of(2, "two", null, null), Row.of(3, null, 30L, 1.5)),
                query("SELECT * FROM parts LIMIT 10"));
        insert("INSERT INTO parts (a, id) VALUES ('uno', 1)");
        assertEquals(List.of(Row.of("uno", 10L)), query("SELECT a, b FROM parts WHERE id = 1"));
    }

    @Test
    void firstRow() throws Exception {
        createPeople("first_row", "'table.merge-engine' = 'first_row'");
        insert("INSERT INTO first_row VALUES (1, 'first', 1), (1, 'second', 2), (2, 'other', 3)");
        insert("INSERT INTO first_row VALUES (1, 'third', 4), (3, 'new', 5)");
        assertEquals(List.of(Row.of("first")), query("SELECT name FROM first_row WHERE id = 1"));
        assertEquals(
                List.of(Row.of(1, "first", 1L), Row.of(2, "other", 3L), Row.of(3, "new", 5L)),
                first(3, "SELECT * FROM first_row"));
    }

    @Test
    void versioned() throws Exception {
        createPeople("versioned", "'table.merge-engine' = 'versioned'",
                "'table.merge-engine.versioned.ver-column' = 'score'");
        insert("INSERT INTO versioned VALUES (1, 'two', 2), (1, 'one', 1), (1, 'three', 3), (1, 'drei', 3)");
        assertEquals(List.of(Row.of("drei", 3L)), query("SELECT name, score FROM versioned WHERE id = 1"));
        assertEquals(
                List.of(
                        Row.ofKind(INSERT, 1, "two", 2L),
                        Row.ofKind(UPDATE_BEFORE, 1, "two", 2L), Row.ofKind(UPDATE_AFTER, 1, "three", 3L),
                        Row.ofKind(UPDATE_BEFORE, 1, "three", 3L), Row.ofKind(UPDATE_AFTER, 1, "drei", 3L)),
                first(5, "SELECT * FROM versioned"));
    }

    @Test
    void aggregation() throws Exception {
        sql("""
                CREATE TABLE sales (
                  shop STRING NOT NULL, total BIGINT, best INT, least DECIMAL(10, 2), names STRING, latest STRING,
                  earliest STRING, every_one BOOLEAN, any_one BOOLEAN, factor DOUBLE, plain STRING,
                  PRIMARY KEY (shop) NOT ENFORCED
                ) WITH (
                  'table.merge-engine' = 'aggregation',
                  'fields.total.agg' = 'sum', 'fields.best.agg' = 'max', 'fields.least.agg' = 'min',
                  'fields.names.agg' = 'listagg', 'fields.names.listagg.delimiter' = '|',
                  'fields.latest.agg' = 'last_value', 'fields.earliest.agg' = 'first_value',
                  'fields.every_one.agg' = 'bool_and', 'fields.any_one.agg' = 'bool_or',
                  'fields.factor.agg' = 'product')
                """);
        insert("""
                INSERT INTO sales VALUES
                  ('ulm', 1, 5, 2.50, 'a', 'x', 'x', true, false, 0.5, 'p'),
                  ('ulm', 2, 3, 1.25, 'b', 'y', 'y', false, true, 4.0, 'q'),
                  ('bonn', 7, 7, 7.00, 'c', 'z', 'z', true, true, 1.0, 'r')
                """);
        insert("INSERT INTO sales (shop, total, latest) VALUES ('ulm', 10, CAST(NULL AS STRING))");
        assertEquals(
                List.of(Row.of("ulm", 13L, 5, new BigDecimal("1.25"), "a|b", null, "x", false, true, 2.0,
                        "q")),
                query("SELECT * FROM sales WHERE shop = 'ulm'"));
        assertEquals(
                List.of(
                        Row.ofKind(INSERT, "ulm", 1L, "a"),
                        Row.ofKind(UPDATE_BEFORE, "ulm", 1L, "a"), Row.ofKind(UPDATE_AFTER, "ulm", 3L, "a|b"),
                        Row.ofKind(INSERT, "bonn", 7L, "c"),
                        Row.ofKind(UPDATE_BEFORE, "ulm", 3L, "a|b"), Row.ofKind(UPDATE_AFTER, "ulm", 13L, "a|b")),
                first(6, "SELECT shop, total, names FROM sales"));
    }

    @Test
    void deletesThatAreIgnoredOrDisabled() throws Exception {
        createPeople("ignoring", "'table.delete.behavior' = 'ignore'");
        createPeople("refusing", "'table.delete.behavior' = 'disable'");
        insert("INSERT INTO ignoring VALUES (1, 'ann', 1)");
        insert("INSERT INTO refusing VALUES (1, 'ann', 1)");
        assertThrows(Exception.class, () -> change("DELETE FROM refusing WHERE id = 1"));
        assertEquals(List.of(Row.of("ann")), query("SELECT name FROM refusing WHERE id = 1"));
        change("DELETE FROM ignoring WHERE id = 1");
        assertEquals(List.of(Row.of("ann")), query("SELECT name FROM ignoring WHERE id = 1"));
    }

    @Test
    void rowsAreNumbered() throws Exception {
        sql("""
                CREATE TABLE numbered (name STRING NOT NULL, number BIGINT, v INT, PRIMARY KEY (name) NOT ENFORCED)
                WITH ('auto-increment.fields' = 'number')
                """);
        insert("INSERT INTO numbered (name, v) VALUES ('a', 1)");
        insert("INSERT INTO numbered (name, v) VALUES ('a', 3), ('b', 4)");
        assertEquals(List.of(Row.of("a", 1L, 3), Row.of("b", 2L, 4)),
                query("SELECT * FROM numbered LIMIT 10"));
    }
}
