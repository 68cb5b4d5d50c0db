package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * SQL in a Flink of its own, against a database that belongs to this test class alone, so that suites can run side by
 * side on one server.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FlinkTest {
    /** How long a statement may take. Nothing that works takes nearly as long. */
    static final Duration DEADLINE = Duration.ofMinutes(2);

    final String database = uniqueName(getClass().getSimpleName().toLowerCase(Locale.ROOT));

    /** For statements about tables, for inserts, and for queries that never end. */
    final TableEnvironment streaming = environment(EnvironmentSettings.newInstance().inStreamingMode());

    /** For queries that end. */
    final TableEnvironment batch = environment(EnvironmentSettings.newInstance().inBatchMode());

    static TableEnvironment environment(EnvironmentSettings.Builder settings) {
        Configuration configuration = new Configuration();
        configuration.set(CoreOptions.DEFAULT_PARALLELISM, 2);
        TableEnvironment environment = TableEnvironment.create(settings.withConfiguration(configuration).build());
        String bootstrap = Objects.requireNonNull(System.getenv("MILLRACE_BOOTSTRAP"), "MILLRACE_BOOTSTRAP is not set");
        environment.executeSql(
                "CREATE CATALOG millrace WITH ('type' = 'fluss', 'bootstrap.servers' = '" + bootstrap + "')");
        environment.useCatalog("millrace");
        return environment;
    }

    @BeforeAll
    void createDatabase() {
        sql("CREATE DATABASE " + database);
        streaming.useDatabase(database);
        batch.useDatabase(database);
    }

    @AfterAll
    void dropDatabase() {
        streaming.useDatabase("fluss");
        sql("DROP DATABASE " + database + " CASCADE");
    }

    static String uniqueName(String prefix) {
        return prefix + "_" + Long.toString(System.nanoTime(), 36);
    }

    /** Executes a statement that needs no job. */
    TableResult sql(String statement) {
        return streaming.executeSql(statement);
    }

    /** Executes an INSERT and waits for the end of its job. */
    void insert(String statement) throws Exception {
        sql(statement).await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** All rows of a statement or bounded query. */
    static List<Row> all(TableResult result) throws Exception {
        return withDeadline(result, rows -> {
            List<Row> all = new ArrayList<>();
            rows.forEachRemaining(all::add);
            return all;
        });
    }

    /** The first rows of a query that does not end. It is cancelled then. */
    List<Row> first(int count, String query) throws Exception {
        return first(count, sql(query));
    }

    static List<Row> first(int count, TableResult result) throws Exception {
        return withDeadline(result, rows -> {
            List<Row> first = new ArrayList<>();
            while (first.size() < count) {
                first.add(rows.next());
            }
            return first;
        });
    }

    private interface Collector {
        List<Row> collect(CloseableIterator<Row> rows);
    }

    private static List<Row> withDeadline(TableResult result, Collector collector) throws Exception {
        try (CloseableIterator<Row> rows = result.collect()) {
            return CompletableFuture.supplyAsync(() -> collector.collect(rows))
                    .get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Several buckets or partitions are read in any order. */
    static void assertSameRows(List<Row> expected, List<Row> actual) {
        assertEquals(counts(expected), counts(actual));
    }

    private static Map<Row, Integer> counts(List<Row> rows) {
        Map<Row, Integer> counts = new HashMap<>();
        rows.forEach(row -> counts.merge(row, 1, Integer::sum));
        return counts;
    }
}
