package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.PartitionInfo;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableBucket;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.row.TimestampLtz;
import org.apache.fluss.row.TimestampNtz;
import org.apache.fluss.types.DataType;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Partitioned primary-key tables: each partition has its rows and its changelog. */
class KvPartitionTest extends KvTest {
    private static final Schema SCHEMA = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("region", DataTypes.STRING())
            .column("name", DataTypes.STRING())
            .primaryKey("region", "id")
            .build();

    private Map<String, Long> partitions(TablePath path) throws Exception {
        return await(admin.listPartitionInfos(path)).stream()
                .collect(Collectors.toMap(PartitionInfo::getPartitionName, PartitionInfo::getPartitionId));
    }

    private List<Change> changelog(Table table, String partition, int count) throws Exception {
        long id = partitions(table.getTableInfo().getTablePath()).get(partition);
        try (LogReader reader = new LogReader(table.newScan().createLogScanner(), table.getTableInfo().getRowType())) {
            reader.scanner.subscribeFromBeginning(id, 0);
            return changes(reader, count);
        }
    }

    @ParameterizedTest
    @EnumSource
    void writersCreatePartitions(KvFormat format) throws Exception {
        TablePath path = createTable("created_" + format.name().toLowerCase(),
                oneBucket(SCHEMA).kvFormat(format).partitionedBy("region").build());
        Table table = connection.getTable(path);
        assertEquals(List.of("id"), table.getTableInfo().getPhysicalPrimaryKeys());
        upsert(table, row(1, "eu", "a"), row(1, "us", "b"), row(2, "eu", "c"));
        upsert(table, row(1, "us", "d"));
        delete(table, row(2, "eu", null));
        assertEquals(
                Arrays.asList(plain(1, "eu", "a"), plain(1, "us", "d"), null, null, null),
                lookup(table, row("eu", 1), row("us", 1), row("eu", 2), row("us", 2), row("nowhere", 1)));
        assertEquals(
                List.of(change(0, "+I", 1, "eu", "a"), change(1, "+I", 2, "eu", "c"), change(2, "-D", 2, "eu", "c")),
                changelog(table, "eu", 3));
        assertEquals(
                List.of(change(0, "+I", 1, "us", "b"), change(1, "-U", 1, "us", "b"), change(2, "+U", 1, "us", "d")),
                changelog(table, "us", 3));
        assertEquals(2, await(admin.getTableStats(path)).getRowCount());
    }

    @Test
    void limitScanAndSnapshotsOfAPartition() throws Exception {
        TablePath path = createTable("scanned", oneBucket(SCHEMA).partitionedBy("region").build());
        Table table = connection.getTable(path);
        upsert(table, row(2, "eu", "b"), row(1, "eu", "a"), row(3, "us", "c"));
        long partition = partitions(path).get("eu");
        TableBucket bucket = new TableBucket(table.getTableInfo().getTableId(), partition, 0);
        assertEquals(List.of(plain(1, "eu", "a")), scan(table.newScan().limit(1), bucket, SCHEMA.getRowType()));

        var snapshots = await(admin.getLatestKvSnapshots(path, "eu"));
        assertEquals(partition, snapshots.getPartitionId());
        assertTrue(snapshots.getSnapshotId(0).isEmpty());
        assertTrue(snapshots.getLogOffset(0).isEmpty());
    }

    @Test
    void thereAreNoSnapshotsYet() throws Exception {
        TablePath path = createTable("snapshots", oneBucket(PEOPLE).distributedBy(2).build());
        upsert(connection.getTable(path), row(1, "a", 1L));
        var snapshots = await(admin.getLatestKvSnapshots(path));
        assertEquals(List.of(0, 1), snapshots.getBucketIds().stream().sorted().toList());
        assertTrue(snapshots.getSnapshotId(0).isEmpty() && snapshots.getSnapshotId(1).isEmpty());
    }

    @Test
    void aPartitionThatIsMadeAnewIsEmpty() throws Exception {
        TablePath path = createTable("anew", oneBucket(SCHEMA).partitionedBy("region").build());
        PartitionSpec eu = new PartitionSpec(Map.of("region", "eu"));
        createPartition(path, eu);
        upsert(connection.getTable(path), row(1, "eu", "a"), row(1, "us", "b"));
        await(admin.dropPartition(path, eu, false));
        createPartition(path, eu);
        Table table = Other.connection.getTable(path);
        assertEquals(Arrays.asList(null, plain(1, "us", "b")), lookup(table, row("eu", 1), row("us", 1)));
        upsert(table, row(2, "eu", "c"));
        assertEquals(List.of(change(0, "+I", 2, "eu", "c")), changelog(table, "eu", 1));
    }

    @Test
    void prefixes() throws Exception {
        Schema schema = Schema.newBuilder()
                .column("customer", DataTypes.BIGINT())
                .column("region", DataTypes.STRING())
                .column("number", DataTypes.INT())
                .column("item", DataTypes.STRING())
                .primaryKey("region", "customer", "number")
                .build();
        TablePath path = createTable("prefixes",
                oneBucket(schema).distributedBy(2, "customer").partitionedBy("region").build());
        Table table = connection.getTable(path);
        upsert(table, row(1L, "eu", 2, "b"), row(1L, "eu", 1, "a"), row(1L, "us", 1, "c"), row(300L, "eu", 1, "d"));
        assertEquals(List.of(plain(1L, "eu", 1, "a"), plain(1L, "eu", 2, "b")),
                prefixLookup(table, List.of("region", "customer"), "eu", 1L));
        assertEquals(List.of(plain(1L, "us", 1, "c")),
                prefixLookup(table, List.of("customer", "region"), 1L, "us"));
        assertEquals(List.of(), prefixLookup(table, List.of("region", "customer"), "nowhere", 1L));
    }

    static List<Arguments> partitionKeys() {
        return List.of(
                Arguments.of(DataTypes.BOOLEAN(), true, "true"),
                Arguments.of(DataTypes.TINYINT(), (byte) -5, "-5"),
                Arguments.of(DataTypes.SMALLINT(), (short) 300, "300"),
                Arguments.of(DataTypes.INT(), 7, "7"),
                Arguments.of(DataTypes.BIGINT(), -1L, "-1"),
                Arguments.of(DataTypes.CHAR(2), BinaryString.fromString("ab"), "ab"),
                Arguments.of(DataTypes.STRING(), BinaryString.fromString("a_b-C"), "a_b-C"),
                Arguments.of(DataTypes.BINARY(2), new byte[] {1, (byte) 0xff}, "01ff"),
                Arguments.of(DataTypes.BYTES(), new byte[] {0}, "00"),
                Arguments.of(DataTypes.FLOAT(), 1.5f, "1_5"),
                Arguments.of(DataTypes.DOUBLE(), 1e10, "1_0E10"),
                Arguments.of(DataTypes.DATE(), 19782, "2024-02-29"),
                Arguments.of(DataTypes.TIME(3), 3_723_004, "01-02-03_004"),
                Arguments.of(DataTypes.TIMESTAMP(3), TimestampNtz.fromMillis(1_709_168_523_100L),
                        "2024-02-29-01-02-03_1"),
                Arguments.of(DataTypes.TIMESTAMP_LTZ(6), TimestampLtz.fromEpochMillis(1_709_168_523_100L, 5000),
                        "2024-02-29-01-02-03_100005"));
    }

    @ParameterizedTest
    @MethodSource("partitionKeys")
    void partitionsOfEveryType(DataType type, Object value, String name) throws Exception {
        Schema schema = Schema.newBuilder()
                .column("p", type)
                .column("id", DataTypes.INT())
                .column("v", DataTypes.STRING())
                .primaryKey("p", "id")
                .build();
        TablePath path = createTable(uniqueName("by_type"), oneBucket(schema).partitionedBy("p").build());
        Table table = connection.getTable(path);
        upsert(table, row(value, 1, "a"));
        upsert(table, row(value, 1, "b"));
        assertEquals(List.of(name), new ArrayList<>(partitions(path).keySet()));
        assertEquals("b", lookup(table, row(value, 1)).get(0).get(2));
        assertEquals(3, changelog(table, name, 3).size());
    }

    @Test
    void severalPartitionKeysAmongThoseOfTheTable() throws Exception {
        Schema schema = Schema.newBuilder()
                .column("v", DataTypes.STRING())
                .column("day", DataTypes.DATE())
                .column("id", DataTypes.BIGINT())
                .column("kind", DataTypes.STRING())
                .primaryKey("day", "id", "kind")
                .build();
        TablePath path = createTable("several", oneBucket(schema).partitionedBy("kind", "day").build());
        Table table = connection.getTable(path);
        upsert(table, row("a", 19782, 10L, "x"), row("b", 19782, 10L, "y"), row("c", 19782, 10L, "x"));
        assertEquals(List.of("x$2024-02-29", "y$2024-02-29"), partitions(path).keySet().stream().sorted().toList());
        assertEquals(List.of(plain("c", 19782, 10L, "x"), plain("b", 19782, 10L, "y")),
                lookup(table, row(19782, 10L, "x"), row(19782, 10L, "y")));
    }

    @Test
    void partitionsThatTheServerCreates() throws Exception {
        TablePath path = createTable("ahead", oneBucket(SCHEMA)
                .partitionedBy("region")
                .property("table.auto-partition.enabled", "true")
                .property("table.auto-partition.time-unit", "YEAR")
                .property("table.auto-partition.time-zone", "UTC")
                .build());
        String year = ZonedDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy"));
        Table table = connection.getTable(path);
        upsert(table, row(1, year, "a"));
        assertEquals(List.of(plain(1, year, "a")), lookup(table, row(year, 1)));
        assertEquals(List.of(change(0, "+I", 1, year, "a")), changelog(table, year, 1));
    }
}
