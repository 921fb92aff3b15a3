import { defineConfig } from "prisma/config";

// No URL: the client is given its connection by the adapter, and `prisma migrate` is not used here.
export default defineConfig({ schema: "schema.prisma" });
