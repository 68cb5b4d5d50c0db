package millrace.client;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;

/** Tests what no Java server does. MILLRACE_SERVER=java says that the server is such a one. */
@Retention(RetentionPolicy.RUNTIME)
@DisabledIfEnvironmentVariable(named = "MILLRACE_SERVER", matches = "java", disabledReason = "Java servers can not")
@interface NeedsMillrace {}
