// The five query patterns that version 3 documented, as its applications have them.
import assert from "node:assert/strict";
import { app, check, given, here, there } from "./harness.ts";
import { forTenant, inTenant } from "./tenant.ts";

const prisma = forTenant(app, here);
const { workspaceId } = here;
const vector = (at: number) => `[${Array.from({ length: 1536 }, (_, n) => (n === at ? 1 : 0))}]`;

check("a user's workspaces with the role in each", async () => {
  const userId = given.user;
  const workspaces = await prisma.workspace.findMany({
    where: { members: { some: { userId } } },
    include: { members: { where: { userId }, select: { role: true } } },
  });
  assert.deepEqual(
    workspaces.map((each) => [each.id, each.members]),
    [[workspaceId, [{ role: "member" }]]],
  );
});

check("an agent's last runs with their tool executions", async () => {
  const tool = await prisma.tool.create({ data: { workspaceId, name: "Search", slug: "search" } });
  const agent = await prisma.agent.create({
    data: {
      workspaceId,
      name: "Writer",
      slug: "writer",
      kind: "COPILOT",
      runs: {
        create: Array.from({ length: 23 }, (_, day) => ({
          input: { day },
          status: day === 22 ? "running" : "completed",
          startedAt: new Date(Date.UTC(2026, 0, day + 1)),
          toolExecutions: {
            create: [
              { toolId: tool.id, toolName: "search", input: { day, call: 1 } },
              { toolId: tool.id, toolName: "search", status: "failed" as const },
            ],
          },
        })),
      },
    },
  });
  const runs = await prisma.agentRun.findMany({
    where: { agentId: agent.id, status: "completed" },
    include: { toolExecutions: true },
    orderBy: { startedAt: "desc" },
    take: 20,
  });
  assert.deepEqual(
    runs.map((run) => (run.input as { day: number }).day),
    Array.from({ length: 20 }, (_, n) => 21 - n),
  );
  for (const run of runs) {
    assert.deepEqual(run.toolExecutions.map((each) => each.status).sort(), ["failed", "pending"]);
    assert.ok(run.toolExecutions.every((each) => each.agentRunId === run.id));
  }
});

check("brand voice by similarity", async () => {
  const guideId = await inTenant(app, here, async (tx) => {
    const space = await tx.embeddingSpace.create({
      data: { workspaceId, name: "test", provider: "test", model: "unit", dimension: 1536 },
    });
    const guide = await tx.brandVoiceGuide.create({
      data: { workspaceId, name: "Voice", content: "Plain words. No shouting. Short." },
    });
    for (const [idx, chunk] of ["Plain words.", "No shouting.", "Short."].entries()) {
      const made = await tx.brandVoiceEmbedding.create({
        data: {
          workspaceId,
          guideId: guide.id,
          embeddingSpaceId: space.id,
          idx,
          chunk,
          contentHash: `${idx}`,
        },
      });
      await tx.$executeRaw`UPDATE brand_voice_embeddings SET embedding = ${vector(idx)}::vector
        WHERE workspace_id = ${workspaceId} AND id = ${made.id}`;
    }
    return guide.id;
  });
  const asked = vector(1);
  const results = await prisma.$queryRaw<{ guide_id: string; chunk: string; similarity: number }[]>`
    SELECT guide_id, chunk, 1 - (embedding <=> ${asked}::vector) AS similarity
    FROM brand_voice_embeddings
    WHERE guide_id = ${guideId}
    ORDER BY embedding <=> ${asked}::vector
    LIMIT 5`;
  assert.equal(results.length, 3);
  assert.deepEqual(results[0], { guide_id: guideId, chunk: "No shouting.", similarity: 1 });
  assert.deepEqual([results[1]!.similarity, results[2]!.similarity], [0, 0]);
});

check("a campaign's performance, summed and averaged", async () => {
  const day = (n: number) => new Date(Date.UTC(2026, 4, n));
  const campaign = await prisma.marketingCampaign.create({
    data: {
      workspaceId,
      name: "Spring",
      type: "email",
      performance: {
        create: [1, 2, 3, 4].map((n) => ({
          date: day(n),
          impressions: 100 * n,
          clicks: 10,
          conversions: n,
          spend: "0.1",
        })),
      },
    },
  });
  const performance = await prisma.marketingCampaignPerformance.aggregate({
    where: { campaignId: campaign.id, date: { gte: day(2), lte: day(4) } },
    _sum: { impressions: true, clicks: true, conversions: true, spend: true },
    _avg: { ctr: true, cpc: true, cpa: true },
  });
  assert.deepEqual([performance._sum.impressions, performance._sum.clicks], [900n, 30n]);
  assert.equal(performance._sum.conversions, 9n);
  assert.equal(performance._sum.spend?.toString(), "0.3", "money is exact");
  const close = (is: number | null, wanted: number) => assert.ok(Math.abs(is! - wanted) < 1e-9);
  close(performance._avg.ctr, (10 / 200 + 10 / 300 + 10 / 400) / 3);
  close(performance._avg.cpc, 0.01);
  close(performance._avg.cpa, (0.1 / 2 + 0.1 / 3 + 0.1 / 4) / 3);
});

check("a person by any identity", async () => {
  const [email, phone] = ["Ada@Example.com", "+15550100"];
  const made = await prisma.person.create({
    data: {
      workspaceId,
      firstName: "Ada",
      identities: { create: [{ type: "email", value: email }, { type: "x", value: "@ada" }] },
      consents: { create: [{ channel: "email", scope: "marketing", status: "granted" }] },
    },
  });
  const find = (address: string) =>
    prisma.person.findFirst({
      where: {
        workspaceId,
        identities: {
          some: {
            OR: [
              { type: "email", value: address },
              { type: "phone", value: phone },
            ],
          },
        },
      },
      include: { identities: true, consents: true },
    });
  const person = await find("ada@example.COM"); // citext: without regard to case
  assert.equal(person?.id, made.id);
  assert.deepEqual(person.identities.map((each) => each.type).sort(), ["email", "x"]);
  assert.deepEqual(
    person.consents.map((each) => [each.channel, each.status]),
    [["email", "granted"]],
  );
  assert.equal(await find("eve@example.com"), null);
  // The folded column is equality of text: the same answer, from its index.
  const folded = await prisma.identity.findFirst({
    where: { workspaceId, type: "email", valueFolded: email.toLowerCase() },
  });
  assert.equal(folded?.personId, made.id);
});

check("a user's workspaces before a tenant is chosen", async () => {
  const found = (userId: string) =>
    forTenant(app, { userId }).$queryRaw<{ workspace_id: string }[]>`
      SELECT * FROM neonhub.workspaces_of_user()`;
  assert.deepEqual((await found(here.userId)).map((each) => each.workspace_id), [workspaceId]);
  assert.deepEqual((await found(there.userId)).map((each) => each.workspace_id), [
    there.workspaceId,
  ]);
});
