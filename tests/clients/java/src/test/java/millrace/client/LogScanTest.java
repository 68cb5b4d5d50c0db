package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.fluss.client.admin.OffsetSpec;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.exception.FetchException;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

class LogScanTest extends ClientTest {
    private static final Schema SCHEMA =
            Schema.newBuilder().column("id", DataTypes.INT()).column("text", DataTypes.STRING()).build();

    private static LogReader fromOffset(Table table, long offset) {
        LogReader reader = new LogReader(table.newScan().createLogScanner(), SCHEMA.getRowType());
        reader.scanner.subscribe(0, offset);
        return reader;
    }

    @Test
    void fromTheBeginning() throws Exception {
        Table table = openLogTable("whole", SCHEMA);
        append(table, row(1, "a"), row(2, "b"));
        append(table, row(3, "c"));
        long before = System.currentTimeMillis();
        try (LogReader reader = LogReader.fromBeginning(table)) {
            List<LogReader.Read> read = reader.read(3);
            assertEquals(List.of(List.of(1, "a"), List.of(2, "b"), List.of(3, "c")), LogReader.valuesOf(read));
            assertEquals(List.of(0L, 1L, 2L), LogReader.offsetsOf(read));
            read.forEach(record -> assertTrue(record.timestamp() <= before && record.timestamp() > before - 60_000));
        }
    }

    @Test
    void fromAnOffsetInsideABatch() throws Exception {
        Table table = openLogTable("from_offset", SCHEMA);
        append(table, row(1, "a"), row(2, "b"), row(3, "c"));
        append(table, row(4, "d"));
        try (LogReader reader = fromOffset(table, 1)) {
            List<LogReader.Read> read = reader.read(3);
            assertEquals(List.of(List.of(2, "b"), List.of(3, "c"), List.of(4, "d")), LogReader.valuesOf(read));
            assertEquals(List.of(1L, 2L, 3L), LogReader.offsetsOf(read));
        }
    }

    @Test
    void fromATimestamp() throws Exception {
        Table table = openLogTable("from_timestamp", SCHEMA);
        append(table, row(1, "a"), row(2, "b"));
        long now = System.currentTimeMillis();
        while (System.currentTimeMillis() <= now + 1) {
            Thread.onSpinWait();
        }
        append(table, row(3, "c"));
        OffsetSpec afterFirst = new OffsetSpec.TimestampSpec(now + 1);
        long offset = await(
                admin.listOffsets(table.getTableInfo().getTablePath(), List.of(0), afterFirst).bucketResult(0));
        try (LogReader reader = fromOffset(table, offset)) {
            assertEquals(List.of(List.of(3, "c")), reader.readValues(1));
        }
    }

    @Test
    void aScannerAtTheEndSeesWhatComesLater() throws Exception {
        Table table = openLogTable("tail", SCHEMA);
        append(table, row(1, "a"));
        try (LogReader reader = fromOffset(table, 1)) {
            assertEquals(List.of(), reader.poll(Duration.ZERO));
            append(table, row(2, "b"));
            append(table, row(3, "c"));
            assertEquals(List.of(List.of(2, "b"), List.of(3, "c")), reader.readValues(2));
        }
    }

    @Test
    void aWaitingPollReturnsWhenARowIsAppended() throws Exception {
        Table table = openLogTable("waiting", SCHEMA);
        try (LogReader reader = fromOffset(table, 0)) {
            // A scanner belongs to one thread: it is made here and used only there.
            CompletableFuture<List<LogReader.Read>> polled =
                    CompletableFuture.supplyAsync(() -> reader.poll(DEADLINE));
            append(table, row(1, "a"));
            assertEquals(List.of(List.of(1, "a")), LogReader.valuesOf(await(polled)));
        }
    }

    @Test
    void wakeupEndsAWaitingPoll() throws Exception {
        Table table = openLogTable("woken", SCHEMA);
        try (LogReader reader = fromOffset(table, 0)) {
            CompletableFuture<List<LogReader.Read>> polled =
                    CompletableFuture.supplyAsync(() -> reader.poll(DEADLINE.multipliedBy(2)));
            reader.scanner.wakeup();
            assertEquals(List.of(), await(polled));
        }
    }

    @Test
    void anOffsetPastTheEndIsAnError() throws Exception {
        Table table = openLogTable("past_the_end", SCHEMA);
        append(table, row(1, "a"));
        try (LogReader reader = fromOffset(table, 100)) {
            FetchException error = assertThrows(FetchException.class, () -> reader.read(1));
            assertTrue(error.getMessage().contains("100"), error.getMessage());
        }
    }

    @Test
    void everyScannerReadsForItself() throws Exception {
        Table table = openLogTable("read_twice", SCHEMA);
        append(table, row(1, "a"), row(2, "b"));
        try (LogReader one = LogReader.fromBeginning(table); LogReader two = LogReader.fromBeginning(table)) {
            assertEquals(one.readValues(2), two.readValues(2));
        }
    }
}
