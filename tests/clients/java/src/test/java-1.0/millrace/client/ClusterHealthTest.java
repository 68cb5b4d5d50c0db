package millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.fluss.client.admin.ClusterHealth;
import org.apache.fluss.client.admin.ClusterHealthStatus;
import org.apache.fluss.metadata.Schema;
import org.apache.fluss.metadata.TableDescriptor;
import org.apache.fluss.types.DataTypes;
import org.junit.jupiter.api.Test;

@NeedsServerOf10
class ClusterHealthTest extends ClientTest {
    /** Other suites may create and drop tables meanwhile, so only bounds are known. */
    @Test
    void aClusterWithAllLeadersIsGreen() throws Exception {
        Schema schema = Schema.newBuilder().column("a", DataTypes.INT()).build();
        createTable("healthy", TableDescriptor.builder().schema(schema).distributedBy(4, "a").build());

        ClusterHealth health = await(admin.getClusterHealth());
        assertTrue(health.getNumReplicas() >= 4, health.toString());
        assertTrue(health.getNumLeaderReplicas() >= 4, health.toString());
        if (health.getInSyncReplicas() == health.getNumReplicas()
                && health.getActiveLeaderReplicas() == health.getNumLeaderReplicas()) {
            assertEquals(ClusterHealthStatus.GREEN, health.getStatus());
        }
    }
}
