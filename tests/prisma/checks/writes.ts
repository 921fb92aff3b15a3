// What Prisma writes: defaults, generated columns, nested rows, keys, transactions.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { app, check, given, here, owner, refused, sqlstate } from "./harness.ts";
import { forTenant, inTenant } from "./tenant.ts";

const prisma = forTenant(app, here);
const { workspaceId } = here;

check("the database makes ids, times and generated columns", async () => {
  const before = Date.now();
  const lead = await prisma.marketingLead.create({
    data: { workspaceId, email: "Lead@Example.com", convertedValue: "12345678901234.5678" },
  });
  assert.match(lead.id, /^c[0-9a-z]{24}$/);
  assert.ok(Math.abs(lead.createdAt.getTime() - before) < 60_000);
  assert.equal(lead.emailFolded, "lead@example.com");
  assert.equal(lead.status, "new");
  assert.equal(lead.convertedValue?.toString(), "12345678901234.5678", "to the last digit");
});

check("a generated column cannot be written", async () => {
  const data = { workspaceId, email: "x@example.com", emailFolded: "y@example.com" };
  assert.equal(await sqlstate(prisma.marketingLead.create({ data })), "428C9");
});

check("an update sets updatedAt, by the database", async () => {
  const made = await prisma.brand.create({ data: { workspaceId, name: "A", slug: "touched" } });
  const where = { workspaceId_id: { workspaceId, id: made.id } };
  await setTimeout(2); // JavaScript's times end at the millisecond
  const changed = await prisma.brand.update({ where, data: { name: "B" } });
  assert.ok(changed.updatedAt > made.updatedAt);
  assert.deepEqual(changed.createdAt, made.createdAt);
});

check("a run's duration follows from its end", async () => {
  const agent = await prisma.agent.create({
    data: { workspaceId, name: "Timed", slug: "timed", kind: "ANALYST" },
  });
  const startedAt = new Date(Date.UTC(2026, 0, 1));
  const run = await prisma.agentRun.create({
    data: { workspaceId, agentId: agent.id, input: {}, startedAt },
  });
  const ended = await prisma.agentRun.update({
    where: { workspaceId_id: { workspaceId, id: run.id } },
    data: { status: "completed", completedAt: new Date(startedAt.getTime() + 1500) },
  });
  assert.equal(ended.durationMs, 1500);
});

check("rows within rows, three deep, and connected ones", async () => {
  const dataset = await prisma.dataset.create({
    data: {
      workspaceId,
      name: "Nested",
      slug: "nested",
      kind: "documents",
      documents: {
        create: [{ title: "One", content: "1" }, { title: "Two", content: "2" }],
      },
    },
    include: { documents: true },
  });
  assert.equal(dataset.documents.length, 2);
  const [first] = dataset.documents;
  const document = await prisma.document.update({
    where: { workspaceId_id: { workspaceId, id: first!.id } },
    data: { content: "changed" },
    include: { versions: true, dataset: true },
  });
  assert.deepEqual(
    document.versions.map((each) => each.content),
    [first!.content],
    "the database kept what it said before",
  );
  const space = await prisma.embeddingSpace.create({
    data: { workspaceId, name: "connected", provider: "p", model: "m", dimension: 3 },
  });
  const connected = await prisma.document.create({
    data: {
      title: "Three",
      content: "3",
      workspace: { connect: { id: workspaceId } },
      dataset: { connect: { workspaceId_id: { workspaceId, id: dataset.id } } },
      embeddingSpace: { connect: { workspaceId_id: { workspaceId, id: space.id } } },
    },
  });
  assert.deepEqual(
    [connected.workspaceId, connected.datasetId, connected.embeddingSpaceId],
    [workspaceId, dataset.id, space.id],
  );
});

check("a reference is let go of by its column, the tenant staying", async () => {
  const campaign = await prisma.marketingCampaign.create({
    data: { workspaceId, name: "Gone", type: "social", leads: { create: [{ phone: "+1" }] } },
    include: { leads: true },
  });
  const where = { workspaceId_id: { workspaceId, id: campaign.leads[0]!.id } };
  await prisma.marketingCampaign.delete({
    where: { workspaceId_id: { workspaceId, id: campaign.id } },
  });
  const orphan = await prisma.marketingLead.findUniqueOrThrow({ where });
  assert.deepEqual([orphan.workspaceId, orphan.campaignId], [workspaceId, null]);
});

check("disconnect is refused, since it would clear the tenant too", async () => {
  const dataset = await prisma.dataset.create({
    data: {
      workspaceId,
      name: "Held",
      slug: "held",
      kind: "faq",
      documents: { create: [{ title: "T", content: "C" }] },
    },
    include: { documents: true },
  });
  const where = { workspaceId_id: { workspaceId, id: dataset.documents[0]!.id } };
  const cut = prisma.document.update({ where, data: { dataset: { disconnect: true } } });
  await assert.rejects(cut);
  const kept = await prisma.document.update({ where, data: { datasetId: null } });
  assert.deepEqual([kept.workspaceId, kept.datasetId], [workspaceId, null]);
});

check("a row of a table kept by month is found again by its key", async () => {
  const event = await prisma.metricEvent.create({
    data: { workspaceId, kind: "view", metadata: {} },
    include: { workspace: true },
  });
  assert.equal(event.workspace.id, workspaceId);
  const { id, timestamp } = event;
  const changed = await prisma.metricEvent.update({
    where: { workspaceId_id_timestamp: { workspaceId, id, timestamp } },
    data: { metadata: { seen: true } },
  });
  assert.deepEqual(changed.metadata, { seen: true });
});

check("createMany skips duplicates", async () => {
  const timestamp = new Date();
  const data = Array.from({ length: 50 }, (_, n) => ({
    workspaceId,
    id: `c${String(n).padStart(24, "0")}`,
    kind: "click",
    metadata: { n },
    timestamp,
  }));
  assert.deepEqual(await prisma.metricEvent.createMany({ data: data.slice(0, 30) }), { count: 30 });
  assert.deepEqual(await prisma.metricEvent.createMany({ data, skipDuplicates: true }), {
    count: 20,
  });
  const found = await prisma.metricEvent.findMany({ where: { metadata: { path: ["n"], gte: 45 } } });
  assert.equal(found.length, 5);
});

check("upsert by a unique set makes one row and changes it", async () => {
  const agent = await prisma.agent.create({
    data: { workspaceId, name: "Set", slug: "set", kind: "WORKFLOW" },
  });
  const key = { workspaceId, agentId: agent.id, key: "tone" };
  const put = (value: string) =>
    prisma.agentConfig.upsert({
      where: { workspaceId_agentId_key: key },
      create: { ...key, value },
      update: { value },
    });
  const [made, changed] = [await put("warm"), await put("cool")];
  assert.equal(changed.id, made.id);
  assert.equal(changed.value, "cool");
});

check("a duplicate is P2002 and names its columns", async () => {
  const data = { workspaceId, name: "Twice", slug: "twice" };
  await prisma.brand.create({ data });
  const error = await refused("P2002", prisma.brand.create({ data }));
  assert.match(JSON.stringify(error.meta), /slug/);
  const email = "twice@example.com";
  await prisma.user.create({ data: { email } });
  await refused("P2002", prisma.user.create({ data: { email: email.toUpperCase() } }));
});

check("a name is free again when its row is marked deleted", async () => {
  const data = { workspaceId, name: "Again", slug: "again" };
  const first = await prisma.brand.create({ data });
  await prisma.brand.update({
    where: { workspaceId_id: { workspaceId, id: first.id } },
    data: { deletedAt: new Date() },
  });
  const second = await prisma.brand.create({ data });
  assert.notEqual(second.id, first.id);
});

check("a transaction over several tables is all or nothing", async () => {
  const count = () => owner.agent.count({ where: { workspaceId, slug: "half" } });
  const made = forTenant(app, here).$transaction(async (tx) => {
    const agent = await tx.agent.create({
      data: { workspaceId, name: "Half", slug: "half", kind: "COPILOT" },
    });
    await tx.agentRun.create({ data: { workspaceId, agentId: agent.id, input: {} } });
    throw new Error("no");
  });
  await assert.rejects(made, /^Error: no$/);
  assert.equal(await count(), 0);
  await inTenant(app, here, (tx) =>
    tx.agent.create({ data: { workspaceId, name: "Half", slug: "half", kind: "COPILOT" } }),
  );
  assert.equal(await count(), 1);
});

check("what is not there is said", async () => {
  await refused("P2025", prisma.workspace.findFirstOrThrow({ where: { id: "nobody" } }));
  const where = { workspaceId_id: { workspaceId, id: "nobody" } };
  await refused("P2025", prisma.agent.update({ where, data: { name: "x" } }));
});

check("an append-only table takes rows and gives none back", async () => {
  const person = await prisma.person.create({
    data: { workspaceId, consents: { create: [{ channel: "sms" }] } },
    include: { consents: true },
  });
  const where = { workspaceId_id: { workspaceId, id: person.consents[0]!.id } };
  assert.equal(
    await sqlstate(prisma.consent.update({ where, data: { status: "revoked" } })),
    "42501",
  );
  assert.equal(await sqlstate(prisma.consent.delete({ where })), "42501");
});

check("the hidden columns of users stay hidden from the application", async () => {
  const user = await prisma.user.findUniqueOrThrow({ where: { id: given.user } });
  assert.deepEqual(Object.keys(user).sort(), ["createdAt", "email", "id", "image", "name"]);
  const asked = prisma.user.findFirst({ select: { stripeCustomerId: true } });
  assert.equal(await sqlstate(asked), "42501");
});

check("lists, JSON, addresses, days and big numbers come back as they went in", async () => {
  const task = await prisma.task.create({ data: { workspaceId, title: "T", tags: ["a", 'b"c,'] } });
  assert.deepEqual(task.tags, ["a", 'b"c,']);
  assert.deepEqual((await prisma.task.create({ data: { workspaceId, title: "U" } })).tags, []);
  const log = await prisma.auditLog.create({
    data: {
      organizationId: here.organizationId,
      action: "test",
      ip: "192.0.2.7",
      seq: 9007199254740993n,
      hash: Buffer.from([0, 255, 7]),
      metadata: { deep: [1, null, { ä: "ö" }] },
    },
  });
  assert.deepEqual([log.ip, log.seq], ["192.0.2.7", 9007199254740993n]);
  assert.deepEqual([...log.hash], [0, 255, 7]);
  assert.deepEqual(log.metadata, { deep: [1, null, { ä: "ö" }] });
  const day = new Date(Date.UTC(2026, 1, 28));
  const metric = await prisma.marketingMetric.create({ data: { workspaceId, date: day } });
  assert.deepEqual(metric.date, day);
});
