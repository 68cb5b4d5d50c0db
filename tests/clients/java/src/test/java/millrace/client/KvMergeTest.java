package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.exception.DeletionDisabledException;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.row.GenericRow;
import org.apache.fluss.row.TimestampLtz;
import org.apache.fluss.row.TimestampNtz;
import org.apache.fluss.rpc.protocol.MergeMode;
import org.apache.fluss.types.DataType;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a row that is written again: partial updates, merge engines, and the behaviours of deletes. */
class KvMergeTest extends KvTest {
    private static final Schema WIDE = Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("a", DataTypes.STRING())
            .column("b", DataTypes.BIGINT())
            .column("c", DataTypes.DOUBLE())
            .primaryKey("id")
            .build();

    private Table openWith(String name, Schema schema, String... properties) throws Exception {
        return openKvTable(name, schema, table -> {
            for (int i = 0; i < properties.length; i += 2) {
                table.property(properties[i], properties[i + 1]);
            }
            return table;
        });
    }

    // --- partial updates ---

    @ParameterizedTest
    @EnumSource
    void twoWritersOfDifferentColumns(KvFormat format) throws Exception {
        TablePath path = createTable("two_writers_" + format.name().toLowerCase(),
                oneBucket(WIDE).kvFormat(format).build());
        try (Table one = connection.getTable(path); Table two = Other.connection.getTable(path)) {
            upsert(one.newUpsert().partialUpdate("id", "a"), row(1, "one", null, null));
            upsert(two.newUpsert().partialUpdate(new int[] {0, 2, 3}), row(1, null, 10L, 0.5));
            upsert(one.newUpsert().partialUpdate("a", "id"), row(1, "uno", null, null));
            upsert(two.newUpsert().partialUpdate("id", "b", "c"), row(1, null, null, 1.5));
            assertEquals(List.of(plain(1, "uno", null, 1.5)), lookup(one, row(1)));
            assertChangelog(two,
                    change(0, "+I", 1, "one", null, null),
                    change(1, "-U", 1, "one", null, null), change(2, "+U", 1, "one", 10L, 0.5),
                    change(3, "-U", 1, "one", 10L, 0.5), change(4, "+U", 1, "uno", 10L, 0.5),
                    change(5, "-U", 1, "uno", 10L, 0.5), change(6, "+U", 1, "uno", null, 1.5));
        }
    }

    /** It clears its columns, and the row goes with the last of them. */
    @Test
    void partialDeletes() throws Exception {
        Table table = openKvTable("partial_deletes", WIDE);
        upsert(table, row(1, "one", 1L, null));
        delete(table.newUpsert().partialUpdate("id", "a"), row(1, null, null, null));
        assertEquals(List.of(plain(1, null, 1L, null)), lookup(table, row(1)));
        delete(table.newUpsert().partialUpdate("id", "b", "c"), row(1, null, null, null));
        assertEquals(Arrays.asList((Object) null), lookup(table, row(1)));
        assertChangelog(table,
                change(0, "+I", 1, "one", 1L, null),
                change(1, "-U", 1, "one", 1L, null), change(2, "+U", 1, null, 1L, null),
                change(3, "-D", 1, null, 1L, null));
    }

    @Test
    void targetsThatTheClientRefuses() throws Exception {
        Table table = openKvTable("refused_targets", WIDE);
        assertThrows(RuntimeException.class, () -> table.newUpsert().partialUpdate("a", "b").createWriter());
        assertThrows(RuntimeException.class, () -> table.newUpsert().partialUpdate("id", "missing").createWriter());
        assertThrows(RuntimeException.class, () -> table.newUpsert().partialUpdate(new int[] {0, 4}).createWriter());
    }

    // --- merge engines ---

    @Test
    void firstRow() throws Exception {
        Table table = openWith("first_row", PEOPLE, "table.merge-engine", "first_row");
        assertEquals("ignore",
                table.getTableInfo().getProperties().toMap().get("table.delete.behavior").toLowerCase());
        upsert(table, row(1, "first", 1L));
        upsert(table, row(1, "second", 2L), row(2, "other", 3L), row(2, "late", 4L));
        delete(table, row(1, null, null));
        upsert(table, row(1, "third", 5L), row(3, "new", 6L));
        assertEquals(
                List.of(plain(1, "first", 1L), plain(2, "other", 3L), plain(3, "new", 6L)),
                lookup(table, row(1), row(2), row(3)));
        assertChangelog(table,
                change(0, "+I", 1, "first", 1L), change(1, "+I", 2, "other", 3L), change(3, "+I", 3, "new", 6L));
    }

    @Test
    void firstRowInTheWalImage() throws Exception {
        Table table = openWith("first_row_wal", PEOPLE, "table.merge-engine", "first_row",
                "table.changelog.image", "WAL");
        upsert(table, row(1, "first", 1L), row(1, "second", 2L));
        assertChangelog(table, change(0, "+I", 1, "first", 1L));
    }

    static List<Arguments> versions() {
        return List.of(
                Arguments.of(DataTypes.INT(), -5, 3),
                Arguments.of(DataTypes.BIGINT(), -1L, 1L << 40),
                Arguments.of(DataTypes.TIMESTAMP(3), TimestampNtz.fromMillis(-1), TimestampNtz.fromMillis(1)),
                Arguments.of(DataTypes.TIMESTAMP(9), TimestampNtz.fromMillis(1, 1), TimestampNtz.fromMillis(1, 2)),
                Arguments.of(DataTypes.TIMESTAMP_LTZ(6), TimestampLtz.fromEpochMillis(1, 1000),
                        TimestampLtz.fromEpochMillis(1, 2000)));
    }

    /** Lower versions are left out, equal ones replace, and null is the lowest of all. */
    @ParameterizedTest
    @MethodSource("versions")
    void versioned(DataType type, Object early, Object late) throws Exception {
        Schema schema = Schema.newBuilder()
                .column("id", DataTypes.INT())
                .column("name", DataTypes.STRING())
                .column("version", type)
                .primaryKey("id")
                .build();
        Table table = openWith(uniqueName("versioned"), schema, "table.merge-engine", "versioned",
                "table.merge-engine.versioned.ver-column", "version");
        upsert(table, row(1, "unknown", null));
        upsert(table, row(1, "late", late));
        upsert(table, row(1, "early", early), row(1, "never", null));
        upsert(table, row(1, "late again", late));
        delete(table, row(1, null, null));
        assertEquals(List.of(plain(1, "late again", late)), lookup(table, row(1)));
        assertEquals(
                List.of(
                        change(0, "+I", 1, "unknown", null),
                        change(1, "-U", 1, "unknown", null), change(2, "+U", 1, "late", late),
                        change(4, "-U", 1, "late", late), change(5, "+U", 1, "late again", late)),
                changelog(table, 5));
        assertEquals(7, endOffset(table, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"first_row", "versioned"})
    void enginesThatUpdateNoPartOfARow(String engine) throws Exception {
        Table table = openWith("no_parts_" + engine, PEOPLE, "table.merge-engine", engine,
                "table.merge-engine.versioned.ver-column", "score");
        assertThrows(Exception.class,
                () -> upsert(table.newUpsert().partialUpdate("id", "name"), row(1, "one", null)));
        upsert(table, row(1, "whole", 1L));
        assertEquals(List.of(plain(1, "whole", 1L)), lookup(table, row(1)));
    }

    // --- overwriting ---

    @Test
    void overwritingIgnoresTheMergeEngine() throws Exception {
        Table table = openWith("overwritten", PEOPLE, "table.merge-engine", "versioned",
                "table.merge-engine.versioned.ver-column", "score");
        upsert(table, row(1, "nine", 9L));
        upsert(table.newUpsert().mergeMode(MergeMode.OVERWRITE), row(1, "two", 2L));
        upsert(table, row(1, "one", 1L));
        upsert(table.newUpsert().mergeMode(MergeMode.DEFAULT), row(1, "three", 3L));
        delete(table.newUpsert().mergeMode(MergeMode.OVERWRITE), row(1, null, null));
        assertChangelog(table,
                change(0, "+I", 1, "nine", 9L),
                change(1, "-U", 1, "nine", 9L), change(2, "+U", 1, "two", 2L),
                change(4, "-U", 1, "two", 2L), change(5, "+U", 1, "three", 3L),
                change(6, "-D", 1, "three", 3L));
    }

    // --- deletes ---

    @Test
    void ignoredDeletes() throws Exception {
        Table table = openWith("ignored_deletes", PEOPLE, "table.delete.behavior", "ignore");
        upsert(table, row(1, "one", 1L));
        delete(table, row(1, null, null), row(2, null, null));
        upsert(table, row(1, "two", 2L));
        assertChangelog(table,
                change(0, "+I", 1, "one", 1L), change(2, "-U", 1, "one", 1L), change(3, "+U", 1, "two", 2L));
    }

    @Test
    void disabledDeletes() throws Exception {
        Table table = openWith("disabled_deletes", PEOPLE, "table.delete.behavior", "disable");
        upsert(table, row(1, "one", 1L));
        var writer = table.newUpsert().createWriter();
        var deleted = writer.delete(row(1, null, null));
        assertFails(DeletionDisabledException.class, deleted);
        var missing = table.newUpsert().createWriter().delete(row(2, null, null));
        assertFails(DeletionDisabledException.class, missing);
        upsert(table, row(1, "two", 2L));
        assertChangelog(table,
                change(0, "+I", 1, "one", 1L), change(1, "-U", 1, "one", 1L), change(2, "+U", 1, "two", 2L));
    }

    // --- the number of rows ---

    @Test
    void rowsAreCounted() throws Exception {
        Table table = openKvTable("counted", PEOPLE, options -> options.distributedBy(3));
        TablePath path = table.getTableInfo().getTablePath();
        assertEquals(0, await(admin.getTableStats(path)).getRowCount());
        List<GenericRow> rows = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            rows.add(row(i, "name", (long) i));
        }
        upsert(table, rows.toArray(GenericRow[]::new));
        upsert(table, row(7, "again", 7L));
        assertEquals(100, await(admin.getTableStats(path)).getRowCount());
        delete(table, row(7, null, null), row(8, null, null), row(700, null, null));
        assertEquals(98, await(admin.getTableStats(path)).getRowCount());
    }
}
