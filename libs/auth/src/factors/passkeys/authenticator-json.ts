/** A JSON object of a credential as the client sends it. */
type Members = Readonly<Record<string, unknown>>;

const ATTACHMENTS = ['platform', 'cross-platform'];

/** The most transports that are stored, and the longest one. */
const MOST_TRANSPORTS = 10;
const LONGEST_TRANSPORT = 32;

/**
 * The known members of a credential, in normal form. WebAuthn gains members and values, and wrapper libraries add their
 * own: unknown ones are removed at any depth and never refused (WebAuthn L3 §2.2.1). A value that is not an object is
 * left to the validation.
 */
export function knownCredential(sent: unknown): unknown {
  const json = parsed(sent);
  if (!isObject(json)) return json;
  const { id, rawId, type, authenticatorAttachment, response } = json;
  return defined({
    id: base64Url(isAbsent(id) ? rawId : id),
    rawId: base64Url(isAbsent(rawId) ? id : rawId),
    // The only defined type; some wrapper libraries omit it.
    type: isAbsent(type) ? 'public-key' : type,
    authenticatorAttachment: ATTACHMENTS.find((known) => known === authenticatorAttachment),
    response: knownResponse(response),
  });
}

/** Android's Credential Manager returns the JSON as a string, which apps embed unparsed. */
function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

function knownResponse(json: unknown): unknown {
  if (!isObject(json)) return json;
  const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = json;
  const common = { clientDataJSON: base64Url(clientDataJSON) };
  if (!isAbsent(attestationObject)) {
    const transports = knownTransports(json.transports);
    return defined({ ...common, attestationObject: base64Url(attestationObject), transports });
  }
  return defined({
    ...common,
    authenticatorData: base64Url(authenticatorData),
    signature: base64Url(signature),
    // Some clients send an empty string if the authenticator returns no user handle.
    userHandle: isAbsent(userHandle) ? undefined : base64Url(userHandle),
  });
}

/** Hints that are returned unchanged; unknown values are kept (WebAuthn L3 §5.8.4). */
function knownTransports(json: unknown): string[] | undefined {
  if (!Array.isArray(json)) return undefined;
  return json
    .filter((entry) => typeof entry === 'string' && TRANSPORT.test(entry))
    .slice(0, MOST_TRANSPORTS);
}

/** A transport contains no space, because they are stored in one text separated by spaces. */
const TRANSPORT = new RegExp(`^[\\w.:-]{1,${LONGEST_TRANSPORT}}$`);

/** Converts Base64 of either alphabet, with or without padding and line breaks, to base64url as WebAuthn specifies. */
function base64Url(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value
    .replaceAll(/\s/g, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '');
}

/** Removes the absent members. */
function defined(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isAbsent(value)));
}

/** Some serializers write an absent member as `null` or as an empty string. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
