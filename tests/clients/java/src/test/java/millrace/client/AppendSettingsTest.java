package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The writer's options change how it speaks to the server, never what is in the log. */
class AppendSettingsTest extends ClientTest {
    private static final Schema SCHEMA =
            Schema.newBuilder().column("id", DataTypes.INT()).column("text", DataTypes.STRING()).build();

    /** Enough rows for many batches, several of them in flight at once. */
    private static List<GenericRow> rows(int count) {
        List<GenericRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row(i, "row " + i));
        }
        return rows;
    }

    private static Configuration smallBatches() {
        Configuration options = new Configuration();
        options.setString("client.writer.batch-size", "2kb");
        return options;
    }

    private void appendAndRead(Configuration options, String name) throws Exception {
        TablePath path = createTable(name, oneBucket(SCHEMA).build());
        try (Connection own = connect(options); Table table = own.getTable(path)) {
            append(table.newAppend().createWriter(), rows(1000));
        }
        try (LogReader reader = LogReader.fromBeginning(connection.getTable(path))) {
            List<LogReader.Read> read = reader.read(1000);
            assertEquals(LongStream.range(0, 1000).boxed().toList(), LogReader.offsetsOf(read));
            for (int i = 0; i < 1000; i++) {
                assertEquals(List.of(i, "row " + i), read.get(i).values());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"all, true", "all, false", "-1, true", "1, false", "0, false"})
    void acknowledgementsAndIdempotence(String acks, boolean idempotent) throws Exception {
        Configuration options = smallBatches();
        options.setString("client.writer.acks", acks);
        options.setString("client.writer.enable-idempotence", Boolean.toString(idempotent));
        appendAndRead(options, "acks_" + acks + "_" + idempotent);
    }

    @Test
    void oneBatchInFlight() throws Exception {
        Configuration options = smallBatches();
        options.setString("client.writer.max-inflight-requests-per-bucket", "1");
        appendAndRead(options, "one_in_flight");
    }

    @Test
    void severalWritersShareATable() throws Exception {
        TablePath path = createTable("shared", oneBucket(SCHEMA).build());
        try (Connection other = connect(smallBatches());
                Table mine = connection.getTable(path);
                Table theirs = other.getTable(path)) {
            for (int i = 0; i < 10; i++) {
                append(mine, row(i, "mine"));
                append(theirs, row(i, "theirs"));
            }
        }
        try (LogReader reader = LogReader.fromBeginning(connection.getTable(path))) {
            List<LogReader.Read> read = reader.read(20);
            assertEquals(LongStream.range(0, 20).boxed().toList(), LogReader.offsetsOf(read));
            for (int i = 0; i < 20; i++) {
                assertEquals(List.of(i / 2, i % 2 == 0 ? "mine" : "theirs"), read.get(i).values());
            }
        }
    }
}
