package millrace.client;

import static millrace.client.Rows.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.fluss.client.table.Table;
import org.apache.fluss.cluster.ServerNode;
import org.apache.fluss.cluster.ServerType;
import org.apache.fluss.config.cluster.ConfigEntry;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

class ClusterTest extends ClientTest {
    @Test
    void oneCoordinatorAndAtLeastOneTabletServerAreListed() throws Exception {
        List<ServerNode> nodes = await(admin.getServerNodes());
        assertEquals(1, nodes.stream().filter(node -> node.serverType() == ServerType.COORDINATOR).count());
        assertTrue(nodes.stream().anyMatch(node -> node.serverType() == ServerType.TABLET_SERVER));
        for (ServerNode node : nodes) {
            assertFalse(node.host().isEmpty());
            assertTrue(node.port() > 0);
        }
    }

    @Test
    void configurationIsDescribedByKeyValueAndSource() throws Exception {
        Collection<ConfigEntry> entries = await(admin.describeClusterConfigs());
        Set<String> keys = entries.stream().map(ConfigEntry::key).collect(Collectors.toSet());
        assertEquals(entries.size(), keys.size(), "every key once");
        ConfigEntry listeners = entries.stream()
                .filter(entry -> entry.key().equals("bind.listeners"))
                .findFirst()
                .orElseThrow();
        assertTrue(listeners.value().contains("://"), listeners.value());
        assertEquals(ConfigEntry.ConfigSource.INITIAL_SERVER_CONFIG, listeners.source());
    }

    @Test
    void statsCountTheRowsOfATable() throws Exception {
        Schema schema = Schema.newBuilder().column("id", DataTypes.INT()).build();
        Table table = connection.getTable(createTable("counted", oneBucket(schema).build()));
        assertEquals(0, await(admin.getTableStats(table.getTableInfo().getTablePath())).getRowCount());
        append(table, row(1), row(2), row(3));
        assertEquals(3, await(admin.getTableStats(table.getTableInfo().getTablePath())).getRowCount());
    }
}
