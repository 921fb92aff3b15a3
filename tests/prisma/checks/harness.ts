// A check is a name and what must hold; every check reports one line of JSON.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import type { Place } from "./seal.ts";
import { applicationClient } from "./tenant.ts";

export interface Given {
  urls: { app: string; auth: string; owner: string };
  organization: string;
  workspace: string;
  user: string;
  otherOrganization: string;
  otherWorkspace: string;
  otherUser: string;
  keys: string;
  secret: { sealed: string; plain: string; place: Place };
}

export const given: Given = JSON.parse(readFileSync(0, "utf8"));

/** One connection, so that a setting which outlived its transaction would be seen by the next. */
export const app = applicationClient({ connectionString: given.urls.app, max: 1 });
export const auth = new PrismaClient({ adapter: new PrismaPg(given.urls.auth) });
/** Past every policy: to look at what really lies in the tables. */
export const owner = new PrismaClient({ adapter: new PrismaPg(given.urls.owner) });

export const here = {
  workspaceId: given.workspace,
  organizationId: given.organization,
  userId: given.user,
};
export const there = {
  workspaceId: given.otherWorkspace,
  organizationId: given.otherOrganization,
  userId: given.otherUser,
};

const checks: [string, () => Promise<unknown>][] = [];

export function check(name: string, work: () => Promise<unknown>): void {
  checks.push([name, work]);
}

export async function report(): Promise<void> {
  for (const [name, work] of checks) {
    const said: { check: string; error?: string } = { check: name };
    try {
      await work();
    } catch (error) {
      said.error = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    console.log(JSON.stringify(said));
  }
  await Promise.all([app.$disconnect(), auth.$disconnect(), owner.$disconnect()]);
}

/** The error that `work` ends in, which must be one of Prisma's with this code. */
export async function refused(code: string, work: Promise<unknown>): Promise<any> {
  const error: any = await work.then(
    () => assert.fail(`${code} was expected, and it went through`),
    (met) => met,
  );
  assert.equal(error.code, code, error.message);
  return error;
}

/** The SQLSTATE that the database refused `work` with. */
export async function sqlstate(work: Promise<unknown>): Promise<string> {
  const error: any = await work.then(
    () => assert.fail("a refusal was expected, and it went through"),
    (met) => met,
  );
  const cause = error.meta?.driverAdapterError?.cause ?? error.cause ?? {};
  return cause.originalCode ?? cause.code ?? `none: ${error.message}`;
}
