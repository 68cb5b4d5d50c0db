package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import millrace.client.AppendTypesTest.Sample;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.batch.BatchScanner;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableBucket;
import org.apache.fluss.metadata.TableChange;
import org.apache.fluss.metadata.TableChange.ColumnPosition;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.row.InternalRow;
import org.apache.fluss.types.DataTypes;
import org.apache.fluss.types.RowType;
import org.apache.fluss.utils.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A batch scan without a limit: the server reads a whole bucket, as it was when the scan began. */
@NeedsServerOf10
class KvScanTest extends KvTest {
    private static final RowType TYPE = PEOPLE.getRowType();

    /** Asks for little at a time, so that a scan takes many requests. */
    private static final Connection frugal = connect(Configuration.fromMap(Map.of(
            "client.scanner.kv.batch-strategy", "server-scan", "client.scanner.kv.fetch.max-bytes", "100b")));

    private static GenericRow[] people(int count) {
        return IntStream.range(0, count).mapToObj(i -> row(i, "name " + i, (long) i)).toArray(GenericRow[]::new);
    }

    private static List<List<Object>> plainPeople(int count) {
        return IntStream.range(0, count).mapToObj(i -> plain(i, "name " + i, (long) i)).toList();
    }

    @ParameterizedTest
    @EnumSource
    void allRowsOfABucket(KvFormat format) throws Exception {
        Table table = openKvTable("bucket_" + format.name().toLowerCase(), PEOPLE, options -> options.kvFormat(format));
        assertEquals(List.of(), scan(table.newScan(), bucket(table, 0), TYPE));
        upsert(table, people(100));
        assertEquals(plainPeople(100), scan(table.newScan(), bucket(table, 0), TYPE));
        Table again = frugal.getTable(table.getTableInfo().getTablePath());
        assertEquals(plainPeople(100), scan(again.newScan(), bucket(table, 0), TYPE));
        delete(table, Arrays.stream(people(100)).skip(1).toArray(GenericRow[]::new));
        assertEquals(plainPeople(1), scan(again.newScan(), bucket(table, 0), TYPE));
    }

    @Test
    void aScanSeesTheBucketAsItWas() throws Exception {
        Table table = openKvTable("as_it_was", PEOPLE);
        upsert(table, people(50));
        List<List<Object>> rows = new ArrayList<>();
        try (BatchScanner scanner = frugal.getTable(path("as_it_was")).newScan()
                .createBatchScanner(bucket(table, 0))) {
            CloseableIterator<InternalRow> first = scanner.pollBatch(DEADLINE);
            assertNotNull(first);
            first.forEachRemaining(row -> rows.add(Rows.values(row, TYPE)));
            delete(table, people(40));
            upsert(table, row(45, "changed", 0L), row(99, "new", 0L));
            rows.addAll(scanAll(scanner, TYPE));
        }
        assertEquals(plainPeople(50), rows);
    }

    @Test
    void scansThatAreLeftEarlyMakeRoomForOthers() throws Exception {
        Table table = openKvTable("left_early", PEOPLE);
        upsert(table, people(50));
        Table again = frugal.getTable(path("left_early"));
        for (int i = 0; i < 20; i++) {
            try (BatchScanner scanner = again.newScan().createBatchScanner(bucket(table, 0))) {
                assertNotNull(scanner.pollBatch(DEADLINE));
            }
        }
    }

    @Test
    void aWholeTable() throws Exception {
        Table table = openKvTable("whole_table", PEOPLE, options -> options.distributedBy(3));
        upsert(table, people(100));
        try (BatchScanner scanner = frugal.getTable(path("whole_table")).newScan().createBatchScanner()) {
            assertEquals(new HashSet<>(plainPeople(100)), new HashSet<>(scanAll(scanner, TYPE)));
        }
    }

    @Test
    void aProjection() throws Exception {
        Table table = openKvTable("projected", PEOPLE);
        upsert(table, people(3));
        int[] columns = {2, 0};
        assertEquals(List.of(plain(0L, 0), plain(1L, 1), plain(2L, 2)),
                scan(table.newScan().project(columns), bucket(table, 0), TYPE.project(columns)));
    }

    @Test
    void partitions() throws Exception {
        Schema schema = Schema.newBuilder()
                .column("id", DataTypes.INT())
                .column("region", DataTypes.STRING())
                .primaryKey("region", "id")
                .build();
        TablePath path = createTable("by_region", oneBucket(schema).partitionedBy("region").build());
        for (String region : List.of("eu", "us")) {
            createPartition(path, new PartitionSpec(Map.of("region", region)));
        }
        Table table = connection.getTable(path);
        upsert(table, row(1, "eu"), row(1, "us"), row(2, "us"));
        RowType type = schema.getRowType();
        for (var partition : await(admin.listPartitionInfos(path))) {
            TableBucket bucket =
                    new TableBucket(table.getTableInfo().getTableId(), partition.getPartitionId(), 0);
            List<List<Object>> expected = partition.getPartitionName().equals("eu")
                    ? List.of(plain(1, "eu")) : List.of(plain(1, "us"), plain(2, "us"));
            assertEquals(expected, scan(table.newScan(), bucket, type));
        }
        try (BatchScanner scanner = table.newScan().createBatchScanner()) {
            assertEquals(new HashSet<>(List.of(plain(1, "eu"), plain(1, "us"), plain(2, "us"))),
                    new HashSet<>(scanAll(scanner, type)));
        }
    }

    @Test
    void rowsOfTwoSchemas() throws Exception {
        TablePath path = createTable("grown", oneBucket(PEOPLE).build());
        Table old = connection.getTable(path);
        upsert(old, row(1, "old", 1L));
        await(admin.alterTable(path,
                List.of(TableChange.addColumn("extra", DataTypes.STRING(), null, ColumnPosition.last())), false));
        Table grown = Other.connection.getTable(path);
        upsert(grown, row(2, "new", 2L, "x"));
        assertEquals(List.of(plain(1, "old", 1L, null), plain(2, "new", 2L, "x")),
                scan(grown.newScan(), bucket(grown, 0), grown.getTableInfo().getRowType()));
        assertEquals(List.of(plain(1, "old", 1L), plain(2, "new", 2L)), scan(old.newScan(), bucket(old, 0), TYPE));
    }

    @Test
    void everyType() throws Exception {
        List<Sample> samples = new ArrayList<>(AppendTypesTest.SIMPLE);
        samples.addAll(AppendTypesTest.NESTED);
        Schema.Builder schema = Schema.newBuilder().column("id", DataTypes.INT());
        for (int i = 0; i < samples.size(); i++) {
            schema.column("c" + i, samples.get(i).type());
        }
        Table table = openKvTable("every_type", schema.primaryKey("id").build());
        List<Object> written = new ArrayList<>(List.of(1));
        List<Object> read = new ArrayList<>(List.of(1));
        samples.forEach(sample -> {
            written.add(sample.appended());
            read.add(sample.read());
        });
        upsert(table, row(written.toArray()));
        assertEquals(List.of(read), scan(table.newScan(), bucket(table, 0), table.getTableInfo().getRowType()));
    }

    @Test
    void aBucketThatIsNotThere() throws Exception {
        Table table = openKvTable("one_bucket", PEOPLE);
        assertThrows(Exception.class, () -> scan(table.newScan(), bucket(table, 7), TYPE));
    }

    // --- what else only 1.0 knows of primary-key tables ---

    private static final Schema EVENTS = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("at", DataTypes.BIGINT())
            .column("name", DataTypes.STRING())
            .primaryKey("id")
            .build();

    /** The rows are stored with the time that decides when they go, which no reader sees. */
    @ParameterizedTest
    @EnumSource
    void rowsWithATimeToLive(KvFormat format) throws Exception {
        long now = System.currentTimeMillis();
        for (boolean eventTime : List.of(false, true)) {
            String name = "ttl_" + eventTime + "_" + format.name().toLowerCase();
            Table table = openKvTable(name, EVENTS, options -> {
                options.kvFormat(format).property("table.kv.ttl", "1 d");
                return eventTime ? options.property("table.kv.ttl.time-column", "at") : options;
            });
            upsert(table, row(1, now, "one"), row(2, null, "two"));
            upsert(table, row(1, now + 1, "uno"));
            delete(table, row(2, null, null));
            upsert(table, row(3, now, "three"));
            assertEquals(Arrays.asList(plain(1, now + 1, "uno"), null), lookup(table, row(1), row(2)));
            List<List<Object>> rows = List.of(plain(1, now + 1, "uno"), plain(3, now, "three"));
            assertEquals(rows, scan(table.newScan(), bucket(table, 0), EVENTS.getRowType()));
            assertEquals(rows, scan(table.newScan().limit(5), bucket(table, 0), EVENTS.getRowType()));
            assertChangelog(table,
                    change(0, "+I", 1, now, "one"), change(1, "+I", 2, null, "two"),
                    change(2, "-U", 1, now, "one"), change(3, "+U", 1, now + 1, "uno"),
                    change(4, "-D", 2, null, "two"), change(5, "+I", 3, now, "three"));
        }
    }

    @Test
    void timesToLiveThatAreRefused() {
        List<Map<String, String>> refused = List.of(
                Map.of("table.kv.ttl", "0 ms"),
                Map.of("table.kv.ttl", "1 d", "table.kv.ttl.time-column", "name"),
                Map.of("table.kv.ttl", "1 d", "table.kv.ttl.time-column", "missing"));
        for (Map<String, String> properties : refused) {
            assertThrows(Exception.class, () -> await(admin.createTable(path("refused"),
                    oneBucket(EVENTS).properties(properties).build(), false)), properties::toString);
        }
    }
}
