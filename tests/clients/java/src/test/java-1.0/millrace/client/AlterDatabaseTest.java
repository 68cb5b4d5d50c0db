package millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.fluss.exception.DatabaseNotExistException;
import org.apache.fluss.metadata.DatabaseChange;
import org.apache.fluss.metadata.DatabaseDescriptor;
import org.apache.fluss.metadata.DatabaseInfo;
import org.junit.jupiter.api.Test;

@NeedsServerOf10
class AlterDatabaseTest extends ClientTest {
    private String createDescribed() throws Exception {
        String name = uniqueName("altered");
        await(admin.createDatabase(name, DatabaseDescriptor.builder()
                .comment("first")
                .customProperty("owner", "sales")
                .customProperty("team", "red")
                .build(), false));
        return name;
    }

    @Test
    void propertiesAndCommentChange() throws Exception {
        String name = createDescribed();
        await(admin.alterDatabase(name, List.of(
                DatabaseChange.set("team", "blue"),
                DatabaseChange.set("cost", "7"),
                DatabaseChange.reset("owner"),
                DatabaseChange.updateComment("second")), false));

        DatabaseInfo info = await(admin.getDatabaseInfo(name));
        assertEquals(Map.of("team", "blue", "cost", "7"), info.getDatabaseDescriptor().getCustomProperties());
        assertEquals(Optional.of("second"), info.getDatabaseDescriptor().getComment());
        assertTrue(info.getModifiedTime() >= info.getCreatedTime());
        await(admin.dropDatabase(name, false, false));
    }

    @Test
    void whatIsNotNamedStays() throws Exception {
        String name = createDescribed();
        await(admin.alterDatabase(name, List.of(DatabaseChange.set("team", "blue")), false));
        DatabaseDescriptor descriptor = await(admin.getDatabaseInfo(name)).getDatabaseDescriptor();
        assertEquals(Map.of("owner", "sales", "team", "blue"), descriptor.getCustomProperties());
        assertEquals(Optional.of("first"), descriptor.getComment());
        await(admin.dropDatabase(name, false, false));
    }

    @Test
    void aMissingDatabaseIsNamedAsTheReasonUnlessIgnored() throws Exception {
        String missing = uniqueName("missing");
        List<DatabaseChange> changes = List.of(DatabaseChange.set("a", "b"));
        assertFails(DatabaseNotExistException.class, admin.alterDatabase(missing, changes, false));
        await(admin.alterDatabase(missing, changes, true));
    }
}
