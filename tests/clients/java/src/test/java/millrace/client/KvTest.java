package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.admin.OffsetSpec.LatestSpec;
import org.apache.fluss.client.lookup.LookupResult;
import org.apache.fluss.client.lookup.Lookuper;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.Scan;
import org.apache.fluss.client.table.scanner.batch.BatchScanner;
import org.apache.fluss.client.table.writer.Upsert;
import org.apache.fluss.client.table.writer.UpsertWriter;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableBucket;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.row.InternalRow;
import org.apache.fluss.types.DataTypes;
import org.apache.fluss.types.RowType;
import org.apache.fluss.utils.CloseableIterator;
import org.junit.jupiter.api.Assertions;

/** What tests of primary-key tables share: short forms of writing, looking up and reading back. */
abstract class KvTest extends ClientTest {
    static final Schema PEOPLE = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("name", DataTypes.STRING())
            .column("score", DataTypes.BIGINT())
            .primaryKey("id")
            .build();

    /** A second client, for what two of them do. Closing one takes two seconds, so all tests share it. */
    static final class Other {
        static final Connection connection = connect(new Configuration());

        private Other() {}
    }

    /** A record of the changelog: "+I", "-U", "+U" or "-D", and the row as plain values. */
    record Change(long offset, String type, List<Object> values) {}

    static Change change(long offset, String type, Object... values) {
        return new Change(offset, type, Arrays.asList(values));
    }

    /** A row as plain values, some of which may be null. */
    static List<Object> plain(Object... values) {
        return Arrays.asList(values);
    }

    /** Creates a table with one bucket and opens it. */
    Table openKvTable(String name, Schema schema) throws Exception {
        return openKvTable(name, schema, table -> table);
    }

    Table openKvTable(String name, Schema schema, UnaryOperator<TableDescriptor.Builder> options) throws Exception {
        return connection.getTable(createTable(name, options.apply(oneBucket(schema)).build()));
    }

    // --- writing ---

    /** Upserts the rows, as one batch for each bucket, and waits until all are acknowledged. */
    static void upsert(Table table, GenericRow... rows) throws Exception {
        upsert(table.newUpsert(), rows);
    }

    static void upsert(Upsert upsert, GenericRow... rows) throws Exception {
        UpsertWriter writer = upsert.createWriter();
        awaitAll(writer, Arrays.stream(rows).<CompletableFuture<?>>map(writer::upsert).toList());
    }

    /** Deletes the rows with the keys of these rows. */
    static void delete(Table table, GenericRow... rows) throws Exception {
        delete(table.newUpsert(), rows);
    }

    static void delete(Upsert upsert, GenericRow... rows) throws Exception {
        UpsertWriter writer = upsert.createWriter();
        awaitAll(writer, Arrays.stream(rows).<CompletableFuture<?>>map(writer::delete).toList());
    }

    private static void awaitAll(UpsertWriter writer, List<CompletableFuture<?>> acknowledgements) throws Exception {
        writer.flush();
        for (CompletableFuture<?> acknowledgement : acknowledgements) {
            await(acknowledgement);
        }
    }

    // --- reading ---

    /** The rows of the keys, null for a key that is not there. */
    static List<List<Object>> lookup(Table table, GenericRow... keys) throws Exception {
        return lookup(table.newLookup().createLookuper(), table.getTableInfo().getRowType(), keys);
    }

    static List<List<Object>> lookup(Lookuper lookuper, RowType type, GenericRow... keys) throws Exception {
        List<List<Object>> found = new ArrayList<>();
        for (CompletableFuture<LookupResult> result : Arrays.stream(keys).map(lookuper::lookup).toList()) {
            InternalRow row = await(result).getSingletonRow();
            found.add(row == null ? null : Rows.values(row, type));
        }
        return found;
    }

    /** All rows whose key begins so, in the order of their keys. */
    static List<List<Object>> prefixLookup(Table table, List<String> columns, Object... prefix) throws Exception {
        RowType type = table.getTableInfo().getRowType();
        Lookuper lookuper = table.newLookup().lookupBy(columns).createLookuper();
        return await(lookuper.lookup(row(prefix))).getRowList().stream().map(row -> Rows.values(row, type)).toList();
    }

    /** The changelog of the only bucket, from its beginning. */
    static List<Change> changelog(Table table, int count) throws Exception {
        try (LogReader reader = LogReader.fromBeginning(table)) {
            return changes(reader, count);
        }
    }

    /** The changelog of the only bucket with a choice of columns. */
    static List<Change> projectedChangelog(Table table, int count, int... columns) throws Exception {
        RowType type = table.getTableInfo().getRowType().project(columns);
        try (LogReader reader = new LogReader(table.newScan().project(columns).createLogScanner(), type)) {
            reader.scanner.subscribeFromBeginning(0);
            return changes(reader, count);
        }
    }

    static List<Change> changes(LogReader reader, int count) {
        return reader.read(count).stream()
                .map(read -> new Change(read.offset(), read.changeType().shortString(), read.values()))
                .toList();
    }

    /** The offset that the next change of a bucket gets. */
    static long endOffset(Table table, int bucket) throws Exception {
        TablePath path = table.getTableInfo().getTablePath();
        return await(admin.listOffsets(path, List.of(bucket), new LatestSpec()).bucketResult(bucket));
    }

    /** The changelog of the only bucket is these records and nothing more. */
    static void assertChangelog(Table table, Change... expected) throws Exception {
        assertEquals(List.of(expected), changelog(table, expected.length));
        long end = expected.length == 0 ? 0 : expected[expected.length - 1].offset() + 1;
        assertEquals(end, endOffset(table, 0), "end of the changelog");
    }

    static TableBucket bucket(Table table, int bucket) {
        return new TableBucket(table.getTableInfo().getTableId(), bucket);
    }

    /** All rows of a bounded scan of a bucket, which ends with null. An empty batch is only a pause. */
    static List<List<Object>> scan(Scan scan, TableBucket bucket, RowType type) throws Exception {
        try (BatchScanner scanner = scan.createBatchScanner(bucket)) {
            return scanAll(scanner, type);
        }
    }

    static List<List<Object>> scanAll(BatchScanner scanner, RowType type) throws Exception {
        List<List<Object>> rows = new ArrayList<>();
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < deadline) {
            CloseableIterator<InternalRow> batch = scanner.pollBatch(DEADLINE);
            if (batch == null) {
                return rows;
            }
            try (batch) {
                batch.forEachRemaining(row -> rows.add(Rows.values(row, type)));
            }
        }
        return Assertions.fail("no end of the scan, got " + rows);
    }
}
