// The five query patterns and createMany by Prisma in its fastest set-up: relations joined by the
// database where that is faster, and every statement prepared under a name.
//
// A line of JSON in is a task, a line of JSON out its times in milliseconds.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import { inTenant, type Application } from "./tenant.ts";

type Strategy = "join" | "query";
type Params = Record<string, any>;
type Work = (tx: any, given: Params, strategy: Strategy) => Promise<unknown>;
interface Task {
  tenant: { workspace_id: string; organization_id?: string; user_id?: string };
  patterns?: Record<string, Params | Params[]>;
  repeat?: number;
  warm?: number;
  settings?: boolean;
  events?: { file: string; batch: number };
}

const names = new Map<string, string>();
const prepared = (sql: string) => {
  let name = names.get(sql);
  if (!name) names.set(sql, (name = createHash("sha1").update(sql).digest("hex")));
  return name;
};
const prisma = new PrismaClient({
  adapter: new PrismaPg(
    { connectionString: process.argv[2], max: 1 },
    { statementNameGenerator: (query) => prepared(query.sql) },
  ),
});

let workspaceId = "";
const patterns: Record<string, { strategies: Strategy[]; work: Work }> = {
  user_workspaces: {
    strategies: ["join", "query"],
    work: (tx, { user_id: userId }, relationLoadStrategy) =>
      tx.workspace.findMany({
        relationLoadStrategy,
        where: { members: { some: { userId } } },
        include: { members: { where: { userId }, select: { role: true } } },
      }),
  },
  agent_runs: {
    strategies: ["join", "query"],
    work: (tx, { agent_id: agentId, take = 20 }, relationLoadStrategy) =>
      tx.agentRun.findMany({
        relationLoadStrategy,
        where: { workspaceId, agentId, status: "completed" },
        include: { toolExecutions: true },
        orderBy: { startedAt: "desc" },
        take,
      }),
  },
  brand_voice: {
    strategies: ["query"],
    work: (tx, { guide_id: guideId, embedding, limit = 5 }) => {
      const asked = `[${embedding.join(",")}]`;
      return tx.$queryRaw`
        SELECT guide_id, chunk, 1 - (embedding <=> ${asked}::vector) AS similarity
        FROM brand_voice_embeddings
        WHERE workspace_id = ${workspaceId} AND guide_id = ${guideId}
        ORDER BY embedding <=> ${asked}::vector
        LIMIT ${limit}`;
    },
  },
  campaign_performance: {
    strategies: ["query"],
    work: (tx, { campaign_id: campaignId, start, end }) =>
      tx.marketingCampaignPerformance.aggregate({
        where: { workspaceId, campaignId, date: { gte: new Date(start), lte: new Date(end) } },
        _sum: { impressions: true, clicks: true, conversions: true, spend: true },
        _avg: { ctr: true, cpc: true, cpa: true },
      }),
  },
  person_by_identity: {
    strategies: ["join", "query"],
    work: (tx, { email, phone }, relationLoadStrategy) =>
      tx.person.findFirst({
        relationLoadStrategy,
        where: {
          workspaceId,
          identities: {
            some: {
              OR: [
                { type: "email", valueFolded: email.toLowerCase() },
                { type: "phone", valueFolded: phone.toLowerCase() },
              ],
            },
          },
        },
        include: { identities: true, consents: true },
      }),
  },
};

const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!;
const size = (found: any) => (Array.isArray(found) ? found.length : found ? 1 : 0);

async function timed(call: (n: number) => Promise<unknown>, repeat: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < repeat; n++) {
    const begun = performance.now();
    await call(n);
    times.push(performance.now() - begun);
  }
  return times;
}

async function measure(task: Task) {
  const { workspace_id, organization_id, user_id } = task.tenant;
  const tenant = { workspaceId: workspace_id, organizationId: organization_id, userId: user_id };
  const said: Record<string, unknown> = {};
  workspaceId = workspace_id;
  for (const [name, given] of Object.entries(task.patterns ?? {})) {
    const { strategies, work } = patterns[name]!;
    const all = Array.isArray(given) ? given : [given];
    const call = (strategy: Strategy) => (n: number) => {
      const params = all[n % all.length]!;
      if (!task.settings) return work(prisma, params, strategy);
      return inTenant(prisma as unknown as Application, tenant, (tx) => work(tx, params, strategy));
    };
    const pilots = new Map<Strategy, number>();
    for (const strategy of strategies) {
      pilots.set(strategy, median(await timed(call(strategy), task.warm ?? 100)));
    }
    const best = [...pilots].sort((a, b) => a[1] - b[1])[0]![0];
    const rows = size(await call(best)(0));
    said[name] = { strategy: best, rows, times: await timed(call(best), task.repeat ?? 200) };
  }
  if (task.events) said.events = await insert(task.events);
  return said;
}

/** Only the time of `createMany` counts: reading the file does not. */
async function insert({ file, batch }: { file: string; batch: number }) {
  let [seconds, rows, inserted] = [0, 0, 0];
  const put = async (data: any[]) => {
    const begun = performance.now();
    const { count } = await prisma.metricEvent.createMany({ data, skipDuplicates: true });
    seconds += (performance.now() - begun) / 1000;
    rows += data.length;
    inserted += count;
  };
  let data: any[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { workspace_id, timestamp, ...kept } = JSON.parse(line);
    data.push({ workspaceId: workspace_id, timestamp: new Date(timestamp), ...kept });
    if (data.length === batch) {
      await put(data);
      data = [];
    }
  }
  if (data.length) await put(data);
  return { seconds, rows, inserted };
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await measure(JSON.parse(line))));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
await prisma.$disconnect();
