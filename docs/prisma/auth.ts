// Auth.js on NeonHub's users, accounts, sessions and verification tokens. Copy this file.
import { PrismaAdapter } from "@auth/prisma-adapter";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import type { Adapter } from "@auth/core/adapters";
import type { Sealer } from "./seal.ts";

/**
 * The adapter for Auth.js. `url` signs in as the role `neonhub_auth`, which reaches those four
 * tables and nothing else; give this client to nobody but Auth.js.
 *
 * A provider's tokens are never kept in plain text: without a `sealer` they are dropped, since
 * signing in needs none of them; with one they are kept, sealed for their row.
 */
export function authAdapter(url: string, sealer?: Sealer) {
  const prisma = new PrismaClient({ adapter: new PrismaPg(url) });
  const adapter = PrismaAdapter(prisma);
  const linkAccount: Adapter["linkAccount"] = async (account) => {
    const { access_token, refresh_token, id_token, ...kept } = account;
    const row = await prisma.account.create({ data: kept as Required<typeof kept> });
    if (!sealer) return;
    const sealed: Record<string, string> = {};
    for (const [column, token] of Object.entries({ access_token, refresh_token, id_token })) {
      if (token) sealed[column] = sealer.seal(token, { table: "accounts", column, rowId: row.id });
    }
    await prisma.account.update({ where: { id: row.id }, data: sealed });
  };
  return { adapter: { ...adapter, linkAccount } satisfies Adapter, prisma };
}
