// Auth.js on NeonHub's users, accounts, sessions and verification tokens. Copy this file.
import { PrismaAdapter } from "@auth/prisma-adapter";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import type { Adapter } from "@auth/core/adapters";

/**
 * The adapter for Auth.js. `url` signs in as the role `neonhub_auth`, which reaches those four
 * tables and nothing else; give this client to nobody but Auth.js.
 *
 * A provider's tokens are dropped: signing in needs none of them, and those columns hold values
 * that the platform has encrypted for their row. Whoever acts for a user at a provider keeps the
 * tokens in `credentials`, through the platform.
 */
export function authAdapter(url: string): { adapter: Adapter; prisma: PrismaClient } {
  const prisma = new PrismaClient({ adapter: new PrismaPg(url) });
  const adapter = PrismaAdapter(prisma);
  const linkAccount: Adapter["linkAccount"] = (account) => {
    const { access_token, refresh_token, id_token, ...kept } = account;
    return adapter.linkAccount!(kept as typeof account);
  };
  return { adapter: { ...adapter, linkAccount }, prisma };
}
