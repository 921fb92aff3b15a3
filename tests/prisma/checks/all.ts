import { report } from "./harness.ts";

// In this order: what the first make, the later look at.
await import("./patterns.ts");
await import("./writes.ts");
await import("./models.ts");
await import("./isolation.ts");
await import("./signin.ts");
await report();
