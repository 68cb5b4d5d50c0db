package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.Arrays;
import java.util.List;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.metadata.LogFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableChange;
import org.apache.fluss.metadata.TableChange.ColumnPosition;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A column is added while writers and readers of the old schema are still at work. */
class SchemaEvolutionTest extends ClientTest {
    private static final Schema SCHEMA =
            Schema.newBuilder().column("id", DataTypes.INT()).column("text", DataTypes.STRING()).build();

    private void addColumn(TablePath path) throws Exception {
        await(admin.alterTable(path,
                List.of(TableChange.addColumn("score", DataTypes.DOUBLE(), null, ColumnPosition.last())), false));
    }

    @ParameterizedTest
    @EnumSource
    void oldAndNewWritersAndReaders(LogFormat format) throws Exception {
        assumeFalse(CLIENT_0_9 && format == LogFormat.COMPACTED, "the 0.9.1 client does not find the other schema");
        TablePath path = createTable("log_" + format.name().toLowerCase(), oneBucket(SCHEMA).logFormat(format).build());
        try (Connection other = connect(new Configuration()); Table old = other.getTable(path)) {
            append(old, row(1, "before"));
            addColumn(path);
            try (Table fresh = connection.getTable(path)) {
                append(fresh, row(2, "new", 0.5));
                append(old, row(3, "old"));
                append(fresh, row(4, "new", null));

                try (LogReader reader = LogReader.fromBeginning(fresh)) {
                    assertEquals(
                            List.of(
                                    Arrays.asList(1, "before", null), Arrays.asList(2, "new", 0.5),
                                    Arrays.asList(3, "old", null), Arrays.asList(4, "new", null)),
                            reader.readValues(4));
                }
                try (LogReader reader = LogReader.fromBeginning(old)) {
                    assertEquals(
                            List.of(List.of(1, "before"), List.of(2, "new"), List.of(3, "old"), List.of(4, "new")),
                            reader.readValues(4));
                }
            }
        }
    }

    @Test
    void oldColumnsAreProjectedFromBatchesOfBothSchemas() throws Exception {
        TablePath path = createTable("projected_old_columns", oneBucket(SCHEMA).build());
        append(connection.getTable(path), row(1, "before"));
        addColumn(path);
        Table fresh = connection.getTable(path);
        append(fresh, row(2, "after", 0.5));
        try (LogReader reader = project(fresh, 1)) {
            assertEquals(List.of(List.of("before"), List.of("after")), reader.readValues(2));
        }
    }

    /** Java servers refuse the older batch: it has no such column. */
    @Test
    @NeedsMillrace
    void theAddedColumnIsProjectedFromBatchesOfBothSchemas() throws Exception {
        TablePath path = createTable("projected_new_column", oneBucket(SCHEMA).build());
        append(connection.getTable(path), row(1, "before"));
        addColumn(path);
        Table fresh = connection.getTable(path);
        append(fresh, row(2, "after", 0.5));
        try (LogReader reader = project(fresh, 2, 0)) {
            assertEquals(List.of(Arrays.asList(null, 1), List.of(0.5, 2)), reader.readValues(2));
        }
    }

    private static LogReader project(Table table, int... columns) {
        LogReader reader = new LogReader(
                table.newScan().project(columns).createLogScanner(),
                table.getTableInfo().getRowType().project(columns));
        reader.scanner.subscribeFromBeginning(0);
        return reader;
    }
}
