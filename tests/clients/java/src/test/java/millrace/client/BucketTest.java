package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

/** Tables with several buckets: each is a log with offsets of its own. */
class BucketTest extends ClientTest {
    private static final int BUCKETS = 3;
    private static final Schema SCHEMA =
            Schema.newBuilder().column("key", DataTypes.STRING()).column("n", DataTypes.INT()).build();

    /** Ten keys, ten rows each, the rows of all keys mixed. */
    private static GenericRow[] rows() {
        List<GenericRow> rows = new ArrayList<>();
        for (int n = 0; n < 10; n++) {
            for (int key = 0; key < 10; key++) {
                rows.add(row("key " + key, n));
            }
        }
        return rows.toArray(GenericRow[]::new);
    }

    private static Map<Integer, List<LogReader.Read>> readByBucket(Table table) throws Exception {
        try (LogReader reader = LogReader.fromBeginning(table)) {
            List<LogReader.Read> all = reader.read(100);
            assertEquals(100, all.size());
            Map<Integer, List<LogReader.Read>> buckets = LogReader.byBucket(all);
            for (List<LogReader.Read> records : buckets.values()) {
                assertEquals(LongStream.range(0, records.size()).boxed().toList(), LogReader.offsetsOf(records));
            }
            return buckets;
        }
    }

    @Test
    void rowsOfOneKeyStayInOneBucketAndInOrder() throws Exception {
        Table table = connection.getTable(createTable("keyed",
                TableDescriptor.builder().schema(SCHEMA).distributedBy(BUCKETS, "key").build()));
        append(table, rows());

        Map<Integer, List<LogReader.Read>> buckets = readByBucket(table);
        assertTrue(buckets.size() > 1, "ten keys are spread");
        Map<Object, List<Object>> numbersOfKey = new HashMap<>();
        for (List<LogReader.Read> records : buckets.values()) {
            Map<Object, List<Object>> inBucket = new HashMap<>();
            for (LogReader.Read record : records) {
                inBucket.computeIfAbsent(record.values().get(0), key -> new ArrayList<>()).add(record.values().get(1));
            }
            inBucket.forEach((key, numbers) -> assertNull(numbersOfKey.put(key, numbers), "one bucket per key"));
        }
        assertEquals(10, numbersOfKey.size());
        numbersOfKey.values().forEach(numbers -> assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), numbers));
    }

    @Test
    void rowsWithoutKeyMayGoAnywhereButNoneIsLost() throws Exception {
        Table table = connection.getTable(createTable("keyless",
                TableDescriptor.builder().schema(SCHEMA).distributedBy(BUCKETS).build()));
        append(table, rows());

        List<List<Object>> expected = new ArrayList<>();
        for (int n = 0; n < 10; n++) {
            for (int key = 0; key < 10; key++) {
                expected.add(List.of("key " + key, n));
            }
        }
        List<List<Object>> read = new ArrayList<>();
        readByBucket(table).values().forEach(records -> read.addAll(LogReader.valuesOf(records)));
        assertEquals(Map.copyOf(counts(expected)), Map.copyOf(counts(read)));
    }

    private static Map<List<Object>, Integer> counts(List<List<Object>> rows) {
        Map<List<Object>, Integer> counts = new HashMap<>();
        rows.forEach(row -> counts.merge(row, 1, Integer::sum));
        return counts;
    }
}
