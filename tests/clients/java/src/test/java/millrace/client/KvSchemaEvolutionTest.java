package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableChange;
import org.apache.fluss.metadata.TableChange.ColumnPosition;
import org.apache.fluss.metadata.TablePath;
import org.apache.fluss.types.DataType;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Columns are added while rows of the old schema lie in the table, and clients of the old schema are at work. */
class KvSchemaEvolutionTest extends KvTest {
    private void addColumn(TablePath path, String name, DataType type) throws Exception {
        await(admin.alterTable(path, List.of(TableChange.addColumn(name, type, null, ColumnPosition.last())), false));
    }

    @ParameterizedTest
    @EnumSource
    void oldAndNewWritersAndReaders(KvFormat format) throws Exception {
        TablePath path = createTable("kv_" + format.name().toLowerCase(), oneBucket(PEOPLE).kvFormat(format).build());
        try (Table old = Other.connection.getTable(path)) {
            upsert(old, row(1, "old", 1L), row(2, "old", 2L), row(3, "old", 3L));
            addColumn(path, "extra", DataTypes.STRING());
            Table grown = connection.getTable(path);
            assertEquals(4, grown.getTableInfo().getRowType().getFieldCount());
            upsert(grown, row(2, "new", 20L, "x"), row(4, "new", 40L, null));
            upsert(old, row(3, "old again", 30L), row(4, "old again", 41L));
            delete(old, row(1, null, null));

            assertEquals(
                    List.of(plain(2, "new", 20L, "x"), plain(3, "old again", 30L, null), plain(4, "old again", 41L, null)),
                    lookup(grown, row(2), row(3), row(4)));
            assertEquals(List.of(plain(2, "new", 20L), plain(3, "old again", 30L)), lookup(old, row(2), row(3)));
            assertEquals(
                    List.of(plain(2, "new", 20L, "x"), plain(3, "old again", 30L, null)),
                    scan(grown.newScan().limit(2), bucket(grown, 0), grown.getTableInfo().getRowType()));
            assertEquals(
                    List.of(plain(2, "new", 20L), plain(3, "old again", 30L)),
                    scan(old.newScan().limit(2), bucket(old, 0), PEOPLE.getRowType()));
            assertChangelog(grown,
                    change(0, "+I", 1, "old", 1L, null), change(1, "+I", 2, "old", 2L, null),
                    change(2, "+I", 3, "old", 3L, null),
                    change(3, "-U", 2, "old", 2L, null), change(4, "+U", 2, "new", 20L, "x"),
                    change(5, "+I", 4, "new", 40L, null),
                    change(6, "-U", 3, "old", 3L, null), change(7, "+U", 3, "old again", 30L, null),
                    change(8, "-U", 4, "new", 40L, null), change(9, "+U", 4, "old again", 41L, null),
                    change(10, "-D", 1, "old", 1L, null));
            assertEquals(change(4, "+U", 2, "new", 20L), changelog(old, 11).get(4));
        }
    }

    @ParameterizedTest
    @EnumSource
    void severalColumnsOneAfterTheOther(KvFormat format) throws Exception {
        TablePath path = createTable("several_" + format.name().toLowerCase(),
                oneBucket(PEOPLE).kvFormat(format).build());
        upsert(connection.getTable(path), row(1, "one", 1L));
        addColumn(path, "d", DataTypes.DOUBLE());
        upsert(connection.getTable(path), row(2, "two", 2L, 2.5));
        addColumn(path, "e", DataTypes.ARRAY(DataTypes.STRING()));
        addColumn(path, "f", DataTypes.ROW(DataTypes.FIELD("x", DataTypes.INT())));
        Table grown = connection.getTable(path);
        upsert(grown, row(3, "three", 3L, 3.5, null, row(3)));
        assertEquals(
                List.of(
                        plain(1, "one", 1L, null, null, null), plain(2, "two", 2L, 2.5, null, null),
                        plain(3, "three", 3L, 3.5, null, List.of(3))),
                lookup(grown, row(1), row(2), row(3)));
        upsert(grown, row(1, "uno", 1L, 1.5, null, null));
        assertEquals(
                List.of(
                        change(0, "+I", 1, "one", 1L, null, null, null),
                        change(1, "+I", 2, "two", 2L, 2.5, null, null),
                        change(2, "+I", 3, "three", 3L, 3.5, null, List.of(3)),
                        change(3, "-U", 1, "one", 1L, null, null, null),
                        change(4, "+U", 1, "uno", 1L, 1.5, null, null)),
                changelog(grown, 5));
    }

    @ParameterizedTest
    @EnumSource
    void partsOfOldAndNewRows(KvFormat format) throws Exception {
        TablePath path = createTable("parts_" + format.name().toLowerCase(),
                oneBucket(PEOPLE).kvFormat(format).build());
        try (Table old = Other.connection.getTable(path)) {
            upsert(old, row(1, "old", 1L));
            addColumn(path, "extra", DataTypes.STRING());
            Table grown = connection.getTable(path);
            upsert(grown.newUpsert().partialUpdate("id", "extra"), row(1, null, null, "x"));
            upsert(old.newUpsert().partialUpdate("id", "name"), row(1, "changed", null));
            delete(grown.newUpsert().partialUpdate("id", "score"), row(1, null, null, null));
            assertEquals(List.of(plain(1, "changed", null, "x")), lookup(grown, row(1)));
            assertChangelog(grown,
                    change(0, "+I", 1, "old", 1L, null),
                    change(1, "-U", 1, "old", 1L, null), change(2, "+U", 1, "old", 1L, "x"),
                    change(3, "-U", 1, "old", 1L, "x"), change(4, "+U", 1, "changed", 1L, "x"),
                    change(5, "-U", 1, "changed", 1L, "x"), change(6, "+U", 1, "changed", null, "x"));
        }
    }

    @Test
    void theFirstRowStaysAsItWasWritten() throws Exception {
        TablePath path = createTable("first",
                oneBucket(PEOPLE).property("table.merge-engine", "first_row").build());
        upsert(connection.getTable(path), row(1, "old", 1L));
        addColumn(path, "extra", DataTypes.STRING());
        Table grown = connection.getTable(path);
        upsert(grown, row(1, "new", 2L, "x"), row(2, "new", 2L, "x"));
        assertEquals(List.of(plain(1, "old", 1L, null), plain(2, "new", 2L, "x")), lookup(grown, row(1), row(2)));
        assertChangelog(grown, change(0, "+I", 1, "old", 1L, null), change(1, "+I", 2, "new", 2L, "x"));
    }

    @Test
    void prefixesFindRowsOfBothSchemas() throws Exception {
        Schema schema = Schema.newBuilder()
                .column("a", DataTypes.INT())
                .column("b", DataTypes.INT())
                .primaryKey("a", "b")
                .build();
        TablePath path = createTable("prefixes",
                oneBucket(schema).distributedBy(1, "a").build());
        upsert(connection.getTable(path), row(1, 1), row(2, 2));
        addColumn(path, "c", DataTypes.INT());
        Table grown = connection.getTable(path);
        upsert(grown, row(1, 2, 3));
        assertEquals(List.of(plain(1, 1, null), plain(1, 2, 3)), prefixLookup(grown, List.of("a"), 1));
    }
}
