package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;

/** A column is added between inserts, and while a query runs. */
class SchemaEvolutionTest extends FlinkTest {
    @Test
    void oldRowsHaveNullsInTheAddedColumn() throws Exception {
        sql("CREATE TABLE grown (a INT, b STRING)");
        insert("INSERT INTO grown VALUES (1, 'old')");
        sql("ALTER TABLE grown ADD c DOUBLE");
        insert("INSERT INTO grown VALUES (2, 'new', 0.5)");
        assertEquals(List.of(Row.of(1, "old", null), Row.of(2, "new", 0.5)), first(2, "SELECT * FROM grown"));
        assertEquals(List.of(Row.of("old"), Row.of("new")), first(2, "SELECT b FROM grown"));
    }

    @Test
    @DisabledIfEnvironmentVariable(named = "MILLRACE_SERVER", matches = "java",
            disabledReason = "Java servers can not project a batch to a column that was added later")
    void theAddedColumnIsSelectedAlone() throws Exception {
        sql("CREATE TABLE projected (a INT, b STRING)");
        insert("INSERT INTO projected VALUES (1, 'old')");
        sql("ALTER TABLE projected ADD c DOUBLE");
        insert("INSERT INTO projected VALUES (2, 'new', 0.5)");
        assertEquals(List.of(Row.of(null, 1), Row.of(0.5, 2)), first(2, "SELECT c, a FROM projected"));
    }

    @Test
    void aRunningQueryKeepsItsColumns() throws Exception {
        sql("CREATE TABLE watched (a INT, b STRING)");
        insert("INSERT INTO watched VALUES (1, 'old')");
        try (CloseableIterator<Row> rows = sql("SELECT * FROM watched").collect()) {
            assertEquals(Row.of(1, "old"), rows.next());
            sql("ALTER TABLE watched ADD c DOUBLE");
            insert("INSERT INTO watched VALUES (2, 'new', 0.5)");
            assertEquals(Row.of(2, "new"), rows.next());
        }
    }
}
