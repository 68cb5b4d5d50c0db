package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.fluss.client.lookup.LookupResult;
import org.apache.fluss.client.lookup.Lookuper;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.writer.Upsert;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.PartitionSpec;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.types.DataTypes;
import org.apache.fluss.types.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Columns that the server numbers, and lookups that insert what they do not find. */
class KvRowNumberTest extends KvTest {
    private static final Schema NAMES = Schema.newBuilder()
            .column("name", DataTypes.STRING())
            .column("number", DataTypes.INT())
            .column("v", DataTypes.STRING())
            .primaryKey("name")
            .enableAutoIncrement("number")
            .build();

    private static final Schema DICTIONARY = Schema.newBuilder()
            .column("word", DataTypes.STRING())
            .column("id", DataTypes.BIGINT())
            .primaryKey("word")
            .enableAutoIncrement("id")
            .build();

    private static Upsert named(Table table) {
        return table.newUpsert().partialUpdate("name", "v");
    }

    // --- numbers ---

    @ParameterizedTest
    @EnumSource
    void rowsAreNumberedWhenTheyAreInserted(KvFormat format) throws Exception {
        Table table = openKvTable("numbered_" + format.name().toLowerCase(), NAMES,
                options -> options.kvFormat(format));
        assertEquals(NAMES, table.getTableInfo().getSchema());
        upsert(named(table), row("a", null, "1"), row("b", null, "2"));
        upsert(named(table), row("a", null, "3"), row("c", null, "4"));
        upsert(named(table), row("d", null, null));
        assertEquals(List.of(plain("a", 1, "3"), plain("b", 2, "2"), plain("c", 3, "4"), plain("d", 4, null)),
                lookup(table, row("a"), row("b"), row("c"), row("d")));
        assertChangelog(table,
                change(0, "+I", "a", 1, "1"), change(1, "+I", "b", 2, "2"),
                change(2, "-U", "a", 1, "1"), change(3, "+U", "a", 1, "3"), change(4, "+I", "c", 3, "4"),
                change(5, "+I", "d", 4, null));
    }

    @Test
    void clientsDoNotWriteTheNumber() throws Exception {
        Table table = openKvTable("not_written", NAMES);
        assertThrows(RuntimeException.class, () -> table.newUpsert().createWriter());
        assertThrows(RuntimeException.class,
                () -> table.newUpsert().partialUpdate("name", "number").createWriter());
    }

    @Test
    void theWalImageIsNumberedToo() throws Exception {
        Table table = openKvTable("numbered_wal", NAMES, options -> options.property("table.changelog.image", "WAL"));
        upsert(named(table), row("a", null, "1"));
        upsert(named(table), row("a", null, "2"), row("b", null, "3"));
        assertChangelog(table,
                change(0, "+I", "a", 1, "1"), change(1, "+U", "a", 1, "2"), change(2, "+I", "b", 2, "3"));
    }

    @Test
    void numbersOfSeveralBucketsAreDistinct() throws Exception {
        Table table = openKvTable("numbers_of_buckets", NAMES,
                options -> options.distributedBy(3).property("table.auto-increment.cache-size", "4"));
        GenericRow[] rows = IntStream.range(0, 60).mapToObj(i -> row("name " + i, null, null))
                .toArray(GenericRow[]::new);
        upsert(named(table), rows);
        List<Integer> numbers = lookup(table,
                IntStream.range(0, 60).mapToObj(i -> row("name " + i)).toArray(GenericRow[]::new))
                .stream().map(found -> (Integer) found.get(1)).toList();
        assertEquals(60, new HashSet<>(numbers).size());
        assertTrue(numbers.stream().allMatch(number -> number >= 1 && number <= 60 + 3 * 4), numbers::toString);
    }

    // --- lookups that insert ---

    private static List<List<Object>> insertingLookup(Table table, GenericRow... keys) throws Exception {
        return lookup(table.newLookup().enableInsertIfNotExists().createLookuper(),
                table.getTableInfo().getRowType(), keys);
    }

    @ParameterizedTest
    @EnumSource
    void aLookupInserts(KvFormat format) throws Exception {
        Table table = openKvTable("inserted_" + format.name().toLowerCase(), PEOPLE,
                options -> options.kvFormat(format));
        upsert(table, row(1, "ann", 1L));
        assertEquals(List.of(plain(1, "ann", 1L), plain(2, null, null)), insertingLookup(table, row(1), row(2)));
        assertEquals(List.of(plain(2, null, null)), insertingLookup(table, row(2)));
        assertEquals(List.of(plain(2, null, null)), lookup(table, row(2)));
        upsert(table, row(2, "joe", 2L));
        assertEquals(List.of(plain(2, "joe", 2L)), insertingLookup(table, row(2)));
        assertChangelog(table,
                change(0, "+I", 1, "ann", 1L), change(1, "+I", 2, null, null),
                change(2, "-U", 2, null, null), change(3, "+U", 2, "joe", 2L));
    }

    @Test
    void aLookupNumbersWords() throws Exception {
        Table table = openKvTable("words", DICTIONARY);
        assertEquals(List.of(plain("one", 1L)), insertingLookup(table, row("one")));
        assertEquals(List.of(plain("two", 2L)), insertingLookup(table, row("two")));
        assertEquals(List.of(plain("one", 1L), plain("two", 2L)), insertingLookup(table, row("one"), row("two")));
        assertChangelog(table, change(0, "+I", "one", 1L), change(1, "+I", "two", 2L));
    }

    /** Whoever comes first inserts, and all get the same number. */
    @Test
    void lookupsOfTheSameWordsAtOnce() throws Exception {
        TablePath path = createTable("contended", oneBucket(DICTIONARY).distributedBy(2).build());
        try (Table one = connection.getTable(path); Table two = Other.connection.getTable(path)) {
            List<CompletableFuture<LookupResult>> results = new ArrayList<>();
            for (Table table : List.of(one, two)) {
                Lookuper lookuper = table.newLookup().enableInsertIfNotExists().createLookuper();
                for (int i = 0; i < 200; i++) {
                    results.add(lookuper.lookup(row("word " + i % 50)));
                }
            }
            RowType type = DICTIONARY.getRowType();
            HashSet<List<Object>> rows = new HashSet<>();
            for (CompletableFuture<LookupResult> result : results) {
                rows.add(Rows.values(await(result).getSingletonRow(), type));
            }
            assertEquals(50, rows.size());
            Map<Object, Long> byNumber = rows.stream()
                    .collect(Collectors.groupingBy(values -> values.get(1), Collectors.counting()));
            assertEquals(50, byNumber.size());
        }
    }

    @Test
    void insertingIsRefusedBesideColumnsThatAreNeverNull() throws Exception {
        Schema schema = Schema.newBuilder()
                .column("id", DataTypes.INT())
                .column("name", DataTypes.STRING().copy(false))
                .primaryKey("id")
                .build();
        Table table = openKvTable("never_null", schema);
        assertThrows(RuntimeException.class, () -> table.newLookup().enableInsertIfNotExists().createLookuper());
    }

    /** Java servers look for the partition keys in the key, where they are not. */
    @Test
    @NeedsMillrace
    void aLookupInsertsIntoAPartition() throws Exception {
        Schema schema = Schema.newBuilder()
                .column("id", DataTypes.INT())
                .column("region", DataTypes.STRING())
                .column("v", DataTypes.STRING())
                .primaryKey("region", "id")
                .build();
        TablePath path = createTable("inserted_by_region", oneBucket(schema).partitionedBy("region").build());
        createPartition(path, new PartitionSpec(Map.of("region", "eu")));
        Table table = connection.getTable(path);
        assertEquals(List.of(plain(1, "eu", null)), insertingLookup(table, row("eu", 1)));
        upsert(table, row(1, "eu", "known"));
        assertEquals(Arrays.asList(plain(1, "eu", "known"), null), lookup(table, row("eu", 1), row("eu", 2)));
    }

    /** What is inserted is a part of a row, which these engines do not take. */
    @ParameterizedTest
    @ValueSource(strings = {"first_row", "versioned"})
    void enginesThatTakeWholeRowsOnlyInsertNothing(String engine) throws Exception {
        Table table = openKvTable("whole_rows_" + engine, PEOPLE, options -> options
                .property("table.merge-engine", engine)
                .property("table.merge-engine.versioned.ver-column", "score"));
        assertThrows(ExecutionException.class, () -> insertingLookup(table, row(1)));
        upsert(table, row(2, "b", 2L));
        assertEquals(Arrays.asList(null, plain(2, "b", 2L)), lookup(table, row(1), row(2)));
        assertChangelog(table, change(0, "+I", 2, "b", 2L));
    }
}
