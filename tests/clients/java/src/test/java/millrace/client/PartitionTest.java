package millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.fluss.exception.InvalidPartitionException;
import org.apache.fluss.exception.PartitionAlreadyExistsException;
import org.apache.fluss.exception.PartitionNotExistException;
import org.apache.fluss.exception.TableNotPartitionedException;
import org.apache.fluss.metadata.PartitionInfo;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TableInfo;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

/** Partitions that someone creates by hand. */
class PartitionTest extends ClientTest {
    private static final Schema SCHEMA = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("region", DataTypes.STRING())
            .column("day", DataTypes.STRING())
            .build();

    private TablePath createPartitioned(String name, String... keys) throws Exception {
        return createTable(name,
                TableDescriptor.builder().schema(SCHEMA).partitionedBy(keys).distributedBy(2, "id").build());
    }

    private static PartitionSpec spec(String... keysAndValues) {
        return new PartitionSpec(keysAndValues.length == 2
                ? Map.of(keysAndValues[0], keysAndValues[1])
                : Map.of(keysAndValues[0], keysAndValues[1], keysAndValues[2], keysAndValues[3]));
    }

    private static Set<String> names(List<PartitionInfo> partitions) {
        Set<String> names = new HashSet<>();
        partitions.forEach(partition -> names.add(partition.getPartitionName()));
        return names;
    }

    @Test
    void createdPartitionsAreListedUntilDropped() throws Exception {
        TablePath path = createPartitioned("by_region", "region");
        TableInfo info = await(admin.getTableInfo(path));
        assertEquals(List.of("region"), info.getPartitionKeys());
        assertEquals(List.of(), await(admin.listPartitionInfos(path)));

        createPartition(path, spec("region", "eu"));
        createPartition(path, spec("region", "us"));
        List<PartitionInfo> both = await(admin.listPartitionInfos(path));
        assertEquals(Set.of("eu", "us"), names(both));
        assertNotEquals(both.get(0).getPartitionId(), both.get(1).getPartitionId());
        for (PartitionInfo partition : both) {
            assertEquals(spec("region", partition.getPartitionName()), partition.getPartitionSpec());
        }

        await(admin.dropPartition(path, spec("region", "eu"), false));
        assertEquals(Set.of("us"), names(await(admin.listPartitionInfos(path))));
    }

    @Test
    void partitionsOfSeveralKeysAreFoundByPartOfThem() throws Exception {
        TablePath path = createPartitioned("by_region_and_day", "region", "day");
        await(admin.createPartition(path, spec("region", "eu", "day", "1"), false));
        await(admin.createPartition(path, spec("region", "eu", "day", "2"), false));
        await(admin.createPartition(path, spec("region", "us", "day", "1"), false));

        assertEquals(Set.of("eu$1", "eu$2", "us$1"), names(await(admin.listPartitionInfos(path))));
        assertEquals(Set.of("eu$1", "eu$2"), names(await(admin.listPartitionInfos(path, spec("region", "eu")))));
        assertEquals(Set.of("eu$1", "us$1"), names(await(admin.listPartitionInfos(path, spec("day", "1")))));
        assertEquals(Set.of("us$1"),
                names(await(admin.listPartitionInfos(path, spec("region", "us", "day", "1")))));
        assertEquals(Set.of(), names(await(admin.listPartitionInfos(path, spec("region", "asia")))));
    }

    @Test
    void creatingAgainFailsUnlessIgnored() throws Exception {
        TablePath path = createPartitioned("twice", "region");
        await(admin.createPartition(path, spec("region", "eu"), false));
        assertFails(PartitionAlreadyExistsException.class, admin.createPartition(path, spec("region", "eu"), false));
        await(admin.createPartition(path, spec("region", "eu"), true));
        assertEquals(Set.of("eu"), names(await(admin.listPartitionInfos(path))));
    }

    @Test
    void droppingAMissingPartitionFailsUnlessIgnored() throws Exception {
        TablePath path = createPartitioned("dropped_twice", "region");
        assertFails(PartitionNotExistException.class, admin.dropPartition(path, spec("region", "eu"), false));
        await(admin.dropPartition(path, spec("region", "eu"), true));
    }

    @Test
    void specsMustNameExactlyThePartitionKeys() throws Exception {
        TablePath path = createPartitioned("strict", "region", "day");
        assertFails(InvalidPartitionException.class, admin.createPartition(path, spec("region", "eu"), false));
        assertFails(InvalidPartitionException.class,
                admin.createPartition(path, spec("region", "eu", "hour", "1"), false));
        assertFails(InvalidPartitionException.class,
                admin.createPartition(path, spec("region", "with space", "day", "1"), false));
    }

    @Test
    void aTableWithoutPartitionsHasNone() throws Exception {
        TablePath path = createTable("whole", oneBucket(SCHEMA).build());
        assertFails(TableNotPartitionedException.class, admin.createPartition(path, spec("region", "eu"), false));
        assertFails(TableNotPartitionedException.class, admin.dropPartition(path, spec("region", "eu"), false));
        assertFails(TableNotPartitionedException.class, admin.listPartitionInfos(path));
    }
}
