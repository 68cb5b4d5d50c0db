package millrace.client;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.ScanRecord;
import org.apache.fluss.client.table.scanner.log.LogScanner;
import org.apache.fluss.client.table.scanner.log.ScanRecords;
import org.apache.fluss.metadata.TableBucket;
import org.apache.fluss.record.ChangeType;
import org.apache.fluss.types.RowType;

/** Polls a log scanner until as many records have come as a test waits for. */
final class LogReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);

    final LogScanner scanner;
    private final RowType rowType;

    /** A record that outlives the scanner. */
    record Read(TableBucket bucket, long offset, long timestamp, ChangeType changeType, List<Object> values) {}

    /** `rowType` is that of the rows the scanner yields: the projected one, where there is a projection. */
    LogReader(LogScanner scanner, RowType rowType) {
        this.scanner = scanner;
        this.rowType = rowType;
    }

    /** A reader of all columns, subscribed to every bucket of a table without partitions, from the beginning. */
    static LogReader fromBeginning(Table table) {
        LogReader reader = new LogReader(table.newScan().createLogScanner(), table.getTableInfo().getRowType());
        for (int bucket = 0; bucket < table.getTableInfo().getNumBuckets(); bucket++) {
            reader.scanner.subscribeFromBeginning(bucket);
        }
        return reader;
    }

    /** Reads until at least `count` records have come. What came beyond them is returned too, so that it is noticed. */
    List<Read> read(int count) {
        List<Read> records = new ArrayList<>();
        long deadline = System.nanoTime() + ClientTest.DEADLINE.toNanos();
        while (records.size() < count) {
            if (System.nanoTime() > deadline) {
                fail("waited for " + count + " records, got " + records);
            }
            records.addAll(poll(POLL));
        }
        return records;
    }

    /** One poll. */
    List<Read> poll(Duration timeout) {
        ScanRecords polled = scanner.poll(timeout);
        List<Read> records = new ArrayList<>();
        for (TableBucket bucket : polled.buckets()) {
            for (ScanRecord record : polled.records(bucket)) {
                records.add(new Read(bucket, record.logOffset(), record.timestamp(), record.getChangeType(),
                        Rows.values(record.getRow(), rowType)));
            }
        }
        return records;
    }

    List<List<Object>> readValues(int count) {
        return valuesOf(read(count));
    }

    static List<List<Object>> valuesOf(List<Read> records) {
        return records.stream().map(Read::values).toList();
    }

    static List<Long> offsetsOf(List<Read> records) {
        return records.stream().map(Read::offset).toList();
    }

    static Map<Integer, List<Read>> byBucket(List<Read> records) {
        return records.stream().collect(
                Collectors.groupingBy(record -> record.bucket().getBucket(), TreeMap::new, Collectors.toList()));
    }

    @Override
    public void close() throws Exception {
        scanner.close();
    }
}
