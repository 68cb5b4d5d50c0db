package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.fluss.client.admin.OffsetSpec;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.exception.InvalidTimestampException;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

class OffsetsTest extends ClientTest {
    private static final Schema SCHEMA =
            Schema.newBuilder().column("id", DataTypes.INT()).column("region", DataTypes.STRING()).build();

    private Map<Integer, Long> offsets(TablePath path, OffsetSpec spec, Integer... buckets) throws Exception {
        return await(admin.listOffsets(path, List.of(buckets), spec).all());
    }

    private static OffsetSpec earliest() {
        return new OffsetSpec.EarliestSpec();
    }

    private static OffsetSpec latest() {
        return new OffsetSpec.LatestSpec();
    }

    private static OffsetSpec from(long timestampMs) {
        return new OffsetSpec.TimestampSpec(timestampMs);
    }

    @Test
    void anEmptyTableStartsAndEndsAtZero() throws Exception {
        TablePath path = createTable("empty", TableDescriptor.builder().schema(SCHEMA).distributedBy(2, "id").build());
        assertEquals(Map.of(0, 0L, 1, 0L), offsets(path, earliest(), 0, 1));
        assertEquals(Map.of(0, 0L, 1, 0L), offsets(path, latest(), 0, 1));
    }

    @Test
    void latestIsTheNextOffset() throws Exception {
        Table table = openLogTable("three", SCHEMA);
        append(table, row(1, "eu"), row(2, "eu"), row(3, "eu"));
        TablePath path = table.getTableInfo().getTablePath();
        assertEquals(Map.of(0, 0L), offsets(path, earliest(), 0));
        assertEquals(Map.of(0, 3L), offsets(path, latest(), 0));
    }

    @Test
    void aTimestampFindsTheFirstBatchNotOlder() throws Exception {
        Table table = openLogTable("timed", SCHEMA);
        TablePath path = table.getTableInfo().getTablePath();
        append(table, row(1, "eu"), row(2, "eu"));
        long firstMs = timestampOf(table, 1);
        waitUntilAfter(firstMs);
        append(table, row(3, "eu"));
        long secondMs = timestampOf(table, 3);
        waitUntilAfter(secondMs);

        assertEquals(Map.of(0, 0L), offsets(path, from(0), 0));
        assertEquals(Map.of(0, 0L), offsets(path, from(firstMs), 0));
        assertEquals(Map.of(0, 2L), offsets(path, from(firstMs + 1), 0));
        assertEquals(Map.of(0, 2L), offsets(path, from(secondMs), 0));
        assertEquals(Map.of(0, 3L), offsets(path, from(secondMs + 1), 0));
    }

    @Test
    void aTimestampInTheFutureIsRefused() throws Exception {
        TablePath path = createTable("future", oneBucket(SCHEMA).build());
        assertFails(InvalidTimestampException.class,
                admin.listOffsets(path, List.of(0), from(System.currentTimeMillis() + 3_600_000)).all());
    }

    @Test
    void everyPartitionHasOffsetsOfItsOwn() throws Exception {
        TablePath path = createTable("by_region", oneBucket(SCHEMA).partitionedBy("region").build());
        for (String region : List.of("eu", "us")) {
            createPartition(path, new PartitionSpec(Map.of("region", region)));
        }
        append(connection.getTable(path), row(1, "eu"), row(2, "eu"), row(3, "us"));
        assertEquals(Map.of(0, 2L), await(admin.listOffsets(path, "eu", List.of(0), latest()).all()));
        assertEquals(Map.of(0, 1L), await(admin.listOffsets(path, "us", List.of(0), latest()).all()));
        assertEquals(0L, await(admin.listOffsets(path, "us", List.of(0), earliest()).bucketResult(0)));
    }

    /** The commit time of the last of `count` records. */
    private static long timestampOf(Table table, int count) throws Exception {
        try (LogReader reader = LogReader.fromBeginning(table)) {
            return reader.read(count).get(count - 1).timestamp();
        }
    }

    private static void waitUntilAfter(long timestampMs) {
        while (System.currentTimeMillis() <= timestampMs + 1) {
            Thread.onSpinWait();
        }
        assertTrue(System.currentTimeMillis() > timestampMs + 1);
    }
}
