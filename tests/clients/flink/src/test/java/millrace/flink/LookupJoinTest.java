package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of a stream are joined with what a primary-key table holds at that moment. */
class LookupJoinTest extends KvFlinkTest {
    private static final String ORDERS = "(SELECT *, PROCTIME() AS at_time FROM orders) AS o ";

    @BeforeAll
    void fillTables() throws Exception {
        sql("CREATE TABLE orders (number INT, customer INT, region STRING, `day` DATE)");
        insert("INSERT INTO orders VALUES (1, 10, 'eu', DATE '2024-02-29'), (2, 30, 'eu', DATE '2024-02-29'), "
                + "(3, 10, 'us', DATE '2024-03-01'), (4, 20, 'eu', CAST(NULL AS DATE))");
    }

    private static String lookup(String table, boolean async) {
        return table + " /*+ OPTIONS('lookup.async' = '" + async + "') */ FOR SYSTEM_TIME AS OF o.at_time AS c ";
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void byTheKey(boolean async) throws Exception {
        String table = "customers_" + async;
        createPeople(table, "'bucket.num' = '2'");
        insert("INSERT INTO " + table + " VALUES (10, 'ann', 1), (20, 'joe', 2), (40, 'zoe', 4)");
        assertSameRows(
                List.of(Row.of(1, "ann", 1L), Row.of(2, null, null), Row.of(3, "ann", 1L), Row.of(4, "joe", 2L)),
                first(4, "SELECT o.number, c.name, c.score FROM " + ORDERS + "LEFT JOIN " + lookup(table, async)
                        + "ON o.customer = c.id"));
        assertSameRows(
                List.of(Row.of(1, "ann"), Row.of(3, "ann"), Row.of(4, "joe")),
                first(3, "SELECT o.number, c.name FROM " + ORDERS + "JOIN " + lookup(table, async)
                        + "ON o.customer = c.id AND c.score < 3"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void byAPrefixOfTheKey(boolean async) throws Exception {
        String table = "addresses_" + async;
        sql("CREATE TABLE " + table + " (id INT NOT NULL, city STRING NOT NULL, street STRING, "
                + "PRIMARY KEY (id, city) NOT ENFORCED) WITH ('bucket.key' = 'id', 'bucket.num' = '2')");
        insert("INSERT INTO " + table + " VALUES (10, 'Ulm', 'a'), (10, 'Bonn', 'b'), (20, 'Ulm', 'c'), "
                + "(100, 'Ulm', 'd')");
        assertSameRows(
                List.of(
                        Row.of(1, "Ulm", "a"), Row.of(1, "Bonn", "b"), Row.of(2, null, null), Row.of(3, "Ulm", "a"),
                        Row.of(3, "Bonn", "b"), Row.of(4, "Ulm", "c")),
                first(6, "SELECT o.number, c.city, c.street FROM " + ORDERS + "LEFT JOIN " + lookup(table, async)
                        + "ON o.customer = c.id"));
    }

    @Test
    void inPartitions() throws Exception {
        sql("""
                CREATE TABLE regional (id INT NOT NULL, region STRING NOT NULL, name STRING,
                  PRIMARY KEY (id, region) NOT ENFORCED) PARTITIONED BY (region)
                """);
        insert("INSERT INTO regional VALUES (10, 'eu', 'ann'), (20, 'eu', 'joe')");
        assertSameRows(
                List.of(Row.of(1, "ann"), Row.of(2, null), Row.of(3, null), Row.of(4, "joe")),
                first(4, "SELECT o.number, c.name FROM " + ORDERS + "LEFT JOIN " + lookup("regional", true)
                        + "ON o.customer = c.id AND o.region = c.region"));
    }

    @Test
    void byAKeyOfOtherTypes() throws Exception {
        sql("""
                CREATE TABLE days (note STRING, `day` DATE NOT NULL, region STRING NOT NULL,
                  PRIMARY KEY (`day`, region) NOT ENFORCED)
                """);
        insert("INSERT INTO days VALUES ('leap', DATE '2024-02-29', 'eu'), ('first', DATE '2024-03-01', 'us')");
        assertSameRows(
                List.of(Row.of(1, "leap"), Row.of(2, "leap"), Row.of(3, "first")),
                first(3, "SELECT o.number, c.note FROM " + ORDERS + "JOIN " + lookup("days", true)
                        + "ON o.region = c.region AND o.`day` = c.`day`"));
    }

    @Test
    void aLookupSeesWhatWasChanged() throws Exception {
        sql("CREATE TABLE asked (number INT)");
        createPeople("answers");
        insert("INSERT INTO answers VALUES (1, 'before', 1)");
        String query = "SELECT o.number, c.name FROM (SELECT *, PROCTIME() AS at_time FROM asked) AS o LEFT JOIN "
                + lookup("answers", true) + "ON o.number = c.id";
        try (CloseableIterator<Row> rows = sql(query).collect()) {
            insert("INSERT INTO asked VALUES (1)");
            assertEquals(Row.of(1, "before"), rows.next());
            insert("INSERT INTO answers VALUES (1, 'after', 2)");
            insert("INSERT INTO asked VALUES (1)");
            assertEquals(Row.of(1, "after"), rows.next());
            change("DELETE FROM answers WHERE id = 1");
            insert("INSERT INTO asked VALUES (1)");
            assertEquals(Row.of(1, null), rows.next());
        }
    }

    /** What is not there is inserted, and numbered. */
    @Test
    void aDictionaryGrowsWithItsLookups() throws Exception {
        sql("CREATE TABLE words (word STRING)");
        insert("INSERT INTO words VALUES ('one'), ('two'), ('one'), ('two')");
        sql("""
                CREATE TABLE dictionary (word STRING NOT NULL, id BIGINT, PRIMARY KEY (word) NOT ENFORCED)
                WITH ('auto-increment.fields' = 'id')
                """);
        List<Row> rows = first(4, "SELECT o.word, c.id FROM (SELECT *, PROCTIME() AS at_time FROM words) AS o "
                + "JOIN dictionary /*+ OPTIONS('lookup.insert-if-not-exists' = 'true') */ "
                + "FOR SYSTEM_TIME AS OF o.at_time AS c ON o.word = c.word");
        assertEquals(2, rows.stream().distinct().count());
        assertSameRows(rows.stream().distinct().toList(), query("SELECT * FROM dictionary LIMIT 10"));
    }
}
