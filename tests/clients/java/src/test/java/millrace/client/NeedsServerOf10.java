package millrace.client;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;

/** Tests what releases before 1.0 do not do. MILLRACE_SERVER=java says that the server is such a one. */
@Retention(RetentionPolicy.RUNTIME)
@DisabledIfEnvironmentVariable(named = "MILLRACE_SERVER", matches = "java", disabledReason = "a server before 1.0")
@interface NeedsServerOf10 {}
