package millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.fluss.exception.InvalidPartitionException;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

/** Partitions that the server creates ahead of time. The unit is a year, so that no test runs across its edge. */
class AutoPartitionTest extends ClientTest {
    private static final DateTimeFormatter YEAR = DateTimeFormatter.ofPattern("yyyy");
    private static final Schema SCHEMA =
            Schema.newBuilder().column("id", DataTypes.INT()).column("year", DataTypes.STRING()).build();

    private static String year(int fromNow) {
        return ZonedDateTime.now(ZoneOffset.UTC).plusYears(fromNow).format(YEAR);
    }

    private static TableDescriptor.Builder byYear() {
        return oneBucket(SCHEMA)
                .partitionedBy("year")
                .property("table.auto-partition.enabled", "true")
                .property("table.auto-partition.time-unit", "YEAR")
                .property("table.auto-partition.time-zone", "UTC");
    }

    /** The partitions, once as many as expected are there: the server creates them after the table. */
    private Set<String> awaitPartitions(TablePath path, int count) throws Exception {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        Set<String> names = new TreeSet<>();
        while (names.size() < count) {
            if (System.nanoTime() > deadline) {
                fail("waited for " + count + " partitions, got " + names);
            }
            await(admin.listPartitionInfos(path)).forEach(partition -> names.add(partition.getPartitionName()));
        }
        return names;
    }

    @Test
    void theCurrentAndTheComingPartitionsAreCreatedWithTheTable() throws Exception {
        TablePath path = createTable("ahead", byYear().property("table.auto-partition.num-precreate", "3").build());
        assertTrue(await(admin.getTableInfo(path)).isAutoPartitioned());
        assertEquals(Set.of(year(0), year(1), year(2)), awaitPartitions(path, 3));
    }

    @Test
    @NeedsServerOf10
    void handMadePartitionsMustFitTheUnit() throws Exception {
        TablePath path = createTable("by_hand", byYear().build());
        assertFails(InvalidPartitionException.class,
                admin.createPartition(path, new PartitionSpec(Map.of("year", "eu")), false));
        await(admin.createPartition(path, new PartitionSpec(Map.of("year", year(5))), false));
        assertEquals(Set.of(year(0), year(1), year(5)), awaitPartitions(path, 3));
    }

    @Test
    @NeedsServerOf10
    void partitionsPastTheirRetentionAreRefused() throws Exception {
        TablePath path = createTable("retained", byYear().property("table.auto-partition.num-retention", "2").build());
        assertFails(InvalidPartitionException.class,
                admin.createPartition(path, new PartitionSpec(Map.of("year", year(-5))), false));
        await(admin.createPartition(path, new PartitionSpec(Map.of("year", year(-1))), false));
        assertEquals(Set.of(year(-1), year(0), year(1)), awaitPartitions(path, 3));
    }
}
