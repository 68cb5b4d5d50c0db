package millrace.flink;

import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What tests of primary-key tables share. The tests of a class run side by side, each in environments of its own
 * thread: a statement takes three seconds, of which the closing of connections takes two.
 */
@Execution(ExecutionMode.CONCURRENT)
abstract class KvFlinkTest extends FlinkTest {
    private final ThreadLocal<TableEnvironment> ownStreaming = ThreadLocal.withInitial(
            () -> inDatabase(EnvironmentSettings.newInstance().inStreamingMode()));

    private final ThreadLocal<TableEnvironment> ownBatch = ThreadLocal.withInitial(
            () -> inDatabase(EnvironmentSettings.newInstance().inBatchMode()));

    private TableEnvironment inDatabase(EnvironmentSettings.Builder settings) {
        TableEnvironment environment = environment(settings);
        environment.useDatabase(database);
        environment.getConfig().setLocalTimeZone(ZoneOffset.UTC);
        return environment;
    }

    @BeforeAll
    @Override
    void createDatabase() {
        streaming.executeSql("CREATE DATABASE " + database);
    }

    @AfterAll
    @Override
    void dropDatabase() {
        streaming.executeSql("DROP DATABASE " + database + " CASCADE");
    }

    @Override
    TableResult sql(String statement) {
        return ownStreaming.get().executeSql(statement);
    }

    /** All rows of a query that ends. */
    List<Row> query(String query) throws Exception {
        return all(ownBatch.get().executeSql(query));
    }

    /** Executes an UPDATE or a DELETE, which exist in batch mode only. */
    void change(String statement) throws Exception {
        ownBatch.get().executeSql(statement).await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Creates a table of people with one bucket; options are written 'key' = 'value'. */
    void createPeople(String name, String... options) {
        String with = options.length == 0 ? "" : " WITH (" + String.join(", ", options) + ")";
        sql("CREATE TABLE " + name + " (id INT NOT NULL, name STRING, score BIGINT, PRIMARY KEY (id) NOT ENFORCED)"
                + with);
    }
}
