import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';

/** The paths at which a Chromium is searched. */
const PLACES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Prevents network access by Chromium itself: no update, no sync, no report. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const bundle = () =>
  readFileSync(
    join(
      import.meta.dirname,
      '../../../node_modules/@simplewebauthn/browser/dist/bundle/index.umd.min.js',
    ),
    'utf8',
  );

/** A web server for pages of one origin that load the passkey library. */
export async function aWebsite(): Promise<{ origin: string; close: () => Promise<void> }> {
  const script = bundle();
  const server = createServer((request, response) => {
    const isScript = request.url === '/webauthn.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script src="/webauthn.js"></script>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    close: () => new Promise((closed) => void server.close(() => closed())),
  };
}

/** A real Chromium. Without one it fails and says what to install, because these tests must not be skipped. */
export function aBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath) {
    throw new Error(
      'The passkey tests need Chromium: install it (apt-get install chromium), ' +
        'or set CHROMIUM_PATH to the program of a Chromium or Chrome.',
    );
  }
  return chromium.launch({ executablePath, headless: true, args: ARGUMENTS, timeout: 100_000 });
}

/** A credential of a virtual authenticator of the Chrome DevTools protocol. */
export interface StoredCredential {
  readonly credentialId: string;
  readonly isResidentCredential: boolean;
  readonly rpId?: string;
  readonly privateKey: string;
  readonly userHandle?: string;
  readonly signCount: number;
}

const idle = new Map<string, Page[]>();
const inUse = new Set<Phone>();

/** A page in a browser with a platform authenticator, as on a phone. */
export class Phone {
  private constructor(
    readonly page: Page,
    private readonly origin: string,
    private readonly cdp: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** A new phone, with user verification by default; may reuse the page of an earlier phone. */
  static async on(
    browser: Browser,
    origin: string,
    { hasUserVerification = true } = {},
  ): Promise<Phone> {
    const page = idle.get(origin)?.pop() ?? (await browser.newPage());
    if (page.url() === 'about:blank') await page.goto(origin);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification,
        isUserVerified: hasUserVerification,
        automaticPresenceSimulation: true,
      },
    });
    const phone = new Phone(page, origin, cdp, authenticatorId);
    inUse.add(phone);
    return phone;
  }

  /** Removes all phones with their passkeys. */
  static async throwAllAway(): Promise<void> {
    for (const { page, origin, cdp } of inUse) {
      await cdp.send('WebAuthn.disable');
      await cdp.detach();
      idle.set(origin, [...(idle.get(origin) ?? []), page]);
    }
    inUse.clear();
  }

  /** Creates a passkey; returns the browser's response, or the name of its error. */
  create(options: unknown): Promise<unknown> {
    return this.page.evaluate(`SimpleWebAuthnBrowser.startRegistration({
      optionsJSON: ${JSON.stringify(options)}
    })`);
  }

  /** Signs a challenge with a passkey. */
  sign(options: unknown): Promise<unknown> {
    return this.page.evaluate(`SimpleWebAuthnBrowser.startAuthentication({
      optionsJSON: ${JSON.stringify(options)}
    })`);
  }

  /** A request from the page, subject to CORS. */
  call<Data>(url: string, body: unknown, token?: string): Promise<Data> {
    return this.page.evaluate(
      async ([address, json, bearer]) => {
        const response = await fetch(address!, {
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}),
          },
          body: json!,
        });
        return { status: response.status, ...((await response.json()) as object) } as never;
      },
      [url, JSON.stringify(body), token] as const,
    );
  }

  /** Whether user verification succeeds from now on. */
  async recognizesItsOwner(isUserVerified: boolean): Promise<void> {
    const { authenticatorId } = this;
    await this.cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  }

  async credentials(): Promise<StoredCredential[]> {
    const { authenticatorId } = this;
    const { credentials } = await this.cdp.send('WebAuthn.getCredentials', { authenticatorId });
    return credentials as StoredCredential[];
  }

  /** Adds a passkey to this phone: a copied one, or its own with another counter. */
  async keep(credential: StoredCredential): Promise<void> {
    const { authenticatorId } = this;
    const { credentialId } = credential;
    await this.cdp
      .send('WebAuthn.removeCredential', { authenticatorId, credentialId })
      .catch(() => undefined);
    await this.cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
  }
}
