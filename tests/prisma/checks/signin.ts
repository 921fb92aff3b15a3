// Auth.js' adapter, unmodified, as the role neonhub_auth.
import assert from "node:assert/strict";
import type { AdapterAccount } from "@auth/core/adapters";
import { authAdapter } from "./auth.ts";
import { auth, check, given, owner, sqlstate } from "./harness.ts";
import { Sealer } from "./seal.ts";

const { adapter: made, prisma } = authAdapter(given.urls.auth);
const adapter = made as Required<typeof made>;
const expires = new Date(Date.UTC(2100, 0, 1));
const email = "Grace@Example.com";

const newcomer = () =>
  adapter.createUser({ id: "ignored", email, emailVerified: null, name: "Grace", image: null });
const account = (userId: string): AdapterAccount => ({
  userId,
  type: "oidc",
  provider: "test",
  providerAccountId: "grace-1",
  access_token: "secret",
  refresh_token: "secret",
  id_token: "secret",
  expires_at: 2147483647,
  token_type: "bearer",
  scope: "openid email",
});

check("a user signs in, comes back, signs out and is deleted", async () => {
  const user = await newcomer();
  assert.match(user.id, /^c[0-9a-z]{24}$/);
  assert.equal((await adapter.getUserByEmail(email.toLowerCase()))?.id, user.id);
  assert.equal((await adapter.getUser(user.id))?.name, "Grace");

  await adapter.linkAccount(account(user.id));
  const by = { provider: "test", providerAccountId: "grace-1" };
  assert.equal((await adapter.getUserByAccount(by))?.id, user.id);
  const linked = await owner.account.findFirstOrThrow({ where: by });
  assert.deepEqual([linked.expires_at, linked.scope], [2147483647, "openid email"]);
  assert.deepEqual([linked.access_token, linked.refresh_token, linked.id_token], [null, null, null]);

  await adapter.createSession({ sessionToken: "token-1", userId: user.id, expires });
  const seen = await adapter.getSessionAndUser("token-1");
  assert.equal(seen?.user.id, user.id);
  assert.deepEqual(seen.session.expires, expires);
  const later = new Date(expires.getTime() + 1000);
  await adapter.updateSession({ sessionToken: "token-1", expires: later });
  assert.deepEqual((await adapter.getSessionAndUser("token-1"))?.session.expires, later);

  const verified = await adapter.updateUser({ id: user.id, emailVerified: expires });
  assert.deepEqual(verified.emailVerified, expires);

  await adapter.deleteSession("token-1");
  assert.equal(await adapter.getSessionAndUser("token-1"), null);
  await adapter.createSession({ sessionToken: "token-2", userId: user.id, expires });
  await adapter.deleteUser(user.id);
  assert.equal(await adapter.getUser(user.id), null);
  assert.equal(await adapter.getSessionAndUser("token-2"), null, "sessions go with their user");
  assert.equal(await adapter.getUserByAccount(by), null, "accounts too");
});

check("a verification token is used once", async () => {
  const token = { identifier: email, token: "hashed" };
  await adapter.createVerificationToken({ ...token, expires });
  assert.deepEqual(await adapter.useVerificationToken(token), { ...token, expires });
  assert.equal(await adapter.useVerificationToken(token), null);
});

check("an account is unlinked", async () => {
  const user = await newcomer();
  await adapter.linkAccount(account(user.id));
  await adapter.unlinkAccount({ provider: "test", providerAccountId: "grace-1" });
  assert.equal(await auth.account.count({ where: { userId: user.id } }), 0);
  await adapter.deleteUser(user.id);
});

check("a sealer keeps a provider's tokens, each for its row", async () => {
  const sealer = new Sealer(given.keys);
  const { adapter: sealing, prisma: client } = authAdapter(given.urls.auth, sealer);
  const user = await newcomer();
  await sealing.linkAccount!({ ...account(user.id), id_token: undefined });
  await client.$disconnect();
  const row = await owner.account.findFirstOrThrow({ where: { userId: user.id } });
  const place = { table: "accounts", column: "access_token", rowId: row.id };
  assert.match(row.access_token!, /^nh1\.k1\./);
  assert.equal(sealer.open(row.access_token!, place), "secret");
  assert.throws(() => sealer.open(row.access_token!, { ...place, rowId: "another" }));
  assert.throws(() => sealer.open(row.refresh_token!, place));
  assert.equal(row.id_token, null);
});

check("what the platform has sealed opens here", async () => {
  const { sealed, plain, place } = given.secret;
  assert.equal(new Sealer(given.keys).open(sealed, place), plain);
  const other = `k1:${Buffer.alloc(32, 7).toString("base64")}`;
  assert.throws(() => new Sealer(other).open(sealed, place));
  assert.throws(() => new Sealer(given.keys).open(`${sealed.slice(0, -2)}AA`, place));
});

check("the role of Auth.js reaches no tenant's table", async () => {
  assert.equal(await sqlstate(auth.workspace.findFirst()), "42501");
  assert.equal(await sqlstate(auth.agent.findFirst()), "42501");
  await prisma.$disconnect();
});
