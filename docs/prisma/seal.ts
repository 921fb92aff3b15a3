// Values that are encrypted at rest, as the platform encrypts them. Copy this file.
//
// AES-256-GCM: a data key for each value, wrapped by a master key of ENCRYPTION_KEYS. Table, column
// and row are authenticated with both, so that a value moved to another row does not open.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Where a value lives: it opens nowhere else. The names are the database's: `accounts`. */
export interface Place {
  table: string;
  column: string;
  rowId: string;
}

const [NONCE, KEY, TAG] = [12, 32, 16];

export class Sealer {
  readonly #keys = new Map<string, Buffer>();
  readonly #current: string;

  /** `keys` is ENCRYPTION_KEYS: `k2:<base64>,k1:<base64>`. The first encrypts, all decrypt. */
  constructor(keys: string) {
    for (const pair of keys.split(",").map((each) => each.trim())) {
      const at = pair.indexOf(":");
      const key = Buffer.from(pair.slice(at + 1), "base64");
      if (at < 1 || key.length !== KEY) throw new TypeError("ENCRYPTION_KEYS: not id:base64 of 32 bytes");
      this.#keys.set(pair.slice(0, at), key);
    }
    this.#current = this.#keys.keys().next().value!;
  }

  seal(plain: string, place: Place): string {
    const bound = bind(this.#current, place);
    const dataKey = randomBytes(KEY);
    const wrapped = encrypt(this.#keys.get(this.#current)!, dataKey, bound);
    const body = Buffer.concat([wrapped, encrypt(dataKey, Buffer.from(plain), bound)]);
    return `nh1.${this.#current}.${body.toString("base64url")}`;
  }

  /** Throws where it was changed, moved, or sealed with a key that is not known. */
  open(sealed: string, place: Place): string {
    const [form, keyId, body, ...more] = sealed.split(".");
    const key = this.#keys.get(keyId ?? "");
    if (form !== "nh1" || body === undefined || more.length > 0) throw new TypeError("not sealed");
    if (!key) throw new TypeError(`the key ${keyId} is not among ENCRYPTION_KEYS`);
    const bytes = Buffer.from(body, "base64url");
    const bound = bind(keyId!, place);
    const cut = NONCE + KEY + TAG;
    const dataKey = decrypt(key, bytes.subarray(0, cut), bound);
    return decrypt(dataKey, bytes.subarray(cut), bound).toString();
  }
}

/** What is authenticated. Lengths part the pieces, so that no two places read alike. */
function bind(keyId: string, { table, column, rowId }: Place): Buffer {
  const parts = ["nh1", keyId, table, column, rowId].map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part) => [length(part.length), part]));
}

function length(bytes: number): Buffer {
  const made = Buffer.alloc(4);
  made.writeUInt32BE(bytes);
  return made;
}

function encrypt(key: Buffer, plain: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, bound: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG });
  decipher.setAAD(bound).setAuthTag(sealed.subarray(-TAG));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
}
