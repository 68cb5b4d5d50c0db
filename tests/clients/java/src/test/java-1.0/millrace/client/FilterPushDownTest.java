package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.Scan;
import org.apache.fluss.client.table.writer.AppendWriter;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableChange;
import org.apache.fluss.metadata.TableChange.ColumnPosition;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.predicate.Predicate;
import org.apache.fluss.predicate.PredicateBuilder;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.types.DataTypes;
import org.apache.fluss.types.RowType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A filter lets the server leave out batches whose statistics show that no row matches. It never leaves out single
 * rows: a batch comes whole.
 */
@NeedsServerOf10
class FilterPushDownTest extends ClientTest {
    private static final int BATCHES = 10;
    private static final int ROWS_PER_BATCH = 10;
    private static final Schema SCHEMA = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("name", DataTypes.STRING())
            .column("maybe", DataTypes.BIGINT())
            .build();
    private static final RowType ROW_TYPE = SCHEMA.getRowType();

    private Table table;

    /** Batch b holds the ids 10 b to 10 b + 9. `maybe` is null in all but batch 4. */
    @BeforeAll
    void appendBatches() throws Exception {
        table = connection.getTable(createTable("batches",
                oneBucket(SCHEMA).property("table.statistics.columns", "*").build()));
        AppendWriter writer = table.newAppend().createWriter();
        for (int batch = 0; batch < BATCHES; batch++) {
            for (int i = 0; i < ROWS_PER_BATCH; i++) {
                int id = batch * ROWS_PER_BATCH + i;
                writer.append(row(id, "batch " + batch, batch == 4 ? (Long) (long) id : null));
            }
            writer.flush();
        }
    }

    /** The batches that a scan with this filter yields, until all of the log has been looked at. */
    private static List<Object> batchesRead(Scan scan, RowType type, int column) throws Exception {
        List<List<Object>> rows = new ArrayList<>();
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        try (LogReader reader = new LogReader(scan.createLogScanner(), type)) {
            reader.scanner.subscribeFromBeginning(0);
            // The last batch matches every filter here: when it is there, all of the log was looked at.
            while (rows.stream().noneMatch(values -> values.get(column).equals("batch " + (BATCHES - 1)))) {
                assertTrue(System.nanoTime() < deadline, () -> "got " + rows);
                rows.addAll(LogReader.valuesOf(reader.poll(Duration.ofMillis(200))));
            }
        }
        List<Object> batches = rows.stream().map(values -> values.get(column)).distinct().toList();
        assertEquals(batches.size() * ROWS_PER_BATCH, rows.size(), "batches come whole");
        return batches;
    }

    /** Applies the filter, or the last batch. */
    private List<Object> batchesMatching(Function<PredicateBuilder, Predicate> filter) throws Exception {
        PredicateBuilder builder = new PredicateBuilder(ROW_TYPE);
        Predicate orLast = PredicateBuilder.or(filter.apply(builder), builder.greaterOrEqual(0, 99));
        return batchesRead(table.newScan().filter(orLast), ROW_TYPE, 1);
    }

    @Test
    void equality() throws Exception {
        assertEquals(List.of("batch 3", "batch 9"), batchesMatching(filter -> filter.equal(0, 35)));
        assertEquals(List.of("batch 2", "batch 9"),
                batchesMatching(filter -> filter.equal(1, BinaryString.fromString("batch 2"))));
    }

    @Test
    void ranges() throws Exception {
        assertEquals(List.of("batch 0", "batch 1", "batch 9"), batchesMatching(filter -> filter.lessThan(0, 11)));
        assertEquals(List.of("batch 0", "batch 9"), batchesMatching(filter -> filter.lessThan(0, 10)));
        assertEquals(List.of("batch 5", "batch 6", "batch 9"),
                batchesMatching(filter -> filter.between(0, 59, 60)));
    }

    @Test
    void lists() throws Exception {
        assertEquals(List.of("batch 1", "batch 7", "batch 9"),
                batchesMatching(filter -> filter.in(0, List.of(15, 77, 1000))));
    }

    @Test
    void nulls() throws Exception {
        assertEquals(List.of("batch 4", "batch 9"), batchesMatching(filter -> filter.isNotNull(2)));
        assertEquals(BATCHES - 1, batchesMatching(filter -> filter.isNull(2)).size());
    }

    @Test
    void conjunctions() throws Exception {
        assertEquals(List.of("batch 4", "batch 9"), batchesMatching(filter -> PredicateBuilder.and(
                filter.greaterOrEqual(0, 20), filter.lessThan(0, 80), filter.greaterThan(2, 43L))));
    }

    @Test
    void withAProjection() throws Exception {
        PredicateBuilder filter = new PredicateBuilder(ROW_TYPE);
        Scan scan = table.newScan()
                .filter(PredicateBuilder.or(filter.equal(0, 35), filter.equal(0, 95)))
                .project(new int[] {1});
        assertEquals(List.of("batch 3", "batch 9"), batchesRead(scan, ROW_TYPE.project(new int[] {1}), 0));
    }

    @Test
    void batchesWithoutStatisticsAlwaysCome() throws Exception {
        Table plain = connection.getTable(createTable("no_statistics", oneBucket(SCHEMA).build()));
        append(plain, row(1, "a", 1L));
        append(plain, row(2, "b", 2L));
        Scan scan = plain.newScan().filter(new PredicateBuilder(ROW_TYPE).equal(0, 2));
        try (LogReader reader = new LogReader(scan.createLogScanner(), ROW_TYPE)) {
            reader.scanner.subscribeFromBeginning(0);
            assertEquals(List.of(List.of(1, "a", 1L), List.of(2, "b", 2L)), reader.readValues(2));
        }
    }

    @Test
    void batchesOfAnOlderSchemaAreNotLost() throws Exception {
        TablePath path = createTable("grown", oneBucket(SCHEMA).property("table.statistics.columns", "*").build());
        append(connection.getTable(path), row(1, "old", 1L));
        await(admin.alterTable(path,
                List.of(TableChange.addColumn("added", DataTypes.INT(), null, ColumnPosition.last())), false));
        Table grown = connection.getTable(path);
        append(grown, row(2, "new", 2L, 7));
        RowType type = grown.getTableInfo().getRowType();
        Scan scan = grown.newScan().filter(new PredicateBuilder(type).equal(3, 7));
        try (LogReader reader = new LogReader(scan.createLogScanner(), type)) {
            reader.scanner.subscribeFromBeginning(0);
            assertEquals(List.of(2, "new", 2L, 7), reader.readValues(2).get(1));
        }
    }
}
