package millrace.client;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.ConnectionFactory;
import org.apache.fluss.client.admin.Admin;
import org.apache.fluss.client.admin.ListOffsetsResult;
import org.apache.fluss.client.admin.OffsetSpec.EarliestSpec;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.writer.AppendResult;
import org.apache.fluss.client.table.writer.AppendWriter;
import org.apache.fluss.config.ConfigOptions;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.exception.FlussRuntimeException;
import org.apache.fluss.metadata.DatabaseDescriptor;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.ResolvedPartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.GenericRow;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * A connection to the server under test, and a database that belongs to this test class alone, so that suites can run
 * side by side on one server.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ClientTest {
    static final boolean CLIENT_0_9 = System.getProperty("fluss.version").startsWith("0.9.");

    /** How long anything may take. Nothing that works takes nearly as long. */
    static final Duration DEADLINE = Duration.ofSeconds(30);

    /** One for all test classes, closed by the end of the JVM: to close a connection takes two seconds. */
    static final Connection connection = connect(new Configuration());

    static final Admin admin = connection.getAdmin();

    final String database = uniqueName(getClass().getSimpleName().toLowerCase(Locale.ROOT));

    @BeforeAll
    void createDatabase() throws Exception {
        await(admin.createDatabase(database, DatabaseDescriptor.EMPTY, false));
    }

    @AfterAll
    void dropDatabase() throws Exception {
        await(admin.dropDatabase(database, true, true));
    }

    static String uniqueName(String prefix) {
        return prefix + "_" + Long.toString(System.nanoTime(), 36);
    }

    /** A connection of its own, for a test that needs other client options than the default ones. */
    static Connection connect(Configuration options) {
        Configuration all = new Configuration(options);
        String bootstrap = Objects.requireNonNull(System.getenv("MILLRACE_BOOTSTRAP"), "MILLRACE_BOOTSTRAP is not set");
        all.set(ConfigOptions.BOOTSTRAP_SERVERS, List.of(bootstrap));
        return ConnectionFactory.createConnection(all);
    }

    TablePath path(String table) {
        return TablePath.of(database, table);
    }

    /** Creates a table and waits until it can be used. */
    TablePath createTable(String name, TableDescriptor descriptor) throws Exception {
        TablePath path = path(name);
        await(admin.createTable(path, descriptor, false));
        if (!descriptor.isPartitioned()) {
            awaitLeaders(path, buckets -> admin.listOffsets(path, buckets, new EarliestSpec()));
        }
        return path;
    }

    /** Creates a partition and waits until it can be used. */
    void createPartition(TablePath path, PartitionSpec spec) throws Exception {
        await(admin.createPartition(path, spec, false));
        List<String> keys = await(admin.getTableInfo(path)).getPartitionKeys();
        String name = ResolvedPartitionSpec.fromPartitionSpec(keys, spec).getPartitionName();
        awaitLeaders(path, buckets -> admin.listOffsets(path, name, buckets, new EarliestSpec()));
    }

    /** Servers may answer a creation before the buckets have leaders. Asks all buckets until none refuses. */
    private static void awaitLeaders(TablePath path, Function<List<Integer>, ListOffsetsResult> ask) throws Exception {
        int count = await(admin.getTableInfo(path)).getNumBuckets();
        List<Integer> buckets = IntStream.range(0, count).boxed().toList();
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (true) {
            try {
                await(ask.apply(buckets).all());
                return;
            } catch (ExecutionException | FlussRuntimeException tooEarly) {
                assertTrue(System.nanoTime() < deadline, () -> "no leaders for " + path + ": " + tooEarly);
            }
        }
    }

    /** Creates a log table with one bucket and opens it. */
    Table openLogTable(String name, Schema schema) throws Exception {
        return connection.getTable(createTable(name, oneBucket(schema).build()));
    }

    static TableDescriptor.Builder oneBucket(Schema schema) {
        return TableDescriptor.builder().schema(schema).distributedBy(1);
    }

    /** Appends the rows with the default options and waits until all are acknowledged. */
    static void append(Table table, GenericRow... rows) throws Exception {
        append(table.newAppend().createWriter(), List.of(rows));
    }

    static void append(AppendWriter writer, List<GenericRow> rows) throws Exception {
        List<CompletableFuture<AppendResult>> acknowledgements = rows.stream().map(writer::append).toList();
        writer.flush();
        for (CompletableFuture<AppendResult> acknowledgement : acknowledgements) {
            await(acknowledgement);
        }
    }

    static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits for the future to fail with exactly this kind of error, and returns the error. */
    static <E extends Throwable> E assertFails(Class<E> kind, CompletableFuture<?> future) {
        return assertInstanceOf(kind, assertThrows(ExecutionException.class, () -> await(future)).getCause());
    }

    /** The same, where the client may already refuse before it sends anything. */
    static <E extends Throwable> E assertFailsAnywhere(Class<E> kind, Supplier<CompletableFuture<?>> request) {
        CompletableFuture<?> future;
        try {
            future = request.get();
        } catch (RuntimeException error) {
            return assertInstanceOf(kind, error);
        }
        return assertFails(kind, future);
    }
}
