// The tenant of a unit of work, for Prisma. Copy this file into your application.
//
// Row-level security shows nothing until a tenant is set, and the setting must belong to one
// transaction: connections are shared, by your pool and by any pooler before the database.
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient, type Prisma } from "@prisma/client";

/**
 * Whose rows may be seen. A workspace's rows want `workspaceId`; members, keys and bills want
 * `organizationId`; a user's own settings and credentials want `userId`.
 */
export interface Tenant {
  workspaceId?: string;
  organizationId?: string;
  userId?: string;
}

/** A client that signs in as the role `neonhub_app`. `pool` is its URL, or node-postgres' options. */
export function applicationClient(pool: ConstructorParameters<typeof PrismaPg>[0]) {
  return new PrismaClient({
    adapter: new PrismaPg(pool),
    // Columns of users that this role may not read: asked for by name, they are refused.
    omit: {
      user: { emailVerified: true, stripeCustomerId: true, isBetaUser: true, updatedAt: true },
    },
  });
}

export type Application = ReturnType<typeof applicationClient>;
export type Transaction = Parameters<Parameters<Application["$transaction"]>[0]>[0];
type Options = { maxWait?: number; timeout?: number };

/**
 * Run `work` in one transaction that sees the rows of `tenant` and no others.
 *
 * It commits when `work` resolves, and undoes everything when it throws.
 */
export function inTenant<T>(
  prisma: Application,
  tenant: Tenant,
  work: (tx: Transaction) => Promise<T>,
  options?: Options,
): Promise<T> {
  return prisma.$transaction(async (tx) => {
    await settings(tx, tenant);
    return work(tx);
  }, options);
}

/**
 * A client each of whose calls is a transaction of its own in `tenant`: for single reads and writes.
 *
 * That is four round trips a call. Several calls together are cheaper, and all or nothing, in
 * `$transaction(async (tx) => …)`, which keeps the tenant. The form `$transaction([…])` would
 * lose it and is refused.
 */
export function forTenant(prisma: Application, tenant: Tenant) {
  return prisma.$extends({
    name: "tenant",
    query: {
      async $allOperations({ args, query }) {
        const call = query(args) as Prisma.PrismaPromise<unknown>;
        const [, result] = await prisma.$transaction([settings(prisma, tenant), call]);
        return result;
      },
    },
    client: {
      $transaction<T>(work: (tx: Transaction) => Promise<T>, options?: Options): Promise<T> {
        if (typeof work !== "function") {
          throw new TypeError("forTenant: $transaction takes a function, not a list of calls");
        }
        return inTenant(prisma, tenant, work, options);
      },
    },
  });
}

function settings(prisma: Pick<Transaction, "$executeRaw">, tenant: Tenant) {
  return prisma.$executeRaw`SELECT
    set_config('neonhub.workspace_id', ${tenant.workspaceId ?? ""}, true),
    set_config('neonhub.organization_id', ${tenant.organizationId ?? ""}, true),
    set_config('neonhub.user_id', ${tenant.userId ?? ""}, true)`;
}
