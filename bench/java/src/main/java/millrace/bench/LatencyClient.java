package millrace.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.fluss.client.Connection;
import org.apache.fluss.client.ConnectionFactory;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.scanner.ScanRecord;
import org.apache.fluss.client.table.scanner.log.LogScanner;
import org.apache.fluss.client.table.writer.AppendWriter;
import org.apache.fluss.config.ConfigOptions;
import org.apache.fluss.config.Configuration;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.BinaryString;
import org.apache.fluss.row.GenericRow;

/**
 * Latencies of single rows by the official Java client, in a table of one bucket with the columns (BIGINT, STRING).
 *
 * <pre>LatencyClient host:port database table</pre>
 *
 * says "ready" and then carries out a command per line of its standard input, answering each with a line of JSON:
 *
 * <ul>
 *   <li>{@code append COUNT}: one row after the other, from append() to its acknowledgement;
 *   <li>{@code visible COUNT}: the same while another thread polls: from append() until the reader has the row.
 * </ul>
 */
final class LatencyClient {
    private static final long DEADLINE_S = 30;
    private static final Duration POLL = Duration.ofSeconds(1);
    /** Long enough for the reader's next fetch to arrive at the server and wait there. */
    private static final long PARK_MS = 3;

    private final Table table;
    private final AppendWriter writer;
    private long nextId;

    private LatencyClient(Table table) {
        this.table = table;
        this.writer = table.newAppend().createWriter();
    }

    public static void main(String[] arguments) throws Exception {
        Configuration options = new Configuration();
        options.set(ConfigOptions.BOOTSTRAP_SERVERS, List.of(arguments[0]));
        // A row is sent as soon as the sender sees it: nothing else would come to fill its batch.
        options.setString("client.writer.batch-timeout", "0ms");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        try (Connection connection = ConnectionFactory.createConnection(options);
                Table table = connection.getTable(TablePath.of(arguments[1], arguments[2]))) {
            LatencyClient client = new LatencyClient(table);
            System.out.println("ready");
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                String[] words = line.split(" ");
                int count = Integer.parseInt(words[1]);
                long[] latenciesNs = words[0].equals("append") ? client.appends(count) : client.visible(count);
                System.out.println(json(latenciesNs));
            }
        }
    }

    private long[] appends(int count) throws Exception {
        long[] latenciesNs = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            append(nextId++);
            latenciesNs[i] = System.nanoTime() - start;
        }
        return latenciesNs;
    }

    private void append(long id) throws Exception {
        writer.append(GenericRow.of(id, BinaryString.fromString("one row"))).get(DEADLINE_S, TimeUnit.SECONDS);
    }

    private long[] visible(int count) throws Exception {
        long[] latenciesNs = new long[count];
        try (Reader reader = new Reader(table)) {
            // The first rows bring the reader to the end of the log.
            long first = nextId;
            append(nextId++);
            reader.await(first);
            for (int i = 0; i < count; i++) {
                Thread.sleep(PARK_MS);
                long id = nextId++;
                long start = System.nanoTime();
                append(id);
                latenciesNs[i] = reader.await(id) - start;
            }
        }
        return latenciesNs;
    }

    /** Polls in a thread of its own and hands out when each row was seen. */
    private static final class Reader implements AutoCloseable {
        private record Seen(long id, long timeNs) {}

        private final LogScanner scanner;
        private final Thread thread = new Thread(this::run);
        private final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
        private volatile boolean stopped;

        Reader(Table table) {
            scanner = table.newScan().createLogScanner();
            scanner.subscribeFromBeginning(0);
            thread.start();
        }

        long await(long id) throws InterruptedException {
            while (true) {
                Seen next = seen.poll(DEADLINE_S, TimeUnit.SECONDS);
                if (next == null) {
                    throw new IllegalStateException("row " + id + " did not come");
                }
                if (next.id == id) {
                    return next.timeNs;
                }
            }
        }

        private void run() {
            while (!stopped) {
                for (ScanRecord record : scanner.poll(POLL)) {
                    seen.add(new Seen(record.getRow().getLong(0), System.nanoTime()));
                }
            }
        }

        @Override
        public void close() throws Exception {
            stopped = true;
            thread.join();
            scanner.close();
        }
    }

    private static String json(long[] latenciesNs) {
        StringJoiner text = new StringJoiner(", ", "{\"latencies_us\": [", "]}");
        for (long latencyNs : latenciesNs) {
            text.add(String.format(Locale.ROOT, "%.1f", latencyNs / 1000.0));
        }
        return text.toString();
    }
}
