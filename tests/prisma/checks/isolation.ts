// Row-level security holds for Prisma as for everybody.
import assert from "node:assert/strict";
import { Prisma } from "@prisma/client";
import { app, check, given, here, owner, refused, sqlstate, there } from "./harness.ts";
import { applicationClient, forTenant, inTenant } from "./tenant.ts";

const mine = forTenant(app, here);
const theirs = forTenant(app, there);
const scoped = Prisma.dmmf.datamodel.models
  .filter(({ fields }) => fields.some(({ name }) => /^(workspace|organization)Id$/.test(name)))
  .map(({ name }) => name[0]!.toLowerCase() + name.slice(1));

const counts = async (client: any) => {
  const found: Record<string, number> = {};
  for (const name of scoped) found[name] = await client[name].count();
  return found;
};
const total = (found: Record<string, number>) => Object.values(found).reduce((a, b) => a + b, 0);

check("without a tenant there is nothing to see", async () => {
  assert.ok(total(await counts(owner)) > 50, "there are rows");
  assert.equal(total(await counts(app)), 0);
});

check("a tenant sees its own rows and not the other's", async () => {
  await theirs.agent.create({
    data: { workspaceId: there.workspaceId, name: "Theirs", slug: "theirs", kind: "COPILOT" },
  });
  const own = await inTenant(app, here, counts);
  const other = await inTenant(app, there, counts);
  const all = await counts(owner);
  assert.ok(own.agent! > 1);
  assert.equal(other.agent, 1);
  for (const name of scoped) assert.equal(own[name]! + other[name]!, all[name], name);
  const asked = await mine.agent.findMany({ where: { workspaceId: there.workspaceId } });
  assert.deepEqual(asked, []);
  assert.equal(await mine.agent.count({ where: { slug: "theirs" } }), 0);
});

check("a tenant writes nothing of another's", async () => {
  const { workspaceId } = there;
  const stolen = await theirs.agent.findFirstOrThrow({ where: { slug: "theirs" } });
  const where = { workspaceId_id: { workspaceId, id: stolen.id } };
  await refused("P2025", mine.agent.update({ where, data: { name: "Mine" } }));
  await refused("P2025", mine.agent.delete({ where }));
  assert.deepEqual(await mine.agent.updateMany({ where: { workspaceId }, data: { name: "M" } }), {
    count: 0,
  });
  assert.deepEqual(await mine.agent.deleteMany({ where: { id: stolen.id } }), { count: 0 });
  const data = { workspaceId, name: "In", slug: "in", kind: "COPILOT" as const };
  assert.equal(await sqlstate(mine.agent.create({ data })), "42501");
  assert.equal(await sqlstate(mine.agent.createMany({ data: [data] })), "42501");
  assert.equal((await owner.agent.findUniqueOrThrow({ where })).name, "Theirs");
});

check("no row refers into another tenant", async () => {
  const { workspaceId } = here;
  const stolen = await theirs.agent.findFirstOrThrow({ where: { slug: "theirs" } });
  const data = { workspaceId, agentId: stolen.id, input: {} };
  await refused("P2003", mine.agentRun.create({ data }));
});

check("the setting ends with its transaction", async () => {
  await mine.agent.findFirst();
  await inTenant(app, here, (tx) => tx.agent.findFirst());
  await assert.rejects(
    inTenant(app, here, async () => {
      throw new Error("undone");
    }),
  );
  const [left] = await app.$queryRaw<{ workspace: string | null }[]>`
    SELECT neonhub.current_workspace() AS workspace`;
  assert.equal(left!.workspace, null);
  assert.equal(await app.agent.count(), 0);
});

check("two tenants at once on one pool do not mix", async () => {
  const pool = applicationClient({ connectionString: given.urls.app, max: 4 });
  const each = [forTenant(pool, there), forTenant(pool, here)] as const;
  const seen = await Promise.all(
    Array.from({ length: 40 }, (_, n) => each[n % 2]!.agent.findMany()),
  );
  await pool.$disconnect();
  for (const [n, agents] of seen.entries()) {
    const wanted = (n % 2 ? here : there).workspaceId;
    assert.ok(agents.length > 0 && agents.every((each) => each.workspaceId === wanted));
  }
});

check("a list of calls in one transaction is refused, since it has no tenant", async () => {
  assert.throws(() => mine.$transaction([mine.agent.count()] as any), /takes a function/);
});
