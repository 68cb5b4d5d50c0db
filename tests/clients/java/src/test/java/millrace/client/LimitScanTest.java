package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.Scan;
import org.apache.fluss.client.table.scanner.batch.BatchScanner;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableBucket;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.InternalRow;
import org.apache.fluss.types.DataTypes;
import org.apache.fluss.types.RowType;
import org.apache.fluss.utils.CloseableIterator;
import org.junit.jupiter.api.Test;

/** A batch scan with a limit: the last rows of a bucket, in one answer. */
class LimitScanTest extends ClientTest {
    private static final Schema SCHEMA =
            Schema.newBuilder().column("id", DataTypes.INT()).column("region", DataTypes.STRING()).build();

    /** All rows of a bounded scan, which ends with null. An empty batch is only a pause. */
    private static List<List<Object>> readAll(Scan scan, TableBucket bucket, RowType type) throws Exception {
        List<List<Object>> rows = new ArrayList<>();
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        try (BatchScanner scanner = scan.createBatchScanner(bucket)) {
            while (System.nanoTime() < deadline) {
                CloseableIterator<InternalRow> batch = scanner.pollBatch(DEADLINE);
                if (batch == null) {
                    assertNull(scanner.pollBatch(DEADLINE), "the end stays the end");
                    return rows;
                }
                try (batch) {
                    batch.forEachRemaining(row -> rows.add(Rows.values(row, type)));
                }
            }
        }
        return fail("no end of the scan, got " + rows);
    }

    private static TableBucket onlyBucket(Table table) {
        return new TableBucket(table.getTableInfo().getTableId(), 0);
    }

    @Test
    void theLastRowsOfALog() throws Exception {
        Table table = openLogTable("five", SCHEMA);
        append(table, row(1, "a"), row(2, "b"), row(3, "c"));
        append(table, row(4, "d"), row(5, "e"));
        assertEquals(List.of(List.of(4, "d"), List.of(5, "e")),
                readAll(table.newScan().limit(2), onlyBucket(table), SCHEMA.getRowType()));
    }

    @Test
    void aLimitAboveTheNumberOfRows() throws Exception {
        Table table = openLogTable("two", SCHEMA);
        append(table, row(1, "a"), row(2, "b"));
        assertEquals(List.of(List.of(1, "a"), List.of(2, "b")),
                readAll(table.newScan().limit(100), onlyBucket(table), SCHEMA.getRowType()));
    }

    @Test
    void anEmptyTable() throws Exception {
        Table table = openLogTable("none", SCHEMA);
        assertEquals(List.of(), readAll(table.newScan().limit(5), onlyBucket(table), SCHEMA.getRowType()));
    }

    @Test
    void withAProjection() throws Exception {
        Table table = openLogTable("projected", SCHEMA);
        append(table, row(1, "a"), row(2, "b"));
        assertEquals(List.of(List.of("b", 2)),
                readAll(table.newScan().project(new int[] {1, 0}).limit(1), onlyBucket(table),
                        SCHEMA.getRowType().project(new int[] {1, 0})));
    }

    @Test
    void ofAPartition() throws Exception {
        TablePath path = createTable("by_region", oneBucket(SCHEMA).partitionedBy("region").build());
        createPartition(path, new PartitionSpec(Map.of("region", "eu")));
        Table table = connection.getTable(path);
        append(table, row(1, "eu"), row(2, "eu"));
        long partitionId = await(admin.listPartitionInfos(path)).get(0).getPartitionId();
        assertEquals(List.of(List.of(2, "eu")),
                readAll(table.newScan().limit(1), new TableBucket(table.getTableInfo().getTableId(), partitionId, 0),
                        SCHEMA.getRowType()));
    }
}
