// Every model, as the role whose it is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Prisma } from "@prisma/client";
import { app, auth, check, here, owner } from "./harness.ts";
import { inTenant } from "./tenant.ts";

const FOR_AUTH_ALONE = ["Account", "Session", "VerificationToken"];
const models = Prisma.dmmf.datamodel.models;

// What the generated client knows of itself does not tell a list from a single row.
const lists = new Set<string>();
let model = "";
for (const line of readFileSync("schema.prisma", "utf8").split("\n")) {
  model = /^model (\w+)/.exec(line)?.[1] ?? model;
  const list = /^  (\w+) +\w+\[\]/.exec(line)?.[1];
  if (list) lists.add(`${model}.${list}`);
}

const table = (client: any, model: string): any =>
  client[model[0]!.toLowerCase() + model.slice(1)];

check("every model can be read by the role whose it is", async () => {
  assert.equal(models.length, 94);
  const read = await inTenant(app, here, async (tx) => {
    const done: string[] = [];
    for (const { name } of models.filter((each) => !FOR_AUTH_ALONE.includes(each.name))) {
      await table(tx, name).findFirst();
      done.push(name);
    }
    return done;
  });
  for (const name of FOR_AUTH_ALONE) await table(auth, name).findFirst();
  assert.equal(read.length + FOR_AUTH_ALONE.length, 94);
});

check("every relation joins by columns that are there", async () => {
  let relations = 0;
  for (const { name, fields } of models) {
    const related = fields.filter((each) => each.kind === "object");
    const exists = related.map((each) => ({ [each.name]: lists.has(`${name}.${each.name}`) ? { some: {} } : { is: {} } }));
    relations += exists.length;
    if (exists.length) await table(owner, name).findFirst({ where: { OR: exists } });
  }
  assert.ok(relations > 300, `${relations}`);
});

check("every row that the tests have made comes back whole", async () => {
  let rows = 0;
  for (const { name } of models) {
    const found: object[] = await table(owner, name).findMany({ take: 5 });
    rows += found.length;
  }
  assert.ok(rows > 50, `${rows}`);
});
