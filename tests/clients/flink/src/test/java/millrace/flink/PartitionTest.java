package millrace.flink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Year;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.flink.table.api.TableException;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;

class PartitionTest extends FlinkTest {
    private List<Row> showPartitions(String table) throws Exception {
        return all(sql("SHOW PARTITIONS " + table));
    }

    @Test
    void partitionsAreAddedShownAndDropped() throws Exception {
        sql("CREATE TABLE by_hand (id INT, region STRING, dt STRING) PARTITIONED BY (region, dt)");
        sql("ALTER TABLE by_hand ADD PARTITION (region = 'eu', dt = '1')");
        sql("ALTER TABLE by_hand ADD PARTITION (region = 'us', dt = '1')");
        sql("ALTER TABLE by_hand ADD IF NOT EXISTS PARTITION (region = 'us', dt = '1')");
        assertThrows(TableException.class, () -> sql("ALTER TABLE by_hand ADD PARTITION (region = 'us', dt = '1')"));
        assertSameRows(List.of(Row.of("region=eu/dt=1"), Row.of("region=us/dt=1")), showPartitions("by_hand"));
        assertEquals(List.of(Row.of("region=eu/dt=1")), all(sql("SHOW PARTITIONS by_hand PARTITION (region = 'eu')")));

        sql("ALTER TABLE by_hand DROP PARTITION (region = 'eu', dt = '1')");
        assertEquals(List.of(Row.of("region=us/dt=1")), showPartitions("by_hand"));
    }

    @Test
    void insertsCreatePartitionsAndQueriesFindThem() throws Exception {
        sql("CREATE TABLE grown (id INT, region STRING) PARTITIONED BY (region)");
        insert("INSERT INTO grown VALUES (1, 'eu'), (2, 'us'), (3, 'eu')");
        assertSameRows(List.of(Row.of("region=eu"), Row.of("region=us")), showPartitions("grown"));
        assertSameRows(List.of(Row.of(1, "eu"), Row.of(2, "us"), Row.of(3, "eu")), first(3, "SELECT * FROM grown"));
    }

    @Test
    void aStaticPartitionIsInsertedInto() throws Exception {
        sql("CREATE TABLE fixed (id INT, region STRING) PARTITIONED BY (region)");
        insert("INSERT INTO fixed PARTITION (region = 'eu') SELECT * FROM (VALUES (1), (2))");
        assertEquals(List.of(Row.of(1, "eu"), Row.of(2, "eu")), first(2, "SELECT * FROM fixed"));
    }

    @Test
    void aFilterReadsOnlyItsPartitions() throws Exception {
        sql("CREATE TABLE filtered (id INT, region STRING) PARTITIONED BY (region)");
        insert("INSERT INTO filtered VALUES (1, 'eu'), (2, 'us'), (3, 'asia')");
        assertEquals(List.of(Row.of(2)), first(1, "SELECT id FROM filtered WHERE region = 'us'"));
        assertSameRows(List.of(Row.of(1, "eu"), Row.of(3, "asia")),
                first(2, "SELECT * FROM filtered WHERE region IN ('eu', 'asia')"));
    }

    @Test
    void aRunningQueryDiscoversNewPartitions() throws Exception {
        sql("CREATE TABLE discovered (id INT, region STRING) PARTITIONED BY (region)");
        insert("INSERT INTO discovered VALUES (1, 'eu')");
        String query = "SELECT * FROM discovered /*+ OPTIONS('scan.partition.discovery.interval' = '500ms') */";
        try (CloseableIterator<Row> rows = sql(query).collect()) {
            assertEquals(Row.of(1, "eu"), rows.next());
            insert("INSERT INTO discovered VALUES (2, 'us')");
            assertEquals(Row.of(2, "us"), rows.next());
        }
    }

    @Test
    void autoPartitionsExistBeforeTheFirstRow() throws Exception {
        int year = Year.now(ZoneOffset.UTC).getValue();
        sql("""
                CREATE TABLE by_year (id INT, dt STRING) PARTITIONED BY (dt) WITH (
                  'table.auto-partition.enabled' = 'true', 'table.auto-partition.time-unit' = 'YEAR',
                  'table.auto-partition.time-zone' = 'UTC', 'table.auto-partition.num-precreate' = '2')
                """);
        List<Row> expected = List.of(Row.of("dt=" + year), Row.of("dt=" + (year + 1)));
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (showPartitions("by_year").size() < expected.size() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertSameRows(expected, showPartitions("by_year"));

        insert("INSERT INTO by_year VALUES (1, '" + year + "'), (2, '" + (year + 1) + "')");
        assertSameRows(List.of(Row.of(1, "" + year), Row.of(2, "" + (year + 1))), first(2, "SELECT * FROM by_year"));
    }
}
