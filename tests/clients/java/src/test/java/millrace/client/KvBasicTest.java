package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.client.table.writer.UpsertWriter;
import org.apache.fluss.metadata.KvFormat;
import org.apache.fluss.metadata.TableInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Upsert, delete and lookup, and the changelog that comes of them. */
class KvBasicTest extends KvTest {
    private Table open(String name, KvFormat format) throws Exception {
        return openKvTable(name + "_" + format.name().toLowerCase(), PEOPLE, table -> table.kvFormat(format));
    }

    private Table openWithWalImage(String name, KvFormat format) throws Exception {
        return openKvTable(name + "_" + format.name().toLowerCase(), PEOPLE,
                table -> table.kvFormat(format).property("table.changelog.image", "WAL"));
    }

    @ParameterizedTest
    @EnumSource
    void rowsAreLookedUp(KvFormat format) throws Exception {
        Table table = open("looked_up", format);
        upsert(table, row(1, "ann", 10L), row(2, "joe", null), row(3, null, -1L));
        upsert(table, row(1, "ann", 11L));
        delete(table, row(3, null, null));
        assertEquals(
                Arrays.asList(plain(1, "ann", 11L), plain(2, "joe", null), null, null),
                lookup(table, row(1), row(2), row(3), row(4)));
    }

    @ParameterizedTest
    @EnumSource
    void changelog(KvFormat format) throws Exception {
        Table table = open("changes", format);
        upsert(table, row(1, "ann", 10L), row(2, "joe", null));
        upsert(table, row(1, "ann", 11L));
        delete(table, row(2, null, null));
        upsert(table, row(2, "joe", 5L));
        assertChangelog(table,
                change(0, "+I", 1, "ann", 10L), change(1, "+I", 2, "joe", null),
                change(2, "-U", 1, "ann", 10L), change(3, "+U", 1, "ann", 11L),
                change(4, "-D", 2, "joe", null),
                change(5, "+I", 2, "joe", 5L));
    }

    @ParameterizedTest
    @EnumSource
    void changelogOfTheWalImage(KvFormat format) throws Exception {
        Table table = openWithWalImage("wal", format);
        upsert(table, row(1, "ann", 10L), row(2, "joe", 20L));
        upsert(table, row(1, "ann", 11L));
        delete(table, row(2, null, null));
        assertChangelog(table,
                change(0, "+U", 1, "ann", 10L), change(1, "+U", 2, "joe", 20L),
                change(2, "+U", 1, "ann", 11L),
                change(3, "-D", 2, "joe", 20L));
        assertEquals(Arrays.asList(plain(1, "ann", 11L), null), lookup(table, row(1), row(2)));
    }

    @ParameterizedTest
    @EnumSource
    void projectedChangelog(KvFormat format) throws Exception {
        Table table = open("projected", format);
        upsert(table, row(1, "ann", 10L));
        upsert(table, row(1, "bea", 11L));
        delete(table, row(1, null, null));
        assertEquals(
                List.of(
                        change(0, "+I", 10L, 1), change(1, "-U", 10L, 1), change(2, "+U", 11L, 1),
                        change(3, "-D", 11L, 1)),
                projectedChangelog(table, 4, 2, 0));
        assertEquals(
                List.of(change(0, "+I", "ann"), change(1, "-U", "ann"), change(2, "+U", "bea"), change(3, "-D", "bea")),
                projectedChangelog(table, 4, 1));
    }

    @Test
    void changesOfOneKeyInOneBatch() throws Exception {
        Table table = openKvTable("one_key", PEOPLE);
        UpsertWriter writer = table.newUpsert().createWriter();
        writer.upsert(row(1, "first", 1L));
        writer.upsert(row(1, "second", 2L));
        writer.delete(row(1, null, null));
        writer.upsert(row(1, "third", 3L));
        writer.flush();
        assertChangelog(table,
                change(0, "+I", 1, "first", 1L),
                change(1, "-U", 1, "first", 1L), change(2, "+U", 1, "second", 2L),
                change(3, "-D", 1, "second", 2L),
                change(4, "+I", 1, "third", 3L));
        assertEquals(List.of(plain(1, "third", 3L)), lookup(table, row(1)));
    }

    /** The batch without a change takes an offset, which no record has. */
    @Test
    void deletingWhatIsNotThere() throws Exception {
        Table table = openKvTable("not_there", PEOPLE);
        delete(table, row(7, null, null));
        assertEquals(1, endOffset(table, 0));
        upsert(table, row(1, "ann", 1L));
        delete(table, row(7, null, null), row(8, null, null));
        upsert(table, row(2, "joe", 2L));
        assertChangelog(table, change(1, "+I", 1, "ann", 1L), change(3, "+I", 2, "joe", 2L));
    }

    @ParameterizedTest
    @EnumSource
    void limitScan(KvFormat format) throws Exception {
        Table table = open("limited", format);
        assertEquals(List.of(), scan(table.newScan().limit(5), bucket(table, 0), PEOPLE.getRowType()));
        upsert(table, row(3, "c", 3L), row(1, "a", 1L), row(2, null, null), row(4, "d", 4L));
        delete(table, row(4, null, null));
        List<List<Object>> rows = List.of(plain(1, "a", 1L), plain(2, null, null), plain(3, "c", 3L));
        assertEquals(rows, scan(table.newScan().limit(100), bucket(table, 0), PEOPLE.getRowType()));
        assertEquals(rows.subList(0, 2), scan(table.newScan().limit(2), bucket(table, 0), PEOPLE.getRowType()));
        int[] columns = {1, 0};
        assertEquals(List.of(plain("a", 1)),
                scan(table.newScan().project(columns).limit(1), bucket(table, 0),
                        PEOPLE.getRowType().project(columns)));
    }

    @Test
    void theWriterLearnsTheBucketAndItsEnd() throws Exception {
        Table table = openKvTable("results", PEOPLE);
        UpsertWriter writer = table.newUpsert().createWriter();
        var upserted = writer.upsert(row(1, "a", 1L));
        writer.flush();
        assertEquals(bucket(table, 0), await(upserted).getBucket());
        assertEquals(1, await(upserted).getLogEndOffset());
        var updated = writer.upsert(row(1, "b", 2L));
        writer.flush();
        assertEquals(3, await(updated).getLogEndOffset());
        var deleted = writer.delete(row(1, null, null));
        writer.flush();
        assertEquals(bucket(table, 0), await(deleted).getBucket());
        assertEquals(4, await(deleted).getLogEndOffset());
    }

    @Test
    void factsOfATable() throws Exception {
        Table table = openKvTable("facts", PEOPLE);
        TableInfo info = await(admin.getTableInfo(path("facts")));
        assertEquals(List.of("id"), info.getPrimaryKeys());
        assertEquals(List.of("id"), info.getPhysicalPrimaryKeys());
        assertEquals(List.of("id"), info.getBucketKeys());
        assertEquals("2", info.getProperties().toMap().get("table.kv.format-version"));
        assertEquals(PEOPLE, info.getSchema());
        assertEquals(info, table.getTableInfo());
    }
}
