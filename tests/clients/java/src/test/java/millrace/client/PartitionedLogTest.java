package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.writer.AppendWriter;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.exception.FlussRuntimeException;
import org.apache.fluss.exception.PartitionNotExistException;
import org.apache.fluss.metadata.PartitionInfo;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

/** Appending to partitions, those that exist and those that the writer creates, and reading one by one. */
class PartitionedLogTest extends ClientTest {
    private static final Schema SCHEMA = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("region", DataTypes.STRING())
            .column("day", DataTypes.STRING())
            .build();

    private Map<String, Long> partitionIds(TablePath path) throws Exception {
        Map<String, Long> ids = new HashMap<>();
        for (PartitionInfo partition : await(admin.listPartitionInfos(path))) {
            ids.put(partition.getPartitionName(), partition.getPartitionId());
        }
        return ids;
    }

    private static LogReader fromBeginning(Table table, Long... partitionIds) {
        LogReader reader = new LogReader(table.newScan().createLogScanner(), SCHEMA.getRowType());
        for (long partitionId : partitionIds) {
            reader.scanner.subscribeFromBeginning(partitionId, 0);
        }
        return reader;
    }

    @Test
    void rowsGoToTheirPartitions() throws Exception {
        TablePath path = createTable("by_region", oneBucket(SCHEMA).partitionedBy("region").build());
        createPartition(path, new PartitionSpec(Map.of("region", "eu")));
        createPartition(path, new PartitionSpec(Map.of("region", "us")));
        Table table = connection.getTable(path);
        append(table, row(1, "eu", "a"), row(2, "us", "b"), row(3, "eu", "c"));

        Map<String, Long> ids = partitionIds(path);
        try (LogReader reader = fromBeginning(table, ids.get("eu"))) {
            List<LogReader.Read> read = reader.read(2);
            assertEquals(List.of(List.of(1, "eu", "a"), List.of(3, "eu", "c")), LogReader.valuesOf(read));
            assertEquals(List.of(0L, 1L), LogReader.offsetsOf(read));
            assertEquals(ids.get("eu"), read.get(0).bucket().getPartitionId());
        }
        try (LogReader reader = fromBeginning(table, ids.get("us"))) {
            assertEquals(List.of(List.of(2, "us", "b")), reader.readValues(1));
        }
    }

    @Test
    void theWriterCreatesMissingPartitions() throws Exception {
        TablePath path = createTable("grown", oneBucket(SCHEMA).partitionedBy("region", "day").build());
        Table table = connection.getTable(path);
        append(table, row(1, "eu", "1"), row(2, "eu", "2"), row(3, "us", "1"), row(4, "eu", "1"));

        Map<String, Long> ids = partitionIds(path);
        assertEquals(Set.of("eu$1", "eu$2", "us$1"), ids.keySet());
        try (LogReader reader = fromBeginning(table, ids.get("eu$1"), ids.get("us$1"))) {
            List<LogReader.Read> read = reader.read(3);
            assertEquals(Set.of(List.of(1, "eu", "1"), List.of(4, "eu", "1"), List.of(3, "us", "1")),
                    Set.copyOf(LogReader.valuesOf(read)));
        }
    }

    @Test
    void withoutDynamicPartitionsAMissingOneIsAnError() throws Exception {
        TablePath path = createTable("fixed", oneBucket(SCHEMA).partitionedBy("region").build());
        Configuration options = new Configuration();
        options.setString("client.writer.dynamic-create-partition.enabled", "false");
        try (Connection own = connect(options); Table table = own.getTable(path)) {
            AppendWriter writer = table.newAppend().createWriter();
            Throwable error = assertThrows(FlussRuntimeException.class, () -> writer.append(row(1, "eu", "1")));
            assertInstanceOf(PartitionNotExistException.class, error.getCause());
        }
    }

    @Test
    void anUnsubscribedPartitionYieldsNothingMore() throws Exception {
        TablePath path = createTable("left", oneBucket(SCHEMA).partitionedBy("region").build());
        Table table = connection.getTable(path);
        append(table, row(1, "eu", "1"), row(2, "us", "1"));
        Map<String, Long> ids = partitionIds(path);
        try (LogReader reader = fromBeginning(table, ids.get("eu"), ids.get("us"))) {
            reader.read(2);
            reader.scanner.unsubscribe(ids.get("eu"), 0);
            append(table, row(3, "eu", "1"));
            append(table, row(4, "us", "1"));
            assertEquals(List.of(List.of(4, "us", "1")), reader.readValues(1));
        }
    }

    @Test
    void aDroppedPartitionCanBeMadeAgainAndIsEmpty() throws Exception {
        TablePath path = createTable("again", oneBucket(SCHEMA).partitionedBy("region").build());
        Table table = connection.getTable(path);
        append(table, row(1, "eu", "1"));
        await(admin.dropPartition(path, new PartitionSpec(Map.of("region", "eu")), false));
        createPartition(path, new PartitionSpec(Map.of("region", "eu")));

        try (Connection fresh = connect(new Configuration()); Table reopened = fresh.getTable(path)) {
            append(reopened, row(2, "eu", "1"));
            try (LogReader reader = fromBeginning(reopened, partitionIds(path).get("eu"))) {
                assertEquals(List.of(List.of(2, "eu", "1")), reader.readValues(1));
            }
        }
    }
}
